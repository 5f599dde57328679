"""Suites: rules as a user writes them in YAML. Each rule is one Great Expectations expectation."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ..config.loader import load_yaml
from ..config.models import Strict
from ..errors import ConfigurationError
from ..model.tables import ACCESS, EVIDENCE, HEALTH, RECORDS, SERVING

SEVERITIES = ("critical", "warning", "info")
# subject of a suite -> the table whose rows it judges
TABLES = {"version": EVIDENCE, "record": RECORDS, "deployment": SERVING, "access": ACCESS, "source": HEALTH}
Subject = Literal["version", "record", "deployment", "access", "source"]


class Scope(Strict):
    """Which rows a suite judges. An empty list means all."""

    state: list[str] = []
    source: list[str] = []
    risk_tier: list[str] = []
    kind: list[str] = []  # subjects access, deployment and record: endpoint, deployment, agent, model
    subject_kind: list[str] = []  # subject version: version, agent

    def conditions(self) -> dict[str, list[str]]:
        """Column -> the values of it that are judged."""
        return {name: wanted for name, wanted in self.model_dump().items() if wanted}


class Rule(Strict):
    """One rule. Sentence and remedy may name any column of the evidence table in braces."""

    id: str = Field(pattern=r"^[a-z0-9_.]+$")
    severity: Literal["critical", "warning", "info"]
    expect: str = Field(description="a Great Expectations expectation type")
    arguments: dict[str, Any] = Field(alias="with")
    only_where: str | None = Field(None, description="judge only rows where this column is stated")
    applies_to: list[Literal["version", "agent"]] = Field(
        [], description="subject version: judge only these; all if empty"
    )
    makes_provisional: bool = False
    says: str
    remedy: str
    ask: str = "owner"
    evidence: list[str] = []

    @field_validator("says", "remedy")
    @classmethod
    def _names_known_columns(cls, template: str) -> str:
        return _known(_fields(template), template)

    @field_validator("evidence")
    @classmethod
    def _evidence_is_known(cls, columns: list[str]) -> list[str]:
        _known(set(columns), "")
        return columns

    @field_validator("only_where")
    @classmethod
    def _condition_is_known(cls, column: str | None) -> str | None:
        _known({column} if column else set(), "")
        return column

    def columns(self) -> set[str]:
        """All columns that the rule names."""
        return {
            *_fields(self.says),
            *_fields(self.remedy),
            *self.evidence,
            *([self.only_where] if self.only_where else []),
            *(["subject_kind"] if self.applies_to else []),
        }


class Suite(Strict):
    suite: str
    version: int
    subject: Subject
    scope: Scope = Scope()
    rules: list[Rule] = Field(min_length=1)

    @model_validator(mode="after")
    def _columns_are_its_tables(self) -> Self:
        known = set(TABLES[self.subject].names)
        for what, columns in [
            ("scope", set(self.scope.conditions())),
            *((rule.id, rule.columns()) for rule in self.rules),
        ]:
            if unknown := sorted(columns - known):
                raise ValueError(f"{what}: the table of the subject {self.subject} has no column {', '.join(unknown)}")
        return self


def load_suites(files: Sequence[Path]) -> list[Suite]:
    """The suites of those files. Raises ConfigurationError naming file and key, or the rule that stands twice."""
    suites: list[Suite] = []
    seen: dict[str, Path] = {}
    for file in files:
        suite = load_yaml(file, Suite)
        for rule in suite.rules:
            if rule.id in seen:
                raise ConfigurationError(
                    f"the rule {rule.id} stands in {seen[rule.id].name} too.",
                    "Remove one.",
                    file=str(file),
                    key=rule.id,
                )
            seen[rule.id] = file
        suites.append(suite)
    return suites


def stamp(suites: Sequence[Suite]) -> str:
    """Name, version and content hash of all suites: what a verdict was reached with."""
    return ", ".join(
        f"{suite.suite}@{suite.version}#{hashlib.sha256(suite.model_dump_json().encode()).hexdigest()[:8]}"
        for suite in suites
    )


def _fields(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}


def _known(columns: set[str], value: str) -> str:
    unknown = sorted(columns - {name for table in TABLES.values() for name in table.names})
    if unknown:
        raise ValueError(f"no column of the evidence table is named {', '.join(unknown)}")
    return value
