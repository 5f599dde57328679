"""The task that asks the gate: it fails for a promotion that is refused, with what a person has to do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from governance_airflow.tasks import airflow_outcomes, asked_by, open_workspace

if TYPE_CHECKING:
    from include.governance.gate import GateJudgement

_log = logging.getLogger("governance")


@task
def judge_promotion() -> dict[str, Any]:
    """Judges the version that the DAG run's parameters name; returns the judgement as a JSON object.

    A refused promotion fails the task for good. Where it cannot be told, another try may know more.
    """
    from include.governance.gate import GateRequest, gate

    context = get_current_context()
    params = context["params"]
    with airflow_outcomes():
        request = GateRequest(
            source=params["source"].strip(),
            model=params["model"].strip(),
            version=str(params["version"]).strip(),
            to=params["to"].strip(),
            asked_by=asked_by(context),
        )
        judgement = gate(open_workspace(), request)
    _log.info("%s", judgement.sentence)
    raise_unless_promoted(judgement)
    return judgement.as_json()


def raise_unless_promoted(judgement: GateJudgement) -> None:
    """Raises AirflowFailException for a refused promotion, AirflowException where it cannot be told."""
    from include.governance.model.vocabularies import GateAnswer

    if judgement.answer == GateAnswer.REFUSED:
        refusing = (finding for finding in judgement.findings if finding.refuses)
        said = [f"{one.rule}: {one.sentence} {one.remedy} Ask: {one.ask}." for one in refusing]
        raise AirflowFailException("\n".join([judgement.sentence, *said]))
    if judgement.answer == GateAnswer.CANNOT_TELL:
        raise AirflowException("\n".join([judgement.sentence, *(one.remedy for one in judgement.unread)]))
