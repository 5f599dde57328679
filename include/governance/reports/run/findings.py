"""Findings by rule, and the rules that could not be run."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from ...model import json_text
from ...model.vocabularies import Severity
from ...staging.judgement import Judgement
from ...staging.rows import rows
from .links import CatalogLinks


@dataclass(frozen=True)
class Finding:
    """One rule that fails on one subject.

    Attributes:
        ask: Who can fix it.
        waived_until: ISO date; None where the finding counts.
        waiver_expired: In words, the waiver that covered it until lately.
        evidence: The values that the rule saw, by column.
    """

    subject: str
    subject_label: str | None
    record_key: str | None
    sentence: str
    remedy: str | None
    ask: str | None
    waived_until: str | None
    waived_by: str | None
    waived_reason: str | None
    waiver_expired: str | None
    evidence: dict[str, Any] | None
    link: str | None


@dataclass(frozen=True)
class FindingGroup:
    """All findings of one rule."""

    rule: str
    severity: Severity
    items: list[Finding] = field(default_factory=list)

    @property
    def counted(self) -> list[Finding]:
        """Those that are not waived."""
        return [item for item in self.items if not item.waived_until]


@dataclass(frozen=True)
class RuleError:
    """A rule that could not be run."""

    suite: str
    rule: str
    error: str


_COLUMNS = [field.name for field in fields(Finding) if field.name not in ("evidence", "link")]


def finding_groups(judgement: Judgement | None, links: CatalogLinks) -> list[FindingGroup]:
    """Most severe rules first."""
    groups: dict[str, FindingGroup] = {}
    for row in rows(judgement.findings) if judgement else []:
        group = groups.setdefault(row["rule"], FindingGroup(row["rule"], Severity(row["severity"])))
        group.items.append(
            Finding(
                **{name: row[name] for name in _COLUMNS},
                evidence=_evidence(row["evidence_json"]),
                link=links.named(row["subject"]),
            )
        )
    return sorted(groups.values(), key=lambda group: (Severity.rank(group.severity), group.rule))


def _evidence(document: str | None) -> dict[str, Any] | None:
    """Counts as whole numbers: a column in which some are unknown holds floats."""
    evidence: dict[str, Any] | None = json_text.load(document)
    return {name: _whole(value) for name, value in evidence.items()} if evidence else evidence


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def rule_errors(judgement: Judgement | None) -> list[RuleError]:
    """In the order in which the suites name them."""
    return [RuleError(**error) for error in judgement.rule_errors] if judgement else []
