"""What was published against the live catalog: what was deleted or changed there is named, and put right on request.

No source is read. What stewards wrote stays; several entities of one qualified name are merged without losing it; what
nobody but the catalog knows enters the ledger, so that the next sync decides about it. The report has the same form as
that of a sync.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag
from governance_airflow.tasks import begin, outcome, stage_task

from include.governance.stages import RECONCILE, REPORT


@dag(
    schedule="41 3 * * 0",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["governance"],
    doc_md=__doc__,
    params={
        "mode": Param(
            "plan",
            enum=["plan", "apply"],
            description="plan: only show. apply: put right, where publish.enabled of governance.yaml allows it",
        ),
    },
)
def reconcile_catalog() -> None:
    """A task that compares, one that reports, one that fails when on-call has to look."""
    report = stage_task(REPORT)()
    begin() >> stage_task(RECONCILE)() >> report
    outcome(report)


reconcile_catalog()
