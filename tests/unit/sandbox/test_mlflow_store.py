"""A generated store is one that MLflow itself reads without complaint."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from include.sandbox import mlflow_store

RUNS, VERSIONS, MODELS = 50, 20, 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mlflow_store.build(tmp_path_factory.mktemp("stores") / "tiny.db", RUNS, VERSIONS, MODELS)


@pytest.fixture(scope="module")
def client(store: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(mlflow_store.uri(store), mlflow_store.uri(store))


@pytest.fixture(scope="module")
def runs(client: Any) -> list[Any]:
    from mlflow.entities import ViewType

    ids = [experiment.experiment_id for experiment in client.search_experiments(ViewType.ALL)]
    return list(client.search_runs(ids, run_view_type=ViewType.ALL))


def test_every_run_is_listed_with_its_content(runs: list[Any]) -> None:
    assert len(runs) == RUNS
    for run in runs:
        assert len(run.data.params) == 8
        assert len(run.data.metrics) == 6
        assert {"mlflow.user", "mlflow.source.name", "mlflow.source.git.commit"} <= set(run.data.tags)
        contexts = sorted(tag.value for use in run.inputs.dataset_inputs for tag in use.tags)
        assert contexts in (["training"], ["training", "validation"])
        assert all(len(use.dataset.schema) > 500 for use in run.inputs.dataset_inputs)


def test_a_third_of_the_runs_have_a_parent_in_their_own_experiment(runs: list[Any]) -> None:
    home = {run.info.run_id: run.info.experiment_id for run in runs}
    parents = [(run, run.data.tags["mlflow.parentRunId"]) for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert RUNS // 4 <= len(parents) <= RUNS // 2
    assert all(home[parent] == run.info.experiment_id for run, parent in parents)


def test_logged_models_belong_to_their_runs(client: Any, runs: list[Any]) -> None:
    outputs = {output.model_id: run.info.run_id for run in runs for output in run.outputs.model_outputs}
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    listed = {model.model_id: model for model in client.search_logged_models(experiments, max_results=RUNS)}
    assert set(listed) == set(outputs)
    assert RUNS // 4 <= len(listed) <= RUNS * 3 // 4
    for model in listed.values():
        assert model.source_run_id == outputs[model.model_id]
        assert (len(model.params), len(model.metrics)) == (8, 6)
        assert model.tags["mlflow.user"]


def test_the_registry_is_whole(client: Any, runs: list[Any]) -> None:
    models = client.search_registered_models()
    versions = client.search_model_versions()
    assert (len(models), len(versions)) == (MODELS, VERSIONS)
    known = {run.info.run_id for run in runs}
    assert all(version.run_id in known and version.tags for version in versions)
    assert Counter(version.source.split("/")[0] for version in versions).keys() == {"models:", "runs:"}
    assert sum("champion" in model.aliases for model in models) == MODELS * 4 // 5
    assert all(version.current_stage == "None" for version in versions)


def test_a_second_build_elsewhere_writes_the_same_rows(store: Path, tmp_path: Path) -> None:
    again = mlflow_store.build(tmp_path / "again.db", RUNS, VERSIONS, MODELS)
    for table in ("runs", "params", "metrics", "tags", "inputs", "datasets", "model_versions", "logged_models"):
        assert _rows(store, table) == _rows(again, table)


def test_a_store_that_is_there_is_kept(store: Path) -> None:
    before = store.stat().st_mtime_ns
    assert mlflow_store.build(store, RUNS, VERSIONS, MODELS) == store
    assert store.stat().st_mtime_ns == before


def _rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)
    finally:
        connection.close()
