"""Each workspace's MLflow endpoint, with a real MLflow server behind it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from include.sandbox.azure import AzureEmulator
from include.sandbox.azure.loader import HERE, read_folder
from include.sandbox.errors import SandboxError

from .conftest import FRAUD, ML


@pytest.fixture
def azure(demo_azure: AzureEmulator) -> AzureEmulator:
    demo_azure.clear()
    return demo_azure


def ask(azure: AzureEmulator, workspace: str, call: str, body: dict[str, Any] | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {azure.authority.make(azure.url)}"}
    url = f"{azure.url}/mlflow/v2.0{workspace}/api/2.0/mlflow/{call}"
    with httpx.Client(verify=azure.ca_bundle, headers=headers, timeout=120, trust_env=False) as http:
        return http.get(url) if body is None else http.post(url, json=body)


def runs_of(azure: AzureEmulator, workspace: str) -> dict[str, Any]:
    experiments = ask(azure, workspace, "experiments/search", {"max_results": 100}).json()["experiments"]
    ids = [experiment["experiment_id"] for experiment in experiments]
    runs = ask(azure, workspace, "runs/search", {"experiment_ids": ids, "max_results": 100}).json()["runs"]
    return {run["info"]["run_id"]: run for run in runs}


def test_every_job_is_a_run_under_its_own_name(azure: AzureEmulator) -> None:
    jobs = {job.name for job in azure.tree.listing(f"{FRAUD}/jobs") or []}
    assert set(runs_of(azure, FRAUD)) == jobs


def test_workspaces_do_not_see_each_other(azure: AzureEmulator) -> None:
    credit = ML.format("rg-credit") + "/workspaces/ws-credit"
    assert set(runs_of(azure, credit)).isdisjoint(runs_of(azure, FRAUD))


def test_a_run_carries_what_the_file_says(azure: AzureEmulator) -> None:
    run = runs_of(azure, FRAUD)["serene_lake_train"]
    assert {metric["key"]: metric["value"] for metric in run["data"]["metrics"]} == {
        "auc": 0.934,
        "recall_at_1pct": 0.47,
    }
    assert {"key": "trees", "value": "400"} in run["data"]["params"]
    assert {"key": "mlflow.parentRunId", "value": "serene_lake_pipeline"} in run["data"]["tags"]
    assert run["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "card-payments-prepared"


def test_versions_name_the_job_behind_them(azure: AzureEmulator) -> None:
    versions = ask(azure, FRAUD, "model-versions/search").json()["model_versions"]
    first = next(one for one in versions if (one["name"], one["version"]) == ("payment-scoring", "1"))
    assert first["run_id"] == "brave_sun_train_1"


@pytest.mark.parametrize("call", ["logged-models/search", "registered-models/alias"])
def test_what_azure_lacks_is_not_there(azure: AzureEmulator, call: str) -> None:
    assert ask(azure, FRAUD, call, None if "alias" in call else {}).status_code == 404


def test_what_may_not_be_read_and_what_would_write(azure: AzureEmulator) -> None:
    people = ML.format("rg-people") + "/workspaces/ws-people"
    assert ask(azure, people, "experiments/search", {}).status_code == 403
    assert ask(azure, FRAUD, "runs/create", {}).status_code == 405
    assert [seen.status for seen in azure.writes] == [405]


def test_an_estate_that_was_replaced_is_served_at_once_and_a_bad_one_never(azure: AzureEmulator) -> None:
    before = runs_of(azure, FRAUD)
    (fraud,) = (document for document in read_folder(HERE) if document.name == "ws-fraud.json")
    others = [document for document in read_folder(HERE) if document.name != fraud.name]
    renamed = json.loads(json.dumps(fraud.content).replace("serene_lake_train", "serene_sea_train"))
    try:
        azure.replace([*others, fraud._replace(content=renamed)])
        assert set(before) - set(runs_of(azure, FRAUD)) == {"serene_lake_train"}
        assert azure.tree.get(f"{FRAUD}/jobs/serene_sea_train")
        with pytest.raises(SandboxError, match="joobs is not known here"):
            azure.replace([*others, fraud._replace(content={**fraud.content, "joobs": []})])
        assert "serene_sea_train" in runs_of(azure, FRAUD)
    finally:
        azure.replace(read_folder(HERE))
    assert runs_of(azure, FRAUD) == before
