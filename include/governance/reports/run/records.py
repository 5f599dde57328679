"""Governed records with their verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...model.vocabularies import SubjectKind, Verdict
from ...staging.judgement import Judgement
from ...staging.plan import Key
from ...staging.records import Records
from ...staging.rows import rows
from .links import CatalogLinks

_TYPE = "ai_governed_model"
_JUDGED = ("verdict", "provisional", "critical", "warning", "info", "rules")


@dataclass(frozen=True)
class RecordRow:
    """The columns of RECORDS, then its verdict and its page in the catalog.

    Attributes:
        state_since: ISO 8601, UTC.
        critical, warning, info: Number of rules that fail.
        rules: Ids of those rules, comma-separated.
    """

    qualified_name: str
    key: str
    name: str
    label: str | None
    kind: str | None
    state: str | None
    owner_stated: str | None
    owner: str | None
    owner_name: str | None
    use_case: str | None
    risk_tier: str | None
    description: str | None
    production_versions: str | None
    sources: str | None
    source: str | None
    state_since: str | None
    suspected_duplicates: str | None
    dismissed_duplicates: str | None
    contradictions: str | None
    verdict: Verdict | None
    provisional: bool | None
    critical: int | None
    warning: int | None
    info: int | None
    rules: str | None
    link: str | None


@dataclass(frozen=True)
class DuplicateRow:
    """A record that may be the same model as another, or whose evidence is contradictory."""

    key: str
    name: str
    suspected_duplicates: str | None
    dismissed_duplicates: str | None
    contradictions: str | None
    link: str | None


@dataclass(frozen=True)
class VerdictCounts:
    """Number of governed records by verdict; `provisional` counts across the verdicts."""

    unauditable: int = 0
    incomplete: int = 0
    auditable: int = 0
    provisional: int = 0

    @property
    def total(self) -> int:
        """All judged records."""
        return self.unauditable + self.incomplete + self.auditable


def record_rows(records: Records | None, judgement: Judgement | None, links: CatalogLinks) -> list[RecordRow]:
    """Worst verdict first, then by name."""
    if records is None or judgement is None:
        return []
    verdicts = {row["subject"]: row for row in rows(judgement.verdicts)}
    judged = [_record_row(row, verdicts.get(row["qualified_name"], {}), links) for row in rows(records.records)]
    return sorted(judged, key=lambda row: (_rank(row.verdict), row.name))


def duplicate_rows(records: Records | None, links: CatalogLinks) -> list[DuplicateRow]:
    """Records with a suspicion or a contradiction; dismissed suspicions stay visible."""
    return list(_duplicates(records, links)) if records else []


def verdict_counts(judgement: Judgement | None) -> VerdictCounts:
    """Over the governed records; versions and agents are not counted."""
    counts = dict.fromkeys(Verdict, 0)
    provisional = 0
    for row in rows(judgement.verdicts) if judgement else []:
        if row["subject_kind"] == SubjectKind.RECORD:
            counts[Verdict(row["verdict"])] += 1
            provisional += bool(row["provisional"])
    return VerdictCounts(**counts, provisional=provisional)


def _record_row(row: dict[str, Any], verdict: dict[str, Any], links: CatalogLinks) -> RecordRow:
    since = row["state_since"]
    judged = {name: verdict.get(name) for name in _JUDGED}
    columns: dict[str, Any] = {**row, "state_since": since.isoformat() if since else None, **judged}
    return RecordRow(**columns, link=links.entity(Key(_TYPE, row["qualified_name"])))


def _duplicates(records: Records, links: CatalogLinks) -> Iterator[DuplicateRow]:
    for row in rows(records.records):
        about = {name: row[name] for name in ("suspected_duplicates", "dismissed_duplicates", "contradictions")}
        if any(about.values()):
            yield DuplicateRow(key=row["key"], name=row["name"], **about, link=links.named(row["qualified_name"]))


def _rank(verdict: str | None) -> int:
    return Verdict.rank(verdict) if verdict else len(Verdict)
