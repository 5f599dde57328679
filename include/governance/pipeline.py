"""The whole way, in six steps. The DAG calls them one by one, the shell in a row; each finds the last tables staged.

snapshots -> records -> verdicts -> changes -> outcome -> report
"""

from __future__ import annotations

from . import checks, plan, records, sources
from .errors import CatalogError
from .run import Run
from .staged.judgement import Judgement
from .staged.outcome import Outcome
from .staged.plan import Key, Plan
from .staged.records import Records
from .staged.schemas import DESIRED
from .staged.snapshot import Snapshot
from .vocabulary.kinds import State


def sync(run: Run) -> int:
    """The whole way. Returns the exit code: 0 done, 3 a source was read only in part, 4 the catalog failed."""
    walk(run)
    return report(run)


def walk(run: Run) -> None:
    """All steps before the report. A step that breaks off leaves its report to whoever called."""
    run.begin()
    for source in run.config.settings.sources:
        read(run, source.name)
    resolve(run)
    judge(run)
    make_plan(run)
    publish(run)


def read(run: Run, source_name: str) -> Snapshot:
    """Step 1: one source into a snapshot."""
    with run.stage(f"read {source_name}") as notes:
        source = run.source(source_name)
        run.say(f"reading {source_name}")
        last = run.history.last_snapshot(source_name)
        snapshot = sources.read(source, run.snapshot_folder(source_name), run.lookup, last)
        states = snapshot.collections().values()
        if run.mode == "publish" and any(state.state in (State.COMPLETE, State.PARTIAL) for state in states):
            run.history.keep_snapshot(source_name, snapshot.folder.path, run.run_id)
        notes |= {"calls": snapshot.document["calls"], "seconds_waiting": snapshot.document["seconds_waiting"]}
        for state in states:
            if state.state in (State.PARTIAL, State.FAILED):
                run.say(f"{source_name}: {state.collection} {state.state}: {state.reason}")
    return snapshot


def resolve(run: Run) -> Records:
    """Step 2: governed records from all snapshots."""
    with run.stage("resolve"):
        config = run.config
        found = records.resolve(
            run.snapshots(), config.register, config.settings, run.history.promotions(), run.started
        )
        found.save(run.folder.child("records"))
        run.say(f"resolved {len(found.records)} governed records from {len(found.evidence)} versions")
    return found


def judge(run: Run) -> Judgement:
    """Step 3: findings and verdicts."""
    with run.stage("judge"):
        judgement = checks.judge(Records.load(run.folder.child("records")), checks.load_suites(run.config.suite_files))
        judgement.save(run.folder.child("judgement"))
        run.say(f"judged them: {len(judgement.findings)} findings")
    return judgement


def make_plan(run: Run) -> Plan:
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
        made = _planned(run)
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

    run.history.keep_promotions(Records.load(run.folder.child("records")).promotions)
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
            plan_again=lambda: _planned(run),
            say=run.say,
        )
    except CatalogError as error:
        return Outcome(catalog=run.config.settings.catalog.name, error=error.as_dict())
    finally:
        atlas.close()


def _planned(run: Run) -> Plan:
    """The plan against the ledger as it is now, staged."""
    wanted = run.folder.read_table("desired.parquet", DESIRED)
    revision = run.ledger.revision()
    made = plan.plan(wanted, run.ledger.entries(), run.snapshots(), revision)
    made.save(run.folder)
    return made


def _wanted_keys(run: Run) -> list[Key]:
    wanted = run.folder.read_table("desired.parquet", DESIRED, ["type_name", "qualified_name"])
    return [Key(row["type_name"], row["qualified_name"]) for row in wanted.to_pylist()]
