"""Reads the YAML files a user edits, with `${ENV}` filled in and errors that name file and key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import ConfigurationError
from .catalogs import CATALOG_KINDS
from .source_kinds import SOURCE_KINDS

PROJECT = Path(__file__).resolve().parents[3]
# a default may itself hold one variable: ${A:-x/${B}}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^{}$]|\$\{[^{}]*\}|\$)*))?\}")
_MERGE = "tag:yaml.org,2002:merge"
_Model = TypeVar("_Model", bound=BaseModel)


def home() -> Path:
    """Where state, staging and reports live: GOVERNANCE_HOME, else `.governance` in the project."""
    return Path(os.environ.get("GOVERNANCE_HOME") or PROJECT / ".governance").resolve()


def load_yaml(path: Path, model: type[_Model]) -> _Model:
    """The file as that model. `${NAME}` stands for an environment variable, `${NAME:-default}` gives a default.

    Raises:
        ConfigurationError: the file is missing or is no YAML; or its content has faults, all of which are listed with
            their keys: unknown keys, wrong types, variables that are not set.
    """
    variables = _Variables()
    document = variables.filled(read_yaml(path), "")
    try:
        loaded = model.model_validate(document)
    except ValidationError as error:
        raise _refused(path, [*variables.faults, *_faults_beside(variables.faults, error)]) from None
    if variables.faults:
        raise _refused(path, variables.faults)
    return loaded


def read_yaml(path: Path) -> Any:
    """The file's content; an empty file is an empty mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            "the file does not exist.", "Create it, or name another with --config or GOVERNANCE_CONFIG.", file=str(path)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the file cannot be read ({error}).", "Fix it.", file=str(path)) from None
    try:
        return yaml.load(text, _UniqueKeys) or {}  # noqa: S506 (it is a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ConfigurationError(f"{problem}.", "Fix the YAML there.", file=str(path), key=line) from None


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that a mapping has twice, of which YAML libraries keep the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping. Raises ConstructorError, at the second of two equal keys."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == _MERGE:
                continue
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value} stands there twice", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


class _Fault(NamedTuple):
    """One fault of a file. key: as the file has it, "" for the file as a whole."""

    key: str
    sentence: str
    remedy: str

    @property
    def line(self) -> str:
        """What a terminal shows of it."""
        return f"{self.key}: {self.sentence} {self.remedy}" if self.key else f"{self.sentence} {self.remedy}"


class _Variables:
    """Fills variables in; those that are not set are faults, and a word stands in their place."""

    def __init__(self) -> None:
        self.faults: list[_Fault] = []

    def filled(self, value: Any, key: str) -> Any:
        """The value with every variable in it, however deep."""
        if isinstance(value, dict):
            return {name: self.filled(item, f"{key}.{name}".lstrip(".")) for name, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item, f"{key}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, str):
            return _VARIABLE.sub(lambda match: self._value(match, key), value)
        return value

    def _value(self, match: re.Match[str], key: str) -> str:
        name, default = match.group(1), match.group(2)
        value = str(home()) if name == "GOVERNANCE_HOME" else os.environ.get(name)
        if value is None and default is not None:
            return str(self.filled(default, key))
        if value is None:
            sentence = f"the environment variable {name} is not set."
            self.faults.append(_Fault(key, sentence, f"Set {name} or write the value."))
            return name
        return value


def _faults_beside(known: list[_Fault], error: ValidationError) -> list[_Fault]:
    """What the model refuses, but not at keys of which a fault is known already: their values are made up."""
    keys = {fault.key for fault in known}
    return [
        fault for fault in map(_fault, error.errors(include_input=False, include_url=False)) if fault.key not in keys
    ]


def _fault(error: Any) -> _Fault:
    """One of pydantic's; its echo of the input is left out, since it may hold a credential."""
    sentence = {
        "extra_forbidden": "this key is unknown.",
        "missing": "this key is missing.",
    }.get(error["type"], f"{error['msg'].removeprefix('Value error, ')}.")
    remedy = {
        "extra_forbidden": "Remove it or correct its spelling.",
        "missing": "Add it.",
    }.get(error["type"], "Correct the value.")
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in _key_path(error["loc"]))
    return _Fault("".join(parts).lstrip("."), sentence, remedy)


def _key_path(loc: tuple[int | str, ...]) -> list[int | str]:
    """The keys as the file has them: pydantic puts the kind of a source or of the catalog before its own keys."""
    return [part for index, part in enumerate(loc) if not _is_tag(loc, index)]


def _is_tag(loc: tuple[int | str, ...], index: int) -> bool:
    if index == 1 and loc[0] == "catalog":
        return loc[1] in CATALOG_KINDS
    return index == 2 and loc[0] == "sources" and isinstance(loc[1], int) and loc[2] in SOURCE_KINDS


def _refused(path: Path, faults: list[_Fault]) -> ConfigurationError:
    """One fault as a sentence; several one by one, each with its remedy."""
    if len(faults) == 1:
        return ConfigurationError(faults[0].sentence, faults[0].remedy, file=str(path), key=faults[0].key)
    lines = "".join(f"\n  {fault.line}" for fault in faults)
    return ConfigurationError(
        f"{len(faults)} faults:{lines}\n",
        "Correct all of them.",
        file=str(path),
        faults=[fault._asdict() for fault in faults],
    )
