"""What a task needs around a stage: the run it belongs to, and the core's errors as Airflow's outcomes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from governance_airflow.connections import from_airflow
from include.governance.config import load
from include.governance.errors import GovernanceError
from include.governance.sync import Run

_log = logging.getLogger("governance")
_MEANING = {
    1: "the run broke off",
    2: "configuration",
    3: "a source was read only in part or failed",
    4: "the catalog refused or failed",
}


@contextmanager
def opened(run_id: str, mode: str) -> Iterator[Run]:
    """The sync of this DAG run, not begun yet; its id is the DAG run's id.

    A retriable error lets Airflow retry the task; any other known error fails it at once.
    """
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    try:
        yield Run(load(), run_id, mode=mode, lookup=from_airflow, say=_log.info)
    except GovernanceError as error:
        outcome = AirflowException if error.retriable else AirflowFailException
        raise outcome(str(error)) from error


@contextmanager
def resumed(run_id: str) -> Iterator[Run]:
    """The sync of this DAG run, with the mode and the start that its first task wrote down."""
    with opened(run_id, "publish") as run:
        yield run.resume()


def publish(run: Run) -> None:
    """Publishes the plan; a catalog that failed as a whole fails the task, so that Airflow tries again.

    What the catalog has acknowledged is in the ledger: another try goes on from there.
    """
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    from include.governance import pipeline

    error = pipeline.publish(run).error
    if error:
        raise (AirflowException if error.get("retriable") else AirflowFailException)(error["message"])


def raise_for(exit_code: int) -> None:
    """Fails the task for any exit code but 0, so that the DAG run shows red and its report is looked at."""
    from airflow.sdk.exceptions import AirflowFailException

    if exit_code:
        raise AirflowFailException(f"Exit code {exit_code} ({_MEANING[exit_code]}): see the run report.")
