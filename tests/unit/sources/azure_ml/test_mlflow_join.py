"""Jobs joined with a real MLflow server's runs: a run's id is its job's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from include.governance.model import json_text
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.sources.azure_ml import mlflow_join
from include.governance.sources.azure_ml.containers import Container, tracking_url
from include.governance.staging.snapshot import Snapshot
from tests.support.mlflow_server import MlflowServer

from .canned import Arm, workspace_id
from .conftest import edges, rows

Reading = Callable[..., Snapshot]
WS = workspace_id()


def log_run(client: Any, experiment: str, **tags: str) -> str:
    return str(client.create_run(experiment, tags={"mlflow.user": "ana", **tags}).info.run_id)


class Logged(NamedTuple):
    """A run with metrics and a dataset, a step of it, and a version of a model that names it."""

    run: str
    step: str
    experiment: str


@pytest.fixture(scope="module")
def logged(mlflow_server: MlflowServer) -> Iterator[Logged]:
    client = mlflow_server.client
    from mlflow.entities import Dataset, DatasetInput, InputTag

    experiment = client.create_experiment("azure joined")
    run = log_run(client, experiment)
    client.log_metric(run, "auc", 0.91)
    client.log_param(run, "depth", "7")
    address = "abfss://fs@acc.dfs.core.windows.net/x"
    loans = Dataset(name="loans", digest="d1", source_type="abfss", source=f'{{"uri": "{address}"}}')
    client.log_inputs(run, [DatasetInput(loans, [InputTag("mlflow.data.context", "training")])])
    step = log_run(client, experiment, **{"mlflow.parentRunId": run, "mlflow.log-model.history": "zzz"})
    client.create_registered_model("azure-joined")
    client.create_model_version("azure-joined", f"runs:/{run}/model", run)
    yield Logged(run, step, experiment)
    client.delete_registered_model("azure-joined")
    client.delete_experiment(experiment)


@pytest.fixture
def joined(arm: Arm, mlflow_server: MlflowServer, logged: Logged, monkeypatch: pytest.MonkeyPatch) -> Logged:
    """The canned workspace with that MLflow, and a job for the run but none for its step."""
    found = arm.collections[_path("workspaces")][0]
    found["properties"]["mlFlowTrackingUri"] = f"azureml://westeurope.api.azureml.ms/mlflow/v1.0{WS}"
    monkeypatch.setattr(mlflow_join, "tracking_url", lambda place: mlflow_server.url)
    arm.add(
        f"{WS}/jobs/{logged.run}",
        {
            "jobType": "Command",
            "experimentName": "azure joined",
            "inputs": {"lr": {"jobInputType": "literal", "value": "0.1"}},
            "tags": {"ticket": "T-1"},
        },
    )
    arm.add(f"{WS}/models/azure-joined", {})
    arm.add(f"{WS}/models/azure-joined/versions/1", {"modelUri": "azureml://datastores/b/paths/LocalUpload/1/m"})
    return logged


def _path(listing: str) -> str:
    return WS.lower().split("/resourcegroups")[0] + f"/providers/microsoft.machinelearningservices/{listing}"


def test_a_job_has_what_only_mlflow_knows(reading: Reading, joined: Logged) -> None:
    snapshot = reading(mlflow=True)
    row = rows(snapshot, AssetKind.RUN)[f"jobs/{joined.run}"]
    assert json_text.load(row["metrics_json"]) == {"auc": 0.91}
    assert json_text.load(row["params_json"]) == {"depth": "7", "lr": "0.1"}
    assert json_text.load(row["tags_json"])["ticket"] == "T-1"
    assert (row["user"], row["created_by"], row["job_type"], row["dataset_count"]) == ("ana", "Ana Ruiz", "command", 1)
    used = [edge for edge in edges(snapshot, "dataset_used_by_run") if edge[1] == f"jobs/{joined.run}"]
    assert [edge[2] for edge in used] == ["MLflow dataset input"]
    dataset = rows(snapshot, AssetKind.DATASET)[used[0][0]]
    assert (dataset["name"], dataset["digest"]) == ("loans", "d1")
    assert dataset["source_uri"] == "https://acc.dfs.core.windows.net/fs/x"


def test_a_run_without_a_job_is_named_like_one(reading: Reading, joined: Logged) -> None:
    snapshot = reading(mlflow=True)
    row = rows(snapshot, AssetKind.RUN)[f"jobs/{joined.step}"]
    assert row["job_type"] is None and row["experiment"].endswith("/experiments/azure%20joined")
    child = (f"jobs/{joined.step}", f"jobs/{joined.run}", "tag mlflow.parentRunId", False)
    assert child in edges(snapshot, "child_of_run")
    experiment = rows(snapshot, AssetKind.EXPERIMENT)["experiments/azure%20joined"]
    assert experiment["native_id"] == joined.experiment


def test_the_run_that_mlflow_states_is_the_versions_fourth_rule(reading: Reading, joined: Logged) -> None:
    found = edges(reading(mlflow=True), "run_produced_version")
    name = "models/azure-joined/versions/1"
    assert (f"jobs/{joined.run}", name, "MLflow model version's run", False) in found


def test_what_mlflow_states_and_nobody_understands_is_noted(reading: Reading, joined: Logged) -> None:
    snapshot = reading(mlflow=True)
    (noted,) = snapshot.unparsed()
    assert (noted["native_id"], noted["field"], noted["value"]) == (joined.step, "tags.mlflow.log-model.history", "zzz")
    assert noted["collection"] in snapshot.collections()


def test_its_collections_are_told_apart(reading: Reading, joined: Logged) -> None:
    snapshot = reading(mlflow=True)
    states = snapshot.collections()
    assert states["ws-fraud/mlflow runs"].state == ReadStatus.COMPLETE
    assert states["ws-fraud/mlflow runs"].covers == states["ws-fraud/jobs"].covers
    assert "ws-fraud/experiments" not in states
    assert snapshot.document["calls"] > 16


def test_without_jobs_the_runs_stay_and_the_last_known_jobs_too(arm: Arm, reading: Reading, joined: Logged) -> None:
    before = reading(mlflow=True)
    arm.refuse(f"{WS}/jobs", 403)
    after = reading(since=before, mlflow=True)
    for name in ("brave_fox_1", joined.run, joined.step):
        assert rows(after, AssetKind.RUN)[f"jobs/{name}"] == rows(before, AssetKind.RUN)[f"jobs/{name}"]


def test_an_endpoint_that_does_not_answer_fails_alone(
    arm: Arm, reading: Reading, joined: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reading(mlflow=True)
    monkeypatch.setattr(mlflow_join, "tracking_url", lambda place: "http://127.0.0.1:9")
    after = reading(since=before, mlflow=True)
    states = after.collections()
    assert states["ws-fraud/mlflow runs"].state == ReadStatus.FAILED
    assert states["ws-fraud/jobs"].state == ReadStatus.COMPLETE


def test_where_a_workspaces_mlflow_answers() -> None:
    stated = f"azureml://westeurope.api.azureml.ms/mlflow/v1.0{WS}"
    place = Container(WS, "ws-fraud", "workspace", None, {}, "https://ml.azure.com", mlflow_uri=stated)
    assert tracking_url(place) == f"https://westeurope.api.azureml.ms/mlflow/v2.0{WS}"
    place.mlflow_uri = None
    assert tracking_url(place) is None
