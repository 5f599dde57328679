"""The DAG: it imports, quickly; it runs the whole way in a real Airflow; a failure is red and leaves its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.governance.stages import safe_name
from tests.support.airflow import RUN_DAG, lines, python

PARSE = """
import sys, time
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
started = time.perf_counter()
import dags.sync_model_catalog
print("SECONDS", time.perf_counter() - started)
bag = DagBag(str(Path(airflow_run.PROJECT) / "dags"))
print("ERRORS", bag.import_errors)
print("DAGS", sorted(bag.dags))
print("HEAVY", sorted({"mlflow", "great_expectations", "pandas", "pyapacheatlas"} & set(sys.modules)))
"""

NARROWED = """
import sys
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
airflow_run.migrate()
for params in ({}, {"sources": ["demo"], "record": sys.argv[2]}, {"sources": ["none"]}):
    print("RESULT", *airflow_run.run_dag("plan", **params))
"""


@pytest.mark.airflow
def test_the_dag_files_import_without_errors_and_without_heavy_libraries(tmp_path: Path) -> None:
    output = python(PARSE, str(tmp_path / "airflow"))
    assert lines(output, "ERRORS") == ["{}"]
    assert lines(output, "DAGS") == ["['gate_model_promotion', 'reconcile_catalog', 'sync_model_catalog']"]
    assert lines(output, "HEAVY") == ["[]"]


@pytest.mark.airflow
@pytest.mark.heavy
def test_a_catalog_that_is_down_turns_the_run_red_and_leaves_its_report(
    demo_config: Callable[..., Path], tmp_path: Path
) -> None:
    demo_config()
    output = python(RUN_DAG, str(tmp_path / "airflow"), "publish")
    assert [line.split()[0] for line in lines(output, "RESULT")] == ["failed"]
    (report,) = (tmp_path / "home" / "reports").glob("*/report.json")
    document = json.loads(report.read_text())
    assert document["exit_code"] == 4
    assert "cannot connect" in document["headline"]["sentence"]


@pytest.mark.airflow
@pytest.mark.heavy
def test_parameters_narrow_a_run(both: Path, tmp_path: Path) -> None:
    """To sources and to one record, as the options of the command line do. An unknown source ends the run."""
    output = python(NARROWED, str(tmp_path / "airflow"), "credit-default")
    whole, narrowed, unknown = (line.split() for line in lines(output, "RESULT"))
    assert [state for state, _ in (whole, narrowed, unknown)] == ["success", "success", "failed"]
    everything, one = (report_of(tmp_path, run_id) for _, run_id in (whole, narrowed))
    assert [source["state"] for source in everything["sources"]] == ["complete", "complete"]
    assert [source["state"] for source in one["sources"]] == ["complete", "not read"]
    assert 0 < one["changes"]["total"] < everything["changes"]["total"]
    created = {change["qualified_name"] for change in one["changes"]["shown"]}
    assert created and not any("://other/" in name for name in created)
    assert "no source is named none" in output


def report_of(folder: Path, run_id: str) -> dict[str, Any]:
    """The report of a DAG run, as JSON."""
    (path,) = (folder / "home" / "reports").glob(f"{safe_name(run_id)}/report.json")
    document: dict[str, Any] = json.loads(path.read_text())
    return document
