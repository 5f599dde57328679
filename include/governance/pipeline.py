"""The whole way, in six steps. The DAG calls them one by one, the shell in a row; each finds the last tables staged.

snapshots -> records -> verdicts -> changes -> outcome -> report
"""

from __future__ import annotations

from collections.abc import Mapping

from . import plan, records, rules, sources
from .errors import CatalogError
from .model.read_status import ReadStatus
from .model.tables import DESIRED
from .staging.curated import Curated
from .staging.judgement import Judgement
from .staging.lifecycle import LifecycleChanges
from .staging.outcome import Outcome
from .staging.plan import Key, Plan
from .staging.records import Records
from .staging.snapshot import Snapshot
from .sync import Run

_TRIES_OF_CURATED = 2  # publishing is what waits for a catalog; reading these has the last word to fall back on


def sync(run: Run) -> int:
    """The whole way. Returns the exit code: 0 done, 3 a source was read only in part, 4 the catalog failed."""
    run_stages(run)
    return report(run)


def run_stages(run: Run) -> None:
    """All steps before the report. A step that breaks off leaves its report to whoever called."""
    run.begin()
    for source in run.config.settings.sources:
        read(run, source.name)
    read_curated(run)
    resolve(run)
    judge(run)
    plan_changes(run)
    publish(run)


def read(run: Run, source_name: str) -> Snapshot:
    """Step 1: one source into a snapshot."""
    with run.stage(f"read {source_name}") as notes:
        source = run.source(source_name)
        run.say(f"reading {source_name}")
        last = run.history.last_snapshot(source_name)
        snapshot = sources.read(source, run.snapshot_folder(source_name), run.lookup, last)
        states = snapshot.collections().values()
        if run.mode == "publish" and any(state.state in (ReadStatus.COMPLETE, ReadStatus.PARTIAL) for state in states):
            run.history.save_snapshot(source_name, snapshot.folder.path, run.run_id)
        notes |= {"calls": snapshot.document["calls"], "seconds_waiting": snapshot.document["seconds_waiting"]}
        for state in states:
            if state.state in (ReadStatus.PARTIAL, ReadStatus.FAILED):
                run.say(f"{source_name}: {state.collection} {state.state}: {state.reason}")
    return snapshot


def read_curated(run: Run) -> Curated:
    """Still step 1: what stewards wrote on records in the catalog. Where it cannot be read, the last word stands."""
    with run.stage("read curated fields") as notes:
        known = run.known_records()
        found = _read_curated(run, known) if known else Curated.unread()
        found.save(run.folder)
        notes |= {"records": len(known), "failure": found.failure}
        if found.failure:
            run.say(f"the catalog's curated fields could not be read: {found.failure} What was known last stands.")
        if run.mode == "publish":
            run.curated_history.save(found.rows.values())
    return found


def resolve(run: Run) -> Records:
    """Step 2: governed records from all snapshots, and what changed in their lifecycle."""
    with run.stage("resolve"):
        register, snapshots = run.config.register, run.snapshots()
        states = run.lifecycle_history.states()
        found = records.resolve(
            snapshots,
            register,
            run.config.settings,
            run.history.promotions(),
            run.started,
            Curated.load(run.folder),
            run.last_records(),
            states,
        )
        found.save(run.folder.child("records"))
        known = records.with_keys(states, register.renamed())
        tables = (found.evidence, found.records, found.promotions)
        records.lifecycle_changes(*tables, known, snapshots, run.started).save(run.folder)
        run.say(f"resolved {len(found.records)} governed records from {len(found.evidence)} versions")
    return found


def judge(run: Run) -> Judgement:
    """Step 3: findings and verdicts."""
    with run.stage("judge"):
        judgement = rules.judge(
            Records.load(run.folder.child("records")),
            rules.load_suites(run.config.suite_files),
            run.config.register.waivers,
            run.started.date(),
        )
        judgement.save(run.folder.child("judgement"))
        run.say(f"judged them: {len(judgement.findings)} findings")
    return judgement


def plan_changes(run: Run) -> Plan:
    """Step 4: what has to change in the catalog, against the ledger."""
    with run.stage("plan"):
        wanted = plan.desired(
            run.snapshots(),
            Records.load(run.folder.child("records")),
            Judgement.load(run.folder.child("judgement")),
            run.config.register,
            run.config.settings.publish,
            run.ledger.guids().keys(),
        )
        run.folder.write_table("desired.parquet", wanted)
        made = _plan_against_ledger(run)
        run.say(f"planned {len(made.changes)} changes, {made.unchanged} entities unchanged")
    return made


def publish(run: Run) -> Outcome:
    """Step 5: the plan into the catalog. In mode `plan`, nothing is sent."""
    with run.stage("publish") as notes:
        catalog_settings = run.config.settings.catalog
        outcome = _publish(run) if run.mode == "publish" else Outcome(catalog=catalog_settings.name, mode=run.mode)
        outcome.save(run.folder)
        notes |= {"calls": outcome.calls, "writes": outcome.writes, "seconds_waiting": outcome.seconds_waiting}
    return outcome


def report(run: Run) -> int:
    """Step 6: the run report. Returns the run's exit code."""
    from . import reports

    page = reports.report(run)
    run.say(page.text)
    run.tidy()
    return page.exit_code


def _publish(run: Run) -> Outcome:
    from . import catalog  # pyapacheatlas takes its time to import

    run.history.save_promotions(Records.load(run.folder.child("records")).promotions)
    run.lifecycle_history.save(*LifecycleChanges.load(run.folder), run.run_id)
    atlas = catalog.open_catalog(run.catalog_endpoint(), run.config.settings.catalog)
    try:
        return catalog.publish(
            Plan.load(run.folder),
            atlas,
            run.ledger,
            run.engine,
            deployment=run.config.settings.deployment,
            run_id=run.run_id,
            keys=_wanted_keys(run),
            plan_again=lambda: _plan_against_ledger(run),
            say=run.say,
        )
    except CatalogError as error:
        return Outcome(catalog=run.config.settings.catalog.name, error=error.as_dict())
    finally:
        atlas.close()


def _read_curated(run: Run, known: Mapping[str, Key]) -> Curated:
    from . import catalog

    settings = run.config.settings.catalog
    few = settings.model_copy(update={"attempts": min(settings.attempts, _TRIES_OF_CURATED)})
    atlas = catalog.open_catalog(run.catalog_endpoint(), few)
    try:
        return catalog.read_curated(atlas, known, run.curated_history.last(), run.started)
    finally:
        atlas.close()


def _plan_against_ledger(run: Run) -> Plan:
    """The plan against the ledger as it is now, staged."""
    wanted = run.folder.read_table("desired.parquet", DESIRED)
    revision = run.ledger.revision()
    made = plan.plan(wanted, run.ledger.entries(), run.snapshots(), revision)
    made.save(run.folder)
    return made


def _wanted_keys(run: Run) -> list[Key]:
    wanted = run.folder.read_table("desired.parquet", DESIRED, ["type_name", "qualified_name"])
    return [Key(row["type_name"], row["qualified_name"]) for row in wanted.to_pylist()]
