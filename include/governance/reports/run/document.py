"""The run report as data: what the page, the JSON and the text form all show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from ... import __version__
from ...errors import ExitCode, GovernanceError, StagingError
from ...model.vocabularies import SyncMode
from ...stages import JUDGE, PLAN, PUBLISH, RECONCILE, RESOLVE, Stage
from ...staging.judgement import Judgement
from ...staging.lifecycle import LifecycleChanges
from ...staging.outcome import Outcome
from ...staging.plan import Plan
from ...staging.reconciliation import Differences
from ...staging.records import Records
from ...sync import Sync
from .access import AccessRow, access_rows
from .changes import Changes, changes_of
from .differences import Reconciled, reconciled_of
from .fail_on import Breach, breaches_of
from .findings import FindingGroup, RuleError, finding_groups, rule_errors
from .headline import Failure, Headline, exit_code_of, headline_of
from .lifecycle import TransitionRow, transition_rows
from .links import CatalogLinks
from .records import DuplicateRow, RecordRow, VerdictCounts, duplicate_rows, record_rows, verdict_counts
from .since_last import SinceLast, since_last
from .sources import Source, sources_of
from .timings import StageTiming, stage_timings

T = TypeVar("T")


@dataclass(frozen=True)
class ConfigFacts:
    """Which configuration the sync ran with."""

    file: str
    fingerprint: str


@dataclass(frozen=True)
class CatalogFacts:
    """The catalog's configured name, and its address without credentials."""

    name: str
    url: str


@dataclass(frozen=True)
class Document:
    """One sync's report. The order of the fields is the order of the keys in report.json.

    Attributes:
        started_at, finished_at: ISO 8601, UTC.
        version: Of this package.
        suites: Names and fingerprints of the suites that judged; empty where nothing was judged.
        held_back: Runs without evidence that are not published, by source.
        older_agent_versions: Agent versions that are neither the latest nor in use, by source.
        outcome: None where the sync broke off before publishing.
        breaches: What the setting `fail_on` does not allow.
        secrets_removed: Number of secrets that the readers removed, by kind.
        reconciled: Of a run that compared the ledger with the catalog instead of reading sources; left out of the JSON
            of a sync.
        applied_plan: Id of the run whose plan this one applied; empty where it made its own.
        failure: What ended a run early, where the run itself reports it; left out of the JSON where nothing did.
    """

    run_id: str
    deployment: str
    mode: SyncMode
    started_at: str
    finished_at: str
    version: str
    config: ConfigFacts
    catalog: CatalogFacts
    sources: list[Source]
    records: list[RecordRow]
    access: list[AccessRow]
    findings: list[FindingGroup]
    duplicates: list[DuplicateRow]
    lifecycle: list[TransitionRow]
    verdicts: VerdictCounts
    rule_errors: list[RuleError]
    suites: str
    changes: Changes
    held_back: dict[str, int]
    older_agent_versions: dict[str, int]
    outcome: Outcome | None
    stages: list[StageTiming]
    since_last: SinceLast = field(default_factory=SinceLast)
    breaches: list[Breach] = field(default_factory=list)
    secrets_removed: dict[str, int] = field(default_factory=dict)
    exit_code: ExitCode = ExitCode.DONE
    headline: Headline = field(default_factory=Headline)
    reconciled: Reconciled | None = None
    applied_plan: str = ""
    failure: Failure | None = None

    def concluded(self) -> Self:
        """With what follows from the rest: removed secrets summed up, exit code and headline."""
        secrets = _summed(source.secrets_removed for source in self.sources)
        document = replace(self, secrets_removed=secrets, exit_code=exit_code_of(self))
        return replace(document, headline=headline_of(document))

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        document = {**asdict(self), "stages": [stage.as_json() for stage in self.stages]}
        for name in ("failure", "reconciled"):
            if document[name] is None:
                del document[name]
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """The document of a report.json. Raises pydantic.ValidationError where it is not one."""
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_python(document)


def build(sync: Sync, failure: GovernanceError | None = None) -> Document:
    """The report of one sync. Stages that did not run leave their parts empty. failure: what ended it early."""
    folder, settings = sync.folder, sync.config.settings
    records = _staged(sync, RESOLVE, lambda: Records.load(folder.child("records")))
    judgement = _staged(sync, JUDGE, lambda: Judgement.load(folder.child("judgement")))
    plan = _staged(sync, PLAN, lambda: Plan.load(folder))
    lifecycle = _staged(sync, RESOLVE, lambda: LifecycleChanges.load(folder))
    links = CatalogLinks(sync.workspace)
    rows, groups = record_rows(records, judgement, links), finding_groups(judgement, links)
    reconciled = reconciled_of(Differences.load(folder), links)
    since = SinceLast() if reconciled else since_last(sync, judgement, links)
    return Document(
        run_id=sync.sync_id,
        deployment=settings.deployment,
        mode=sync.mode,
        started_at=sync.started.isoformat(),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        version=__version__,
        config=ConfigFacts(str(sync.config.path), sync.config.fingerprint()),
        catalog=CatalogFacts(settings.catalog.name, links.base),
        sources=[] if reconciled or folder.exists(RECONCILE.file()) else sources_of(sync),
        records=rows,
        access=access_rows(records, judgement, links),
        findings=groups,
        duplicates=duplicate_rows(records, links),
        lifecycle=transition_rows(lifecycle, links),
        verdicts=verdict_counts(judgement),
        rule_errors=rule_errors(judgement),
        suites=judgement.suites if judgement else "",
        changes=changes_of(plan, links),
        held_back=plan.held_back if plan else {},
        older_agent_versions=plan.older_agent_versions if plan else {},
        outcome=_staged(sync, PUBLISH, lambda: Outcome.load(folder)),
        stages=stage_timings(sync),
        since_last=since,
        reconciled=reconciled,
        breaches=breaches_of(settings.fail_on, since, groups, rows),
        applied_plan=sync.applies,
        failure=Failure(failure.message, failure.remedy, failure.exit_code) if failure else None,
    ).concluded()


def unbegun(run_id: str, error: GovernanceError) -> Document:
    """The report of a run that ended before anything was known but what is wrong."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Document(
        run_id=run_id,
        deployment="",
        mode=SyncMode.PUBLISH,
        started_at=now,
        finished_at=now,
        version=__version__,
        config=ConfigFacts(str(error.data.get("file", "")), ""),
        catalog=CatalogFacts("", ""),
        sources=[],
        records=[],
        access=[],
        findings=[],
        duplicates=[],
        lifecycle=[],
        verdicts=VerdictCounts(),
        rule_errors=[],
        suites="",
        changes=Changes(),
        held_back={},
        older_agent_versions={},
        outcome=None,
        stages=[],
        failure=Failure(error.message, error.remedy, error.exit_code),
    ).concluded()


def _staged(sync: Sync, stage: Stage, load: Callable[[], T]) -> T | None:
    """The result of a stage; None where it did not run, or where its files are not all there any more."""
    if not sync.has_output(stage):
        return None
    with suppress(StagingError):
        return load()
    return None


def _summed(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for by_kind in counts:
        for kind, count in by_kind.items():
            total[kind] = total.get(kind, 0) + count
    return dict(sorted(total.items()))
