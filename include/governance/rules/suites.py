"""Suites: rules as a user writes them in YAML. Each rule is one Great Expectations expectation."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import AliasChoices, ConfigDict, Field, field_validator, model_validator

from ..config.loader import load_yaml
from ..config.models import Settings, Strict, Tags
from ..errors import ConfigurationError
from ..model.tables import ACCESS, EVIDENCE, HEALTH, RECORDS, SERVING
from ..model.vocabularies import Severity

if TYPE_CHECKING:
    import pandas as pd

# subject of a suite -> the table whose rows it judges
TABLES = {"version": EVIDENCE, "record": RECORDS, "deployment": SERVING, "access": ACCESS, "source": HEALTH}
# Expectations that judge each row by itself; others may compare rows
_PER_ROW = {
    "expect_column_value_lengths_to_be_between",
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_be_null",
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_be_in_set",
    "expect_column_values_to_not_be_null",
    "expect_column_values_to_not_match_regex",
    "expect_path_to_exist",
}
Subject = Literal["version", "record", "deployment", "access", "source"]

# The two spellings of a rule's keys: the first one, and the equivalent that is accepted as well
_SPELLINGS = {
    "expect": "expectation",
    "with": "arguments",
    "only_where": "row_condition",
    "says": "message",
    "ask": "contact",
}


def _either(name: str) -> AliasChoices:
    return AliasChoices(name, _SPELLINGS[name])


def _both_spellings(schema: dict[str, Any]) -> None:
    """Offers both spellings to editors, and refuses both at once as the model does."""
    properties, required = schema["properties"], set(schema["required"])
    rules: list[dict[str, Any]] = []
    for name, other in _SPELLINGS.items():
        properties[other] = {key: value for key, value in properties[name].items() if key != "title"}
        choice = [{"required": [name]}, {"required": [other]}]
        rules.append({"oneOf": choice} if name in required else {"not": {"required": [name, other]}})
    schema["required"] = [name for name in schema["required"] if name not in _SPELLINGS]
    schema["allOf"] = rules


class Scope(Strict):
    """Which rows a suite judges: those with one of the values in every column. An empty list means all."""

    state: list[str] = []
    source: list[str] = []
    risk_tier: list[str] = []
    kind: list[str] = []  # subjects access, deployment and record: endpoint, deployment, agent, model
    subject_kind: list[str] = []  # subject version: version, agent, deployment

    def conditions(self) -> dict[str, list[str]]:
        """Column -> the values of it that are judged."""
        return {name: values for name, values in self.model_dump().items() if values}


def _setting_names(settings: Settings | None) -> dict[str, str]:
    """What message and remedy may name in braces besides columns: what this installation calls files and tags."""
    tags, register = (settings.tags, settings.register_file) if settings else (Tags(), "register.yaml")
    return {"register_file": Path(register).name} | {f"{name}_tag": text for name, text in tags.model_dump().items()}


class Rule(Strict):
    """One rule. Message and remedy may name any column of the table in braces, and what `_setting_names` has."""

    model_config = ConfigDict(json_schema_extra=_both_spellings)

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    severity: Severity
    expectation: str = Field(
        validation_alias=_either("expect"),
        serialization_alias="expect",
        description="a Great Expectations expectation type",
    )
    arguments: dict[str, Any] = Field(validation_alias=_either("with"))
    row_condition: str | None = Field(
        None,
        validation_alias=_either("only_where"),
        serialization_alias="only_where",
        description="judge only rows where this column is stated",
    )
    applies_to: list[Literal["version", "agent", "deployment"]] = Field(
        [], description="subject version: judge only these; all if empty"
    )
    makes_provisional: bool = False
    message: str = Field(validation_alias=_either("says"), serialization_alias="says")
    remedy: str
    contact: str = Field("owner", validation_alias=_either("ask"), serialization_alias="ask")
    evidence: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _one_spelling(cls, keys: Any) -> Any:
        for name, other in _SPELLINGS.items():
            if isinstance(keys, dict) and name in keys and other in keys:
                raise ValueError(f"`{name}` and `{other}` are the same key: give one of them")
        return keys

    @field_validator("message", "remedy")
    @classmethod
    def _names_known_columns(cls, template: str) -> str:
        _require_columns(_fields(template) - _setting_names(None).keys())
        return template

    @field_validator("evidence")
    @classmethod
    def _evidence_is_known(cls, columns: list[str]) -> list[str]:
        _require_columns(set(columns))
        return columns

    @field_validator("row_condition")
    @classmethod
    def _condition_is_known(cls, column: str | None) -> str | None:
        _require_columns({column} if column else set())
        return column

    @property
    def is_per_row(self) -> bool:
        """Whether a row fails or not whatever the other rows are."""
        return self.expectation in _PER_ROW and "mostly" not in self.arguments

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Those of the rows that the rule is about."""
        rows = frame if self.row_condition is None else frame[frame[self.row_condition].notna()]
        return rows[rows["subject_kind"].isin(list(self.applies_to))] if self.applies_to else rows

    def columns(self) -> set[str]:
        """All columns that the rule names."""
        return {
            *((_fields(self.message) | _fields(self.remedy)) - _setting_names(None).keys()),
            *self.evidence,
            *([self.row_condition] if self.row_condition else []),
            *(["subject_kind"] if self.applies_to else []),
        }

    def worded(self, names: Mapping[str, str]) -> Rule:
        """The rule with the names of settings filled in."""
        return self.model_copy(update={"message": _filled(self.message, names), "remedy": _filled(self.remedy, names)})


class Suite(Strict):
    """A file of rules about the rows of one table."""

    suite: str
    version: int
    subject: Subject
    scope: Scope = Scope()
    rules: list[Rule] = Field(min_length=1)

    _fingerprint: str = ""

    @property
    def fingerprint(self) -> str:
        """Its name, version and content hash, as its file has them."""
        content = self.model_dump_json(by_alias=True).encode()
        return self._fingerprint or f"{self.suite}@{self.version}#{hashlib.sha256(content).hexdigest()[:8]}"

    @model_validator(mode="after")
    def _columns_are_its_tables(self) -> Self:
        known = set(TABLES[self.subject].names)
        for part, columns in [
            ("scope", set(self.scope.conditions())),
            *((rule.id, rule.columns()) for rule in self.rules),
        ]:
            if unknown := sorted(columns - known):
                raise ValueError(f"{part}: the table of the subject {self.subject} has no column {', '.join(unknown)}")
        return self


def load_suites(files: Sequence[Path], settings: Settings | None = None) -> list[Suite]:
    """The suites of those files.

    Args:
        settings: what messages and remedies call the register and the tags; without them the names by default.

    Raises:
        ConfigurationError: a fault in a file, with file and key; a rule that is listed twice.
    """
    suites: list[Suite] = []
    seen: dict[str, Path] = {}
    for file in files:
        suite = load_yaml(file, Suite)
        for rule in suite.rules:
            if rule.id in seen:
                raise ConfigurationError(
                    f"the rule {rule.id} is listed in {seen[rule.id].name} too.",
                    "Remove one.",
                    file=str(file),
                    key=rule.id,
                )
            seen[rule.id] = file
        names = _setting_names(settings)
        worded = suite.model_copy(update={"rules": [rule.worded(names) for rule in suite.rules]})
        worded._fingerprint = suite.fingerprint  # noqa: SLF001 - of what the file says: settings are no part of it
        suites.append(worded)
    return suites


def suites_fingerprint(suites: Sequence[Suite]) -> str:
    """Name, version and content hash of all suites; the hash is over the first spelling of the keys."""
    return ", ".join(suite.fingerprint for suite in suites)


def _filled(template: str, names: Mapping[str, str]) -> str:
    """The template with those names filled in; its other fields stay."""
    for name, text in names.items():
        template = template.replace(f"{{{name}}}", text.replace("{", "{{").replace("}", "}}"))
    return template


def _fields(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}


def _require_columns(columns: set[str]) -> None:
    """Raises ValueError for a column that no table of TABLES has: a fault of this key, whatever the subject."""
    unknown = sorted(columns - {name for table in TABLES.values() for name in table.names})
    if unknown:
        raise ValueError(f"no subject has a column {', '.join(unknown)}")
