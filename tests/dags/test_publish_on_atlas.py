"""The DAGs with a real catalog: the sync publishes once, what is changed in the catalog is put right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from include.governance.config import load
from include.governance.state.ledger import Ledger
from include.governance.workspace import Workspace
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

    deleted = delete_one(real_atlas, "dag", "ai_promotion")
    runs = ("reconcile_catalog:plan", "reconcile_catalog:apply", "reconcile_catalog:plan", "publish")
    output = python(RUN_DAG, str(tmp_path / "airflow"), *runs)
    assert [line.split()[0] for line in lines(output, "RESULT")] == ["success"] * 4
    reports = sorted((tmp_path / "home" / "reports").glob("*/report.json"), key=lambda path: path.stat().st_mtime)[3:]
    shown, healed, after, synced = [json.loads(path.read_text()) for path in reports]
    assert (deleted, "deleted") in {(row["qualified_name"], row["kind"]) for row in shown["reconciled"]["differences"]}
    assert (shown["headline"]["level"], shown["outcome"]["writes"]) == ("attention", 0)
    assert healed["outcome"]["acknowledged"]["create"] == {"ai_promotion": 1}
    assert (after["reconciled"]["differences"], synced["outcome"]["writes"]) == ([], 0)


def delete_one(atlas: RealAtlas, catalog: str, type_name: str) -> str:
    """Deletes one entity of that type as a person does in the web UI. Returns its qualified name."""
    ledger = Ledger(Workspace(load()).engine, catalog)
    key, guid = min((key, guid) for key, guid in ledger.guids().items() if key.type_name == type_name)
    address = f"{atlas.url}/api/atlas/v2/entity/guid/{guid}"
    httpx.delete(address, auth=(atlas.user, atlas.password), trust_env=False).raise_for_status()
    return key.qualified_name
