"""The DAG that asks the gate: it fails for what may not be promoted, with the findings as its message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.governance.config import load
from include.governance.workspace import Workspace
from tests.support.airflow import lines, python

pytestmark = pytest.mark.airflow

ASK = """
import sys
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
airflow_run.migrate()
for model, version in (("credit-default-risk", "2"), ("credit-limit-advisor", "2")):
    asked = {"source": "demo", "model": model, "version": version}
    print("RESULT", *airflow_run.run_dag("", "gate_model_promotion", **asked))
"""

ANSWERS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
from governance_airflow.gate_task import raise_unless_promoted
from include.governance.gate.answer import GateFinding, GateJudgement, GateRequest
from include.governance.model.vocabularies import GateAnswer
from include.governance.sources import Unread
def judged(answer, *findings, unread=()):
    asked, subject = GateRequest("demo", "fraud", "3"), "mlflow://demo/models/fraud/versions/3"
    about = (asked, subject, "fraud v3", "fraud", "production")
    return GateJudgement(answer, *about, datetime.now(UTC), f"{answer}!", findings=findings, unread=unread)
def finding(rule, refuses):
    return GateFinding(rule, "critical", refuses, "subject", f"{rule} fails.", "Mend it.", "Ana Ruiz", {})
found = (finding("lineage.run.missing", True), finding("signature.missing", False))
for judgement in (
    judged(GateAnswer.PROMOTE, finding("signature.missing", False)),
    judged(GateAnswer.REFUSED, *found),
    judged(GateAnswer.CANNOT_TELL, *found, unread=(Unread("run", "500", "Ask again."),)),
):
    try:
        raise_unless_promoted(judgement)
        print("OUTCOME goes on")
    except Exception as outcome:
        print("OUTCOME", type(outcome).__name__, str(outcome).replace(chr(10), " | "))
"""


def test_a_refusal_says_what_is_broken_and_what_to_do(tmp_path: Path) -> None:
    """What is not known may be known at the next try; what is refused is not tried again."""
    assert lines(python(ANSWERS, str(tmp_path / "airflow")), "OUTCOME") == [
        "goes on",
        "AirflowFailException refused! | lineage.run.missing: lineage.run.missing fails. Mend it. Ask: Ana Ruiz.",
        "AirflowException cannot tell! | Ask again.",
    ]


@pytest.mark.heavy
def test_the_dag_asks_for_a_version_and_keeps_the_judgement(demo_config: Callable[..., Path], tmp_path: Path) -> None:
    demo_config()
    results = lines(python(ASK, str(tmp_path / "airflow")), "RESULT")
    assert [line.split()[0] for line in results] == ["success", "failed"]
    judgements = Workspace(load()).gate_judgements
    assert [row["answer"] for row in judgements.of_record(["credit-default"])] == ["promote"]
