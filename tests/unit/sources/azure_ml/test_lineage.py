"""What stands behind a version, a deployment, a dataset: each relation with its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.staging.snapshot import Snapshot

from .canned import GUID, ML, SCOPE, Arm, item, workspace_id
from .conftest import edges, rows

Reading = Callable[..., Snapshot]
WS = workspace_id()
STORE = "azureml://subscriptions/s/resourceGroups/r/workspaces/w/datastores/workspaceartifactstore/paths"


@pytest.mark.parametrize(
    ("version", "outputs", "rule", "heuristic"),
    [
        ({"jobName": "brave_fox_1", "modelUri": "runs:/other/model"}, {}, "jobName", False),
        ({"modelUri": "azureml://jobs/brave_fox_1/outputs/m/paths/"}, {}, "job in model URI", False),
        ({"modelUri": "runs:/brave_fox_1/model"}, {}, "job in model URI", False),
        (
            {"modelUri": "azureml://datastores/b/paths/LocalUpload/1/m"},
            {"m": {"jobOutputType": "mlflow_model", "assetName": "Scorer", "assetVersion": "9"}},
            "job output asset",
            False,
        ),
        ({"modelUri": f"{STORE}/ExperimentRun/dcid.brave_fox_1/artifact"}, {}, "run in artifact path", True),
        ({"modelUri": "azureml://datastores/b/paths/azureml/brave_fox_1/m/"}, {}, "run in artifact path", True),
    ],
)
def test_the_job_of_a_version(
    arm: Arm, reading: Reading, version: dict[str, Any], outputs: dict[str, Any], rule: str, heuristic: bool
) -> None:
    arm.add(f"{WS}/models/scorer/versions/9", version)
    arm.collections[f"{WS}/jobs".lower()][0]["properties"]["outputs"] |= outputs
    snapshot = reading()
    found = [edge for edge in edges(snapshot, "run_produced_version") if edge[1].endswith("/9")]
    assert found == [("jobs/brave_fox_1", "models/scorer/versions/9", rule, heuristic)]
    row = rows(snapshot, AssetKind.MODEL_VERSION)["models/scorer/versions/9"]
    assert row["run_id"] == "brave_fox_1" and "/runs/brave_fox_1?" in row["run_link"]


def test_an_upload_has_no_job(reading: Reading) -> None:
    assert not [edge for edge in edges(reading(), "run_produced_version") if edge[1].endswith("/1")]


def test_data_behind_a_job_ends_at_storage(reading: Reading) -> None:
    snapshot = reading()
    assert edges(snapshot, "dataset_used_by_run") == [
        ("azure://data/1759b29e1124/extra.csv", "jobs/brave_fox_1", "azureml://datastores", False),
        ("data/transactions/versions/2", "jobs/brave_fox_1", "azureml:NAME:VERSION", False),
    ]
    datasets = rows(snapshot, AssetKind.DATASET)
    assert (
        datasets["data/transactions/versions/2"]["source_uri"]
        == "https://riskdata.dfs.core.windows.net/curated/tx/2024"
    )
    assert rows(snapshot, AssetKind.RUN)["jobs/brave_fox_1"]["dataset_count"] == 2
    assert ("data/transactions/versions/2", "datastores/lake", "azureml://workspaces datastore", False) in edges(
        snapshot, "dataset_in_datastore"
    )


def test_one_place_has_one_name(arm: Arm, reading: Reading) -> None:
    """The same file by its datastore, by its https address and by abfss."""
    for name, uri in {
        "j2": "https://riskdata.dfs.core.windows.net/curated/tx/extra.csv",
        "j3": "abfss://curated@riskdata.dfs.core.windows.net/tx/extra.csv",
        "j4": f"azureml://workspaces/{GUID}/datastores/lake/paths/tx/extra.csv",
    }.items():
        arm.add(f"{WS}/jobs/{name}", {"jobType": "Command", "inputs": {"d": {"jobInputType": "uri_file", "uri": uri}}})
    used = [edge for edge in edges(reading(), "dataset_used_by_run") if edge[0].endswith("extra.csv")]
    assert {edge[1] for edge in used} == {"jobs/brave_fox_1", "jobs/j2", "jobs/j3", "jobs/j4"}
    assert len({edge[0] for edge in used}) == 1


def test_data_that_is_in_no_listing_still_has_a_row(arm: Arm, reading: Reading) -> None:
    arm.add(
        f"{WS}/jobs/j2",
        {
            "inputs": {
                "gone": {"jobInputType": "uri_file", "uri": "azureml:gone:1"},
                "moving": {"jobInputType": "uri_file", "uri": "azureml:transactions@latest"},
                "shared": {"jobInputType": "uri_file", "uri": "azureml://registries/pub/data/d/versions/1"},
            }
        },
    )
    found = rows(reading(), AssetKind.DATASET)
    assert {
        "data/gone/versions/1",
        "data/transactions/labels/latest",
        "azure://registries/pub/data/d/versions/1",
    } < set(found)
    assert found["data/transactions/labels/latest"]["name"] == "transactions@latest"


def test_fine_tuning_leads_to_its_parent_and_its_data(arm: Arm, reading: Reading) -> None:
    arm.add(
        f"{WS}/jobs/tune_1",
        {
            "jobType": "FineTuning",
            "fineTuningDetails": {
                "model": {"uri": "azureml://registries/azureml-meta/models/Llama-2-7b/versions/11"},
                "trainingData": {"uri": "azureml:transactions:2"},
            },
            "outputs": {"o": {"jobOutputType": "mlflow_model", "assetName": "scorer", "assetVersion": "7"}},
        },
    )
    arm.add(f"{WS}/jobs/tune_2", {"inputs": {"base": {"jobInputType": "mlflow_model", "uri": "azureml:scorer:2"}}})
    arm.add(f"{WS}/models/scorer/versions/7", {"modelType": "mlflow_model"})
    snapshot = reading()
    base = "azure://base-models/azureml-meta/llama-2-7b/11"
    assert edges(snapshot, "model_used_by_run") == [
        (base, "jobs/tune_1", "azureml://registries", False),
        ("models/scorer/versions/2", "jobs/tune_2", "azureml:NAME:VERSION", False),
    ]
    assert snapshot.assets(AssetKind.BASE_MODEL, ["qualified_name", "publisher"]).to_pylist() == [
        {"qualified_name": base, "publisher": "azureml-meta"}
    ]
    assert ("jobs/tune_1", "models/scorer/versions/7", "job output asset", False) in edges(
        snapshot, "run_produced_version"
    )
    assert ("data/transactions/versions/2", "jobs/tune_1", "azureml:NAME:VERSION", False) in edges(
        snapshot, "dataset_used_by_run"
    )


def test_pipelines_components_environments_and_children(arm: Arm, reading: Reading) -> None:
    arm.add(
        f"{WS}/jobs/pipe",
        {
            "jobType": "Pipeline",
            "jobs": {
                "prep": {"componentId": f"{WS}/components/prep/versions/1"},
                "train": {"componentId": f"{WS}/components/train/labels/default"},
                "again": {"componentId": f"{WS}/components/prep/versions/1"},
            },
            "outputs": {"d": {"jobOutputType": "uri_folder", "assetName": "features", "assetVersion": "4"}},
        },
    )
    arm.add(
        f"{WS}/jobs/step",
        {"jobType": "Command", "properties": {"azureml.pipelinerunid": "pipe"}, "environmentId": "azureml:sk:1"},
    )
    snapshot = reading()
    assert edges(snapshot, "component_used_by_run") == [
        ("components/prep/versions/1", "jobs/pipe", "pipeline node", False),
        ("components/train/labels/default", "jobs/pipe", "pipeline node", False),
    ]
    assert edges(snapshot, "child_of_run") == [("jobs/step", "jobs/pipe", "parent named by the job", False)]
    assert edges(snapshot, "run_produced_dataset") == [
        ("jobs/pipe", "data/features/versions/4", "job output asset", False)
    ]
    assert ("environments/sk/versions/1", "jobs/step", "environmentId", False) in edges(
        snapshot, "environment_used_by_run"
    )
    assert rows(snapshot, AssetKind.ENVIRONMENT)["environments/sk/versions/1"]["name"] == "sk v1"
    assert not [request for request in arm.requests if "/environments" in request or "/components" in request]


def test_traffic_leads_from_version_to_endpoint(reading: Reading) -> None:
    snapshot = reading()
    endpoint = "onlineendpoints/fraud-api"
    assert edges(snapshot, "model_deployed_in") == [
        ("models/scorer/versions/1", f"{endpoint}/deployments/green", "model: ARM id", False),
        ("models/scorer/versions/2", f"{endpoint}/deployments/blue", "model: ARM id", False),
    ]
    found = rows(snapshot, AssetKind.DEPLOYMENT)
    blue, green = found[f"{endpoint}/deployments/blue"], found[f"{endpoint}/deployments/green"]
    assert (blue["traffic"], blue["mirror_traffic"], green["traffic"], green["mirror_traffic"]) == (90, 0, 0, 10)
    assert blue["runs_as"] == "the identity of endpoint fraud-api" and blue["principals_json"] == '["bb-2"]'
    assert (blue["caller_auth"], blue["static_keys"], blue["public_network"]) == ("keys", True, "disabled")
    assert (blue["model_name"], blue["model_version"]) == ("scorer", "2")


def test_batch_and_serverless(arm: Arm, reading: Reading) -> None:
    batch = f"{WS}/batchEndpoints/nightly"
    arm.add(
        batch,
        {"authMode": "AADToken", "defaults": {"deploymentName": "main"}},
        location="westeurope",
        identity={"type": "None", "principalId": "00000000-0000-0000-0000-000000000000"},
    )
    for name in ("main", "next"):
        arm.add(
            f"{batch}/deployments/{name}",
            {
                "model": {"referenceType": "Id", "assetId": f"{WS}/models/scorer/versions/2"},
                "environmentId": "azureml:e:3",
            },
        )
    arm.add(
        f"{WS}/serverlessEndpoints/llama",
        {
            "authMode": "Key",
            "inferenceEndpoint": {"uri": "https://llama.example"},
            "modelSettings": {"modelId": "azureml://registries/azureml-meta/models/Llama-3-8B"},
            "contentSafety": {"contentSafetyStatus": "Enabled"},
        },
    )
    snapshot = reading()
    found = rows(snapshot, AssetKind.DEPLOYMENT)
    assert found["batchendpoints/nightly/deployments/main"]["traffic"] == 100
    assert found["batchendpoints/nightly/deployments/next"]["traffic"] == 0
    endpoints = rows(snapshot, AssetKind.ENDPOINT)
    assert endpoints["batchendpoints/nightly"]["runs_as"] is None
    assert endpoints["batchendpoints/nightly"]["caller_auth"] == "Entra ID"
    llama = found["serverlessendpoints/llama/deployment"]
    assert (llama["traffic"], llama["model_name"], llama["model_publisher"]) == (100, "Llama-3-8B", "azureml-meta")
    assert ("azure://base-models/azureml-meta/llama-3-8b/-", "serverlessendpoints/llama/deployment") in [
        edge[:2] for edge in edges(snapshot, "model_deployed_in")
    ]
    assert "Enabled" in endpoints["serverlessendpoints/llama"]["properties_json"]


def test_a_registrys_copy_leads_to_the_workspaces_model(arm: Arm, reading: Reading) -> None:
    registry = f"{SCOPE}/resourceGroups/rg-ml/{ML}/registries/shared"
    arm.put(f"{SCOPE}/{ML}/registries", item(registry, {"publicNetworkAccess": "Enabled"}, location="westeurope"))
    base = "https://westeurope.api.azureml.ms"
    arm.answers["/registrymanagement/v1.0/registries/shared/discovery"] = lambda page: (
        200,
        {"registryName": "shared", "primaryRegionResourceProviderUri": f"{base}/", "resourceGroup": "rg-ml"},
    )
    below = f"/mferp/managementfrontend{registry}/models"
    arm.put(below, {**item("azureml://registries/shared/models/scorer", {"latestVersion": "1"}), "type": "models"})
    origin = f"azureml://locations/westeurope/workspaces/{GUID}/models/scorer/versions/2"
    version = item("azureml://registries/shared/models/scorer/versions/1", {"originAssetId": origin})
    arm.put(f"{below}/scorer/versions", {**version, "name": "scorer"})
    snapshot = reading()
    copy = "azure://registries/shared/models/scorer/versions/1"
    assert edges(snapshot, "version_copied_from") == [(copy, "models/scorer/versions/2", "originAssetId", False)]
    found = next(row for row in snapshot.assets(AssetKind.MODEL_VERSION).to_pylist() if row["qualified_name"] == copy)
    assert (found["name"], found["version"]) == ("scorer v1", 1)
    assert found["container"].endswith("/registries/shared") and found["link"].startswith(
        "https://ml.azure.com/registries/shared/"
    )
    assert copy.startswith(snapshot.collections()["shared/model_versions"].covers)
