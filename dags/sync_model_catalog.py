"""The main job: read every source, resolve governed records, judge them, plan, publish, report.

One task per step of include/governance/pipeline.py and one mapped task per source; the tables between are staged.
Azure throttles a principal: tasks that read Azure share the Airflow pool that GOVERNANCE_AZURE_POOL
names (one slot keeps the limit of one task the limit of all).
The report is written whatever happened before; the last task fails when on-call has to look.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from airflow.sdk import Param, dag, get_current_context, task

_RETRIES = {
    "retries": 2,
    "retry_delay": timedelta(seconds=int(os.environ.get("GOVERNANCE_RETRY_SECONDS", "120"))),
    "retry_exponential_backoff": True,
}
_AZURE_POOL = os.environ.get("GOVERNANCE_AZURE_POOL", "default_pool")


@dag(
    schedule="17 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["governance"],
    doc_md=__doc__,
    params={
        "mode": Param("publish", enum=["publish", "plan"], description="plan: show the changes, write nothing"),
    },
)
def sync_model_catalog() -> None:
    @task
    def begin() -> None:
        """Checks the configuration and opens the run."""
        from governance_airflow.tasks import opened

        context = get_current_context()
        with opened(context["run_id"], context["params"]["mode"]) as run:
            run.begin()

    @task
    def sources(azure: bool) -> list[str]:
        """Names of the sources to read: those of Azure, or the others."""
        from governance_airflow.tasks import resumed

        with resumed(get_current_context()["run_id"]) as run:
            kinds = ("azure_ml", "ai_foundry")
            return [source.name for source in run.config.settings.sources if (source.kind in kinds) == azure]

    def read(source: str) -> str:
        """One source into a snapshot. What cannot be read is a state of its collections, not a failed task."""
        from governance_airflow.tasks import resumed

        from include.governance import pipeline

        context = get_current_context()
        context["source_name"] = source
        with resumed(context["run_id"]) as run:
            return pipeline.read(run, source).folder.path

    mapped = {"map_index_template": "{{ source_name }}", **_RETRIES}
    read_source = task(task_id="read", **mapped)(read)
    read_azure = task(task_id="read_azure", pool=_AZURE_POOL, **mapped)(read)

    @task(trigger_rule="all_done")
    def read_curated() -> None:
        """What stewards wrote on the records in the catalog; what cannot be read stays as it was known last."""
        from governance_airflow.tasks import resumed

        from include.governance import pipeline

        with resumed(get_current_context()["run_id"]) as run:
            pipeline.read_curated(run)

    @task(trigger_rule="all_done")
    def resolve() -> None:
        """Goes on with the sources that were read; records of the others stay as they are."""
        from governance_airflow.tasks import resumed

        from include.governance import pipeline

        with resumed(get_current_context()["run_id"]) as run:
            pipeline.resolve(run)

    @task
    def judge() -> None:
        from governance_airflow.tasks import resumed

        from include.governance import pipeline

        with resumed(get_current_context()["run_id"]) as run:
            pipeline.judge(run)

    @task
    def plan() -> None:
        from governance_airflow.tasks import resumed

        from include.governance import pipeline

        with resumed(get_current_context()["run_id"]) as run:
            pipeline.plan_changes(run)

    @task(**_RETRIES)
    def publish() -> None:
        from governance_airflow import tasks

        with tasks.resumed(get_current_context()["run_id"]) as run:
            tasks.publish(run)

    @task(trigger_rule="all_done")
    def report() -> int:
        """The run report, also of a run that broke off. Returns the exit code."""
        from governance_airflow.tasks import resumed

        from include.governance import pipeline

        with resumed(get_current_context()["run_id"]) as run:
            return pipeline.report(run)

    @task
    def outcome(exit_code: int) -> None:
        """Fails when on-call has to look."""
        from governance_airflow.tasks import raise_for

        raise_for(exit_code)

    page, begun = report(), begin()
    others, azure = sources(azure=False), sources.override(task_id="azure_sources")(azure=True)
    begun >> [others, azure]
    snapshots = [read_source.expand(source=others), read_azure.expand(source=azure)]
    snapshots >> read_curated() >> resolve() >> judge() >> plan() >> publish() >> page
    outcome(page)


sync_model_catalog()
