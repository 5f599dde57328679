"""The DAG with a real catalog: it publishes once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.airflow import RUN_DAG, lines, python
from tests.support.atlas import RealAtlas


@pytest.mark.heavy
@pytest.mark.airflow
@pytest.mark.atlas
def test_the_dag_publishes_and_a_second_run_writes_nothing(
    demo_config: Callable[..., Path], real_atlas: RealAtlas, tmp_path: Path
) -> None:
    demo_config(real_atlas.url, "dag", real_atlas.password)
    output = python(RUN_DAG, str(tmp_path / "airflow"), "plan", "publish", "publish")
    assert [line.split()[0] for line in lines(output, "RESULT")] == ["success"] * 3
    reports = sorted((tmp_path / "home" / "reports").glob("*/report.json"), key=lambda path: path.stat().st_mtime)
    outcomes = [json.loads(path.read_text())["outcome"] for path in reports]
    assert [outcome["mode"] for outcome in outcomes] == ["plan", "publish", "none"]
    assert [outcome["writes"] for outcome in outcomes][::2] == [0, 0]
    assert outcomes[1]["acknowledged"]["create"]["ai_model"] == 14
