"""What changed since the last sync before: new findings, findings that are gone, verdicts that moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields

from ...errors import ConfigurationError, StagingError, StorageError
from ...model import qualified_names
from ...model.rows import Row
from ...model.vocabularies import Severity, SubjectKind, SyncMode, Verdict
from ...stages import JUDGE, READ
from ...staging.judgement import Judgement
from ...staging.rows import rows
from ...sync import Sync, previous_syncs
from .links import CatalogLinks

_PLANS_BETWEEN = 50  # runs that do not count, at most, before the search is given up

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
        return Verdict.rank(self.after) < Verdict.rank(self.before)


@dataclass(frozen=True)
class SinceLast:
    """The judgement compared with that of the sync before.

    Attributes:
        run_id: Of the sync before; None where there is none to compare with.
        started_at: Of the sync before, ISO 8601, UTC.
        new_findings: The gravest first. One whose waiver has expired, or that is graver than it was, is new again.
        gone_findings: The gravest first. One that is waived now is not gone.
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
    """Compares with the last sync to publish before this one that judged, and whose staged files are still there.

    What could not be judged in one of the two neither came nor went: rules that could not be run, listings of a source
    that left no snapshot, provisional verdicts. Records that have another key now are compared under that.
    """
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
    renamed = sync.config.register.renamed()
    unread = _unread(sync) | _unread(run)
    untold = {error["rule"] for error in (*before.rule_errors, *judgement.rule_errors)}
    then, now = _findings(before, unread, untold, renamed), _findings(judgement, unread, untold, renamed)
    return SinceLast(
        compared.run_id,
        compared.started_at,
        _listed([row for key, row in now.items() if _is_new(row, then.get(key))], links),
        _listed([row for key, row in then.items() if key not in now and not row["waived_until"]], links),
        sorted(_moved(before, judgement, renamed, links), key=lambda moved: (not moved.is_worse, moved.name)),
    )


def _judged_before(sync: Sync) -> Iterator[tuple[Sync, Judgement]]:
    for previous in previous_syncs(sync.workspace, sync.config.settings.state.keep_runs + _PLANS_BETWEEN):
        is_earlier = previous.sync_id != sync.sync_id and previous.started <= sync.started
        if is_earlier and previous.mode == SyncMode.PUBLISH and previous.has_output(JUDGE):
            with suppress(StagingError):
                yield previous, Judgement.load(previous.folder.child("judgement"))


def _unread(sync: Sync) -> set[str]:
    """Names of the sources of which that sync has no snapshot."""
    names = [source.name for source in sync.config.settings.sources]
    return {name for name in names if not sync.has_output(READ, name)}


def _findings(judgement: Judgement, unread: set[str], untold: set[str], renamed: Mapping[str, str]) -> dict[Key, Row]:
    found = {}
    for row in rows(judgement.findings):
        if row["rule"] not in untold and row["subject"].partition("/")[0] not in unread:
            found[row["rule"], _present_name(row, renamed)] = row
    return found


def _present_name(row: Row, renamed: Mapping[str, str]) -> str:
    """The subject's qualified name; of a record that has another key now, the one by that."""
    subject, key = str(row["subject"]), row["record_key"]
    if key in renamed and subject == qualified_names.record(key):
        return qualified_names.record(renamed[key])
    return subject


def _is_new(row: Row, before: Row | None) -> bool:
    """Not there before, or milder, or waived."""
    if row["waived_until"]:
        return False
    if before is None or before["waived_until"]:
        return True
    return Severity.rank(row["severity"]) < Severity.rank(before["severity"])


def _listed(found: list[Row], links: CatalogLinks) -> list[ChangedFinding]:
    ordered = sorted(found, key=lambda row: (Severity.rank(row["severity"]), row["rule"], row["subject"]))
    return [_changed(row, links) for row in ordered]


def _changed(row: Row, links: CatalogLinks) -> ChangedFinding:
    columns = {field.name: row[field.name] for field in fields(ChangedFinding) if field.name != "link"}
    return ChangedFinding(**{**columns, "severity": Severity(row["severity"])}, link=links.named(row["subject"]))


def _moved(
    before: Judgement, after: Judgement, renamed: Mapping[str, str], links: CatalogLinks
) -> Iterator[MovedVerdict]:
    then, now = _verdicts(before, renamed), _verdicts(after, renamed)
    for name in then.keys() | now.keys():
        was, present = then.get(name), now.get(name)
        if was and present and (was["provisional"] or present["provisional"]):
            continue
        pair = [Verdict(row["verdict"]) if row else None for row in (was, present)]
        if pair[0] != pair[1]:
            key = (present or was or {}).get("record_key")
            yield MovedVerdict(name, key or name, pair[0], pair[1], links.named(name))


def _verdicts(judgement: Judgement, renamed: Mapping[str, str]) -> dict[str, Row]:
    records = (row for row in rows(judgement.verdicts) if row["subject_kind"] == SubjectKind.RECORD)
    return {_present_name(row, renamed): row for row in records}
