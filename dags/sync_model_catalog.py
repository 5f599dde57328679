"""The main job: read every source, resolve governed records, judge them, plan, publish, report.

One task per stage of include/governance/stages.py and one mapped task per source; the tables between are staged.
Azure throttles a principal: tasks that read Azure share the Airflow pool that GOVERNANCE_AZURE_POOL
names (one slot keeps the limit of one task the limit of all).
The report is written whatever happened before; the last task fails when on-call has to look.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, chain, dag
from governance_airflow.tasks import AZURE_POOL, begin, outcome, sources, stage_task

from include.governance.stages import READ, REPORT, STAGES


@dag(
    schedule="17 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["governance"],
    doc_md=__doc__,
    params={
        "mode": Param(
            "publish",
            enum=["publish", "plan"],
            description="publish: write, where publish.enabled of governance.yaml allows it. plan: only show",
        ),
        "sources": Param(
            [],
            type=["null", "array"],
            items={"type": "string"},
            description="names of the sources to read; of the others the last read counts, and nothing of theirs is "
            "judged gone. Empty: all",
        ),
        "record": Param(
            "", type=["null", "string"], description="key or name of the only governed record to publish. Empty: all"
        ),
        "allow_removals": Param(
            False,
            type="boolean",
            description="what is gone was removed on purpose: mark it, however much publish.missing allows",
        ),
    },
)
def sync_model_catalog() -> None:
    """Wires the stages."""
    others, azure = sources(azure=False), sources.override(task_id="azure_sources")(azure=True)
    read, read_azure = stage_task(READ), stage_task(READ, task_id="read_azure", pool=AZURE_POOL)
    snapshots = [read.expand(source=others), read_azure.expand(source=azure)]
    report = stage_task(REPORT)()

    begin() >> [others, azure]
    chain(snapshots, *(stage_task(stage)() for stage in STAGES if not stage.per_source), report)
    outcome(report)


sync_model_catalog()
