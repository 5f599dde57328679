"""Reads the YAML files a user edits, with `${ENV}` filled in and errors that name file and key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import ConfigurationError
from .catalogs import CATALOG_KINDS
from .source_kinds import SOURCE_KINDS

PROJECT = Path(__file__).resolve().parents[3]
# a default may itself hold one variable: ${A:-x/${B}}
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^{}$]|\$\{[^{}]*\}|\$)*))?\}")
_Model = TypeVar("_Model", bound=BaseModel)


def home() -> Path:
    """Where state, staging and reports live: GOVERNANCE_HOME, else `.governance` in the project."""
    return Path(os.environ.get("GOVERNANCE_HOME") or PROJECT / ".governance").resolve()


def load_yaml(path: Path, model: type[_Model]) -> _Model:
    """The file as that model.

    Raises ConfigurationError naming file and key for a missing file, bad YAML, an unknown key, a wrong type or a
    `${NAME}` that is not set. `${NAME:-default}` gives a default.
    """
    document = read_yaml(path)
    try:
        return model.model_validate(_filled(document, path, ""))
    except ValidationError as error:
        raise _refused(path, error) from None


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
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ConfigurationError(f"{problem}.", "Fix the YAML there.", file=str(path), key=line) from None


def _filled(value: Any, path: Path, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, path, f"{key}.{name}".lstrip(".")) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, path, f"{key}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _variable(match, path, key), value)
    return value


def _variable(match: re.Match[str], path: Path, key: str) -> str:
    name, default = match.group(1), match.group(2)
    value = str(home()) if name == "GOVERNANCE_HOME" else os.environ.get(name)
    if value is None and default is not None:
        return str(_filled(default, path, key))
    if value is None:
        raise ConfigurationError(
            f"the environment variable {name} is not set.", f"Set {name} or write the value.", file=str(path), key=key
        )
    return value


def _key_path(loc: tuple[int | str, ...]) -> list[int | str]:
    """The keys as the file has them: pydantic puts the kind of a source or of the catalog before its own keys."""
    return [part for index, part in enumerate(loc) if not _is_tag(loc, index)]


def _is_tag(loc: tuple[int | str, ...], index: int) -> bool:
    if index == 1 and loc[0] == "catalog":
        return loc[1] in CATALOG_KINDS
    return index == 2 and loc[0] == "sources" and isinstance(loc[1], int) and loc[2] in SOURCE_KINDS


def _refused(path: Path, error: ValidationError) -> ConfigurationError:
    """The first fault with its key; pydantic's own input echo is left out, since it may hold a credential."""
    fault = error.errors(include_input=False, include_url=False)[0]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in _key_path(fault["loc"])).lstrip(".")
    more = f" ({error.error_count() - 1} more faults in this file.)" if error.error_count() > 1 else ""
    sentence = {
        "extra_forbidden": "this key is unknown.",
        "missing": "this key is missing.",
    }.get(fault["type"], f"{fault['msg'].removeprefix('Value error, ')}.")
    remedy = {
        "extra_forbidden": "Remove it or correct its spelling.",
        "missing": "Add it.",
    }.get(fault["type"], "Correct the value.")
    return ConfigurationError(sentence + more, remedy, file=str(path), key=key)
