"""The DAG: it imports, quickly; it runs the whole way in a real Airflow; a failure is red and leaves its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.airflow import lines, python
from tests.support.atlas import RealAtlas

ROOT = Path(__file__).resolve().parents[2]

RUN = """
import sys
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
airflow_run.migrate()
for mode in sys.argv[2:]:
    print("RESULT", *airflow_run.run_dag(mode))
"""

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


@pytest.mark.airflow
def test_the_dag_files_import_without_errors_and_without_heavy_libraries(tmp_path: Path) -> None:
    output = python(PARSE, str(tmp_path / "airflow"))
    assert lines(output, "ERRORS") == ["{}"]
    assert lines(output, "DAGS") == ["['sync_model_catalog']"]
    assert lines(output, "HEAVY") == ["[]"]


@pytest.mark.airflow
@pytest.mark.atlas
def test_the_dag_publishes_and_a_second_run_writes_nothing(
    demo_config: Callable[..., Path], real_atlas: RealAtlas, tmp_path: Path
) -> None:
    demo_config(real_atlas.url, "dag", real_atlas.password)
    output = python(RUN, str(tmp_path / "airflow"), "plan", "publish", "publish")
    assert [line.split()[0] for line in lines(output, "RESULT")] == ["success"] * 3
    reports = sorted((tmp_path / "home" / "reports").glob("*/report.json"), key=lambda path: path.stat().st_mtime)
    outcomes = [json.loads(path.read_text())["outcome"] for path in reports]
    assert [outcome["mode"] for outcome in outcomes] == ["plan", "publish", "none"]
    assert [outcome["writes"] for outcome in outcomes][::2] == [0, 0]
    assert outcomes[1]["acknowledged"]["create"]["ai_model"] == 14


@pytest.mark.airflow
def test_a_catalog_that_is_down_turns_the_run_red_and_leaves_its_report(
    demo_config: Callable[..., Path], tmp_path: Path
) -> None:
    demo_config()
    output = python(RUN, str(tmp_path / "airflow"), "publish")
    assert [line.split()[0] for line in lines(output, "RESULT")] == ["failed"]
    (report,) = (tmp_path / "home" / "reports").glob("*/report.json")
    document = json.loads(report.read_text())
    assert document["exit_code"] == 4
    assert "cannot connect" in document["headline"]["sentence"]
