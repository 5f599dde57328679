"""Tasks: the core's errors become outcomes of Airflow, with their remedies; tasks have what their stages ask for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.governance.errors import ExitCode
from tests.support.airflow import lines, python

pytestmark = pytest.mark.airflow

OUTCOMES = """
import sys
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
from governance_airflow import tasks
from include.governance import errors
for name in ("ConfigurationError", "SourceUnavailable", "Unsupported", "CatalogError", "CatalogBusy"):
    try:
        with tasks.airflow_outcomes():
            raise getattr(errors, name)("It broke.", "Fix it.")
    except Exception as outcome:
        print("OUTCOME", name, type(outcome).__name__, outcome)
try:
    with tasks.airflow_outcomes():
        open("/dev/full", "wb", buffering=0).write(b"1")
except Exception as outcome:
    print("FULL", type(outcome).__name__, outcome)
try:
    tasks.raise_for({"error": "CatalogUnavailable", "message": "It is down.", "remedy": "Start it.", "retriable": True})
except Exception as outcome:
    print("PUBLISH", type(outcome).__name__, outcome)
"""

REPORT = """
import json, os, sys
from pathlib import Path
from unittest import mock
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
os.environ["GOVERNANCE_CONFIG"] = sys.argv[2]
from governance_airflow import tasks
from include.governance.stages import REPORT
with mock.patch.object(tasks, "get_current_context", lambda: {"run_id": "manual__2026-03-02"}):
    report = tasks._run(REPORT)
print("REPORT", json.dumps(report))
try:
    tasks.outcome.function(report)
except Exception as outcome:
    print("OUTCOME", type(outcome).__name__, outcome)
print("DONE", tasks.outcome.function({"exit_code": 0, "headline": "Fine.", "remedy": "", "page": "report.html"}))
"""

TASKS = """
import json, os, sys
from pathlib import Path
os.environ["GOVERNANCE_AZURE_POOL"] = "azure_one"
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
from dags.sync_model_catalog import sync_model_catalog
dag = sync_model_catalog()
made = {name: [task.trigger_rule.value, task.pool, task.retries] for name, task in dag.task_dict.items()}
print("TASKS", json.dumps(made))
"""


def test_errors_become_outcomes_with_their_remedy(tmp_path: Path) -> None:
    output = python(OUTCOMES, str(tmp_path / "airflow"))
    assert lines(output, "OUTCOME") == [
        "ConfigurationError AirflowFailException It broke. Fix it.",
        "SourceUnavailable AirflowException It broke. Fix it.",
        "Unsupported AirflowSkipException It broke. Fix it.",
        "CatalogError AirflowFailException It broke. Fix it.",
        "CatalogBusy AirflowException It broke. Fix it.",
    ]
    (full,) = lines(output, "FULL")
    assert full.startswith("AirflowFailException there is no room for a file (No space left on device). Free space")
    assert lines(output, "PUBLISH") == ["AirflowException It is down. Start it."]


def test_the_last_task_says_what_is_wrong_what_to_do_and_where_the_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the configuration cannot be read."""
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    config = tmp_path / "governance.yaml"
    config.write_text("sources: []\n")
    output = python(REPORT, str(tmp_path / "airflow"), str(config))
    report = json.loads(lines(output, "REPORT")[0])
    page = tmp_path / "home" / "reports" / "manual__2026-03-02" / "report.html"
    assert (report["exit_code"], report["page"]) == (2, str(page))
    assert "sources: List should have at least 1 item" in page.read_text()
    (outcome,) = lines(output, "OUTCOME")
    assert outcome.startswith(f"AirflowFailException The run broke off: {config}:")
    assert f"{report['remedy']} Report: {page} (exit code 2: {ExitCode.CONFIGURATION.meaning})\n" in output
    assert lines(output, "DONE") == ["None"]


def test_the_tasks_have_the_rules_pools_and_retries_of_their_stages(tmp_path: Path) -> None:
    (made,) = lines(python(TASKS, str(tmp_path / "airflow")), "TASKS")
    tasks = json.loads(made)
    assert {name: rule for name, (rule, _, _) in tasks.items() if rule != "all_success"} == {
        "read_curated": "all_done",
        "resolve": "all_done",
        "report": "all_done",
    }
    assert {name for name, (_, pool, _) in tasks.items() if pool == "azure_one"} == {"read_azure"}
    assert {name for name, (_, _, retries) in tasks.items() if retries} == {"read", "read_azure", "publish"}
    assert set(tasks) == {
        *("begin", "sources", "azure_sources", "read", "read_azure", "read_curated"),
        *("resolve", "judge", "plan", "publish", "report", "outcome"),
    }
