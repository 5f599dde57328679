"""The sync pipeline: one function per stage of stages.py.

snapshots -> records -> verdicts -> changes -> outcome -> report

The DAG calls them one by one, the command line in a row; each takes its input from the files that the ones before it
have staged.
"""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from . import plan, records, rules, sources
from .errors import CatalogError, SourceError, StorageError
from .estate import Coverage, Estate
from .known_past import known_past
from .model.attribute_owners import AttributeOwners
from .model.vocabularies import OutcomeMode, SyncMode
from .published import published, published_records
from .stages import JUDGE, PLAN, PUBLISH, READ, READ_CURATED, RESOLVE, STAGES, Stage
from .staging.attempts import ReadAttempt, keep
from .staging.curated import Curated
from .staging.judgement import Judgement
from .staging.lifecycle import LifecycleChanges
from .staging.outcome import Outcome
from .staging.plan import MISSING, Key, Plan
from .staging.records import Records
from .staging.recovery import StateRecovery
from .staging.snapshot import Snapshot
from .sync import Sync

if TYPE_CHECKING:
    from .catalog import Catalog
    from .reports import Page

_CURATED_ATTEMPTS = 2  # publishing waits for a catalog; for curated fields there are the last known values
_DESIRED = "desired.parquet"
_RECORD = "narrowed_to_record.json"


def run_stages(sync: Sync) -> None:
    """All stages before the report, in their order. Where one raises, the caller still has to write the report.

    A source that cannot be read at all ends only its own stage, as it does in the DAG: the others are synced.
    """
    sync.begin()
    keep_unread(sync)
    for stage in STAGES:
        for source in sync.config.settings.sources if stage.per_source else ():
            if sync.reads(source.name):
                _run_for_source(stage, sync, source.name)
        if not stage.per_source:
            stage.run(sync)


def _run_for_source(stage: Stage, sync: Sync, source_name: str) -> None:
    try:
        stage.run(sync, source_name)
    except SourceError as error:
        sync.warn(f"{source_name} was not read: {error}")


def read(sync: Sync, source_name: str) -> Snapshot:
    """Reads one source into a snapshot."""
    with sync.stage(READ, source_name) as notes:
        source = sync.workspace.source(source_name)
        sync.progress(f"reading {source_name}")
        attempt = ReadAttempt(sync.snapshots_folder(source_name))
        last = _read_before(sync, source_name)
        with attempt:
            snapshot = sources.read(source, attempt.folder, sync.workspace.lookup, last)
        states = snapshot.collections().values()
        notes |= {"calls": snapshot.document["calls"], "seconds_waiting": snapshot.document["seconds_waiting"]}
        for state in states:
            if state.broke_off:
                sync.warn(f"{source_name}: {state.collection} {state.state}: {state.reason} {state.remedy}".strip())
    return snapshot


def read_curated(sync: Sync) -> Curated:
    """Reads what stewards wrote on records in the catalog; where that fails, the last known values count.

    State that was lost, or is older than the catalog, is taken over from the catalog first.
    """
    from . import catalog, state_recovery

    with sync.stage(READ_CURATED) as notes, closing(_open_to_read(sync)) as opened:
        recovery = state_recovery.take_over(sync, opened)
        if recovery.taken_over:
            sync.progress(f"{recovery.taken_over}.")
        held = {key: entry.key for key, entry in published_records(sync).items()}
        last = sync.workspace.curated_history.last()
        curated = catalog.read_curated(opened, held, last, sync.started) if held else Curated.unread()
        curated.save(sync.folder)
        notes |= {"records": len(held), "failure": curated.failure}
        if curated.failure:
            sync.warn(f"The catalog's curated fields could not be read: {curated.failure} Last known values count.")
        if sync.writes:
            sync.workspace.curated_history.save(curated.rows.values())
    return curated


def resolve(sync: Sync) -> Records:
    """Builds governed records from all snapshots, and what changed in their lifecycle."""
    with sync.stage(RESOLVE):
        estate, config = Estate.of(sync.snapshots()), sync.config
        past = known_past(sync, Curated.load(sync.folder))
        resolved = records.resolve(estate, config.register, config.settings, past, sync.started)
        if sync.record:
            key = _meant_record(sync, resolved.records)
            sync.folder.write_json(_RECORD, {"key": key})
            resolved = resolved._replace(lifecycle=resolved.lifecycle.of_record(key))
        resolved.save(sync.folder)
        governed = resolved.records
        sync.progress(f"resolved {len(governed.records)} governed records from {len(governed.evidence)} versions")
    return governed


def judge(sync: Sync) -> Judgement:
    """Judges every record: findings and verdicts."""
    with sync.stage(JUDGE):
        judgement = rules.judge(
            Records.load(sync.folder.child("records")),
            rules.load_suites(sync.config.suite_files, sync.config.settings),
            sync.config.register.waivers,
            sync.started.date(),
            sync.config.settings.severities,
        )
        judgement.save(sync.folder.child("judgement"))
        sync.progress(f"judged them: {len(judgement.findings)} findings")
    return judgement


def plan_changes(sync: Sync) -> Plan:
    """Plans what has to change in the catalog, against the ledger."""
    with sync.stage(PLAN):
        desired = plan.desired(
            Estate.of(sync.snapshots()),
            Records.load(sync.folder.child("records")),
            Judgement.load(sync.folder.child("judgement")),
            sync.config.register,
            sync.config.settings.publish,
            published(sync),
        )
        sync.folder.write_table(_DESIRED, desired)
        changes = _plan_against_ledger(sync)
        sync.progress(f"planned {len(changes.changes)} changes, {changes.unchanged} entities unchanged")
    return changes


def publish(sync: Sync) -> Outcome:
    """Applies the plan to the catalog. A sync in mode `plan` sends nothing."""
    with sync.stage(PUBLISH) as notes:
        outcome = _publish(sync) if sync.writes else _unpublished(sync)
        outcome.save(sync.folder)
        notes |= {"calls": outcome.calls, "writes": outcome.writes, "seconds_waiting": outcome.seconds_waiting}
    return outcome


def report(sync: Sync) -> Page:
    """Writes the run report and deletes old staged files."""
    from . import reports

    page = reports.write(sync)
    sync.progress(page.text)
    if page.unsaved:
        sync.progress(str(page.unsaved))
    with suppress(StorageError):  # the next sync deletes them
        sync.workspace.tidy(sync.sync_id)
    return page


def commit_history(sync: Sync) -> None:
    """Keeps snapshots, promotions and lifecycle states of this sync: the next one compares with them.

    A sync that was refused keeps none: what it read may be another server's. One that was narrowed to a record keeps
    only what became of that; the next read goes on from the snapshots before.
    """
    history, lifecycle = sync.workspace.history, sync.workspace.lifecycle_history
    promotions = Records.load(sync.folder.child("records")).promotions
    if sync.record:
        promotions = promotions[promotions["record_key"] == _record_of(sync)]
    else:
        _commit_snapshots(sync)
        _commit_absences(sync)
    history.save_promotions(promotions, sync.config.register.renamed())
    lifecycle.save(*LifecycleChanges.load(sync.folder), sync.sync_id)


def _read_before(sync: Sync, source: str) -> Snapshot | None:
    """What the read starts from: an earlier attempt of this sync that read something, else the last sync's snapshot."""
    history = sync.workspace.history
    if sync.has_output(READ, source):
        earlier = history.opened(source, sync.snapshot(source).folder.path)
        if earlier is not None and earlier.has_read_something:
            return earlier
    return history.last_snapshot(source)


def keep_unread(sync: Sync) -> None:
    """Lets the last snapshots of those sources count that this sync was told not to read."""
    for source in sync.config.settings.sources:
        if not sync.reads(source.name):
            _keep_last(sync, source.name)


def _keep_last(sync: Sync, source_name: str) -> None:
    last = sync.workspace.history.last_snapshot(source_name)
    if last is None:
        sync.progress(f"{source_name}: not asked for, and never read before")
        return
    keep(sync.snapshots_folder(source_name), last.folder)
    sync.progress(f"{source_name}: not asked for; as read on {last.document.get('read_at', 'an earlier day')}")


def _commit_snapshots(sync: Sync) -> None:
    for snapshot in sync.snapshots():
        _commit_snapshot(sync, snapshot)


def _commit_absences(sync: Sync) -> None:
    """Counts this sync for what it found missing, by what it read itself."""
    coverage = _read_now(sync)
    missing = {key: entry for key, entry in sync.workspace.ledger.entries().items() if MISSING in entry.classifications}
    found_missing = [key for key, entry in missing.items() if plan.is_missing(entry, coverage)]
    sync.workspace.absences.save(missing, found_missing, sync.sync_id, sync.started)


def _read_now(sync: Sync) -> Coverage:
    """Of what this sync itself has read."""
    return Estate.of([snapshot for snapshot in sync.snapshots() if not snapshot.kept]).coverage


def _commit_snapshot(sync: Sync, snapshot: Snapshot) -> None:
    if snapshot.kept:
        return  # it is the last one already
    if snapshot.has_read_something:
        sync.workspace.history.save_snapshot(snapshot.source, snapshot.folder.path, sync.sync_id)
    believed = [state.collection for state in snapshot.collections().values() if state.is_whole]
    sync.workspace.accepted_listings.use(snapshot.source, believed, sync.started)


def _unpublished(sync: Sync) -> Outcome:
    """Of a sync that only plans. Where publishing is not switched on yet, the next one goes on from what it read."""
    if sync.mode == SyncMode.PUBLISH and not sync.record:
        _commit_snapshots(sync)
    return Outcome(catalog=sync.config.settings.catalog.name, mode=OutcomeMode.PLAN)


def _publish(sync: Sync) -> Outcome:
    from . import catalog, saved_plans, state_recovery

    workspace, settings = sync.workspace, sync.config.settings
    opened = catalog.open_catalog(workspace.catalog_endpoint(), settings.catalog, sync.config.register.people)
    session = catalog.PublishSession(
        opened,
        workspace.ledger,
        workspace.engine,
        deployment=settings.deployment,
        run_id=sync.sync_id,
        desired_keys=_desired_keys(sync),
        replan=lambda: _plan_again(sync),
        verify=lambda: saved_plans.require_current(sync, opened) if sync.applies else None,
        show_progress=sync.progress,
        commit=lambda: commit_history(sync),
        adopts=sync.adopts,
        owners=AttributeOwners(settings.publish.ownership),
    )
    try:
        state_recovery.require_current(sync, opened)
        outcome = catalog.publish(Plan.load(sync.folder), session)
    except state_recovery.StateOutdated as error:
        return Outcome(catalog=settings.catalog.name, error=error.as_dict())
    except CatalogError as error:
        outcome = Outcome(catalog=settings.catalog.name, error=error.as_dict())
    finally:
        opened.close()
    try:
        if not sync.applies:  # whose plan may not have held: it has been committed where it did
            commit_history(sync)  # what was seen is kept, also where the catalog could not be reached
            if outcome.error is None:
                workspace.ledger.note_published()
    except StorageError as error:  # what the catalog has taken is reported all the same
        if outcome.error is None:
            outcome.fail(error)
    outcome.ledger_rebuilt = outcome.ledger_rebuilt or StateRecovery.load(sync.folder).taken_over
    return outcome


def _open_to_read(sync: Sync) -> Catalog:
    """The catalog, for reading before the sync publishes: it is not waited for."""
    from . import catalog

    settings = sync.config.settings.catalog
    few = settings.model_copy(update={"attempts": min(settings.attempts, _CURATED_ATTEMPTS)})
    return catalog.open_catalog(sync.workspace.catalog_endpoint(), few)


def _plan_again(sync: Sync) -> Plan:
    """Raises PlanOutdated where the sync applies a plan: that one, or none."""
    from . import saved_plans

    if sync.applies:
        raise saved_plans.PlanOutdated(
            "the catalog is not the one that the ledger knows, or another installation manages what it would write; "
            "the ledger knows that now"
        )
    return _plan_against_ledger(sync)


def _plan_against_ledger(sync: Sync) -> Plan:
    """The plan against the ledger as it is now, staged."""
    desired, settings = sync.folder.read_table(_DESIRED), sync.config.settings
    revision = sync.workspace.ledger.revision()
    coverage, entries = Estate.of(sync.snapshots()).coverage, sync.workspace.ledger.entries()
    scope = plan.scope_of(plan.Narrowing(sync.only, _record_of(sync)), desired, entries)
    owners = AttributeOwners(settings.publish.ownership)
    absences = sync.workspace.absences.all()
    missing, read = settings.publish.missing, _read_now(sync)
    removal = plan.Removal(missing, absences, read, sync.sync_id, sync.started, sync.removals_allowed_by)
    changes = plan.plan(desired, entries, coverage, settings.deployment, scope, owners, removal)
    changes.ledger_revision = revision
    changes.save(sync.folder)
    return changes


def _meant_record(sync: Sync, resolved: Records) -> str:
    """The key of the record to which the sync is narrowed. Raises ConfigurationError where there is no such record."""
    published = {key: str(entry.attributes.get("name")) for key, entry in published_records(sync).items()}
    current = dict(zip(resolved.records["key"], resolved.records["name"], strict=True))
    return plan.record_key(sync.record, published | current, sync.config.register.renamed())


def _record_of(sync: Sync) -> str:
    return str(sync.folder.read_json(_RECORD)["key"]) if sync.record else ""


def _desired_keys(sync: Sync) -> list[Key]:
    desired = sync.folder.read_table(_DESIRED, ["type_name", "qualified_name"])
    return [Key(row["type_name"], row["qualified_name"]) for row in desired.to_pylist()]
