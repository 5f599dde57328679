"""What changed since the last sync before: new findings, findings that are gone, verdicts that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from ...errors import ConfigurationError, StagingError, StorageError
from ...model.vocabularies import Severity, SubjectKind, Verdict
from ...stages import JUDGE
from ...staging.judgement import Judgement
from ...staging.rows import rows
from ...sync import Sync, previous_syncs
from .links import CatalogLinks

_GRAVEST_FIRST = tuple(Severity)
_WORST_FIRST = tuple(Verdict)

Key = tuple[str, str]  # rule, subject


@dataclass(frozen=True)
class ChangedFinding:
    """A finding that one of the two syncs has and the other has not, as the one that has it says it."""

    rule: str
    severity: Severity
    subject: str
    subject_label: str | None
    record_key: str | None
    sentence: str
    remedy: str | None
    ask: str | None
    link: str | None


@dataclass(frozen=True)
class MovedVerdict:
    """A governed record whose verdict is another one. before, after: None where the record is new, or gone."""

    qualified_name: str
    name: str
    before: Verdict | None
    after: Verdict | None
    link: str | None

    @property
    def is_worse(self) -> bool:
        """Whether the record was judged better before."""
        if self.before is None or self.after is None:
            return False
        return _WORST_FIRST.index(self.after) < _WORST_FIRST.index(self.before)


@dataclass(frozen=True)
class SinceLast:
    """The judgement compared with that of the sync before.

    Attributes:
        run_id: Of the sync before; None where there is none to compare with.
        started_at: Of the sync before, ISO 8601, UTC.
        new_findings: The gravest first; a finding whose waiver has expired is new again.
        gone_findings: The gravest first.
        verdicts: Those that got worse first.
    """

    run_id: str | None = None
    started_at: str | None = None
    new_findings: list[ChangedFinding] = field(default_factory=list)
    gone_findings: list[ChangedFinding] = field(default_factory=list)
    verdicts: list[MovedVerdict] = field(default_factory=list)

    @property
    def is_first(self) -> bool:
        """Whether there is no sync before."""
        return self.run_id is None


def since_last(sync: Sync, judgement: Judgement | None, links: CatalogLinks) -> SinceLast:
    """Compares with the last sync before this one that judged, and whose staged files are still there."""
    try:
        previous = next(_judged_before(sync), None)
    except (StorageError, ConfigurationError):  # the state database cannot be read: that must not cost the report
        return SinceLast()
    if previous is None:
        return SinceLast()
    run, before = previous
    compared = SinceLast(run.sync_id, run.started.isoformat())
    if judgement is None:
        return compared
    then, now = _findings(before), _findings(judgement)
    return SinceLast(
        compared.run_id,
        compared.started_at,
        [_changed(now[key], links) for key in _gravest_first(now, then)],
        [_changed(then[key], links) for key in _gravest_first(then, now)],
        sorted(_moved(before, judgement, links), key=lambda moved: (not moved.is_worse, moved.name)),
    )


def _judged_before(sync: Sync) -> Iterator[tuple[Sync, Judgement]]:
    for previous in previous_syncs(sync.workspace, sync.config.settings.state.keep_runs):
        if previous.sync_id == sync.sync_id or previous.started > sync.started or not previous.writes:
            continue
        if previous.has_output(JUDGE):
            try:
                yield previous, Judgement.load(previous.folder.child("judgement"))
            except StagingError:
                continue


def _findings(judgement: Judgement) -> dict[Key, dict[str, Any]]:
    """Those that are not waived."""
    return {(row["rule"], row["subject"]): row for row in rows(judgement.findings) if not row["waived_until"]}


def _gravest_first(these: dict[Key, dict[str, Any]], without: dict[Key, dict[str, Any]]) -> list[Key]:
    return sorted(these.keys() - without.keys(), key=lambda key: (_GRAVEST_FIRST.index(these[key]["severity"]), key))


def _changed(row: dict[str, Any], links: CatalogLinks) -> ChangedFinding:
    columns = {field.name: row[field.name] for field in fields(ChangedFinding) if field.name != "link"}
    return ChangedFinding(**{**columns, "severity": Severity(row["severity"])}, link=links.named(row["subject"]))


def _moved(before: Judgement, after: Judgement, links: CatalogLinks) -> Iterator[MovedVerdict]:
    then, now = _verdicts(before), _verdicts(after)
    for name in then.keys() | now.keys():
        was, is_now = then.get(name), now.get(name)
        pair = [Verdict(row["verdict"]) if row else None for row in (was, is_now)]
        if pair[0] != pair[1]:
            key = (is_now or was or {}).get("record_key")
            yield MovedVerdict(name, key or name, pair[0], pair[1], links.named(name))


def _verdicts(judgement: Judgement) -> dict[str, dict[str, Any]]:
    return {row["subject"]: row for row in rows(judgement.verdicts) if row["subject_kind"] == SubjectKind.RECORD}
