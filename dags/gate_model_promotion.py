"""Whether one model version may enter a lifecycle state, for people and for triggers over Airflow's API.

The version, its run, experiment and data are read now; the task fails with the findings and their remedies where the
promotion is refused, and is tried again where it cannot be told. Nothing is moved and nothing is written into the
catalog; the judgement is kept and shown by `explain`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Param, dag
from governance_airflow.gate_task import judge_promotion
from governance_airflow.tasks import RETRIES


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    tags=["governance"],
    doc_md=__doc__,
    params={
        "source": Param(type="string", minLength=1, description="name of an MLflow source of the configuration"),
        "model": Param(type="string", minLength=1, description="name of the registered model"),
        "version": Param(type="string", minLength=1, description="number of the version"),
        "to": Param("production", type="string", minLength=1, description="a state, or an alias or stage meaning one"),
    },
)
def gate_model_promotion() -> None:
    """One task, which fails for what may not be promoted."""
    judge_promotion.override(**RETRIES)()


gate_model_promotion()
