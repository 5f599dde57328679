"""The whole read against the stand-in, with the unmodified SDKs, credential and TLS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.errors import SourceError, Unsupported
from include.governance.model import json_text
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.net.azure.rate_limit import RateLimiter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.emulator import AzureEmulator
from include.sandbox.faults import Fault
from tests.support.checked import answers_of

from .conftest import edges, rows


@pytest.fixture
def azure(demo_azure: AzureEmulator) -> AzureEmulator:
    demo_azure.clear()
    return demo_azure


@pytest.fixture(scope="module")
def snapshot(demo_azure: AzureEmulator, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    demo_azure.clear()
    return read(demo_azure, tmp_path_factory.mktemp("whole"))


FRAUD = {"workspaces": {"allow": ["ws-fraud"]}, "registries": {"deny": ["*"]}}


def read(azure: AzureEmulator, folder: Path, since: Snapshot | None = None, **more: Any) -> Snapshot:
    """One workspace of the demo's estate."""
    settings = azure.settings("azure_ml", **{**FRAUD, **more})
    return sources.read(settings, Folder(str(folder)), from_environment, since)


def test_every_collection_is_read_whole(snapshot: Snapshot) -> None:
    states = snapshot.collections()
    lacking = {name for name, state in states.items() if state.state == ReadStatus.UNSUPPORTED}
    assert lacking == {"ws-fraud/mlflow logged models"}
    assert {state.state for name, state in states.items() if name not in lacking} == {ReadStatus.COMPLETE}
    assert snapshot.quarantine() == []
    assert snapshot.document["platform"] == "azure_ml" and snapshot.document["remaining_reads"]


def test_jobs_of_every_type_with_their_metrics(snapshot: Snapshot) -> None:
    runs = rows(snapshot, AssetKind.RUN)
    assert {"command", "pipeline", "sweep", "quantumanneal"} <= {row["job_type"] for row in runs.values()}
    trained = runs["jobs/serene_lake_train"]
    assert json_text.load(trained["metrics_json"])["auc"] == 0.934
    assert trained["git_commit"].startswith("77aa0c9d")
    assert runs["jobs/old_oak_failed"]["archived"] is True
    assert all(row["link"].startswith("https://ml.azure.com/runs/") for row in runs.values())


def test_a_version_made_at_deployment_is_marked_as_anonymous(snapshot: Snapshot) -> None:
    versions = rows(snapshot, AssetKind.MODEL_VERSION)
    (anonymous,) = [name for name, row in versions.items() if row["anonymous"]]
    assert '"isAnonymous":true' in versions[anonymous]["properties_json"]
    assert (anonymous, "onlineendpoints/merchant-trial/deployments/first") in {
        edge[:2] for edge in edges(snapshot, "model_deployed_in")
    }


def test_a_served_version_leads_back_to_its_data(snapshot: Snapshot) -> None:
    assert ("jobs/serene_lake_train", "models/payment-scoring/versions/2", "job output asset", False) in edges(
        snapshot, "run_produced_version"
    )
    prepared = "data/card-payments-prepared/versions/7"
    assert prepared in {edge[0] for edge in edges(snapshot, "dataset_used_by_run") if edge[1].endswith("_train")}
    assert ("jobs/serene_lake_prepare", prepared, "job output asset", False) in edges(snapshot, "run_produced_dataset")
    assert ("jobs/serene_lake_train", "jobs/serene_lake_pipeline") in [
        edge[:2] for edge in edges(snapshot, "child_of_run")
    ]
    raw = rows(snapshot, AssetKind.DATASET)["data/card-payments-2025/versions/2"]
    assert raw["source_uri"].startswith("https://examplelake.dfs.core.windows.net/fraud/")


def test_no_secret_passes(snapshot: Snapshot) -> None:
    for table in Path(snapshot.folder.path).rglob("*.parquet"):
        assert b"bWFkZS11cC1rZXkt" not in table.read_bytes(), table
    assert snapshot.document["secrets_removed"]


def test_a_second_read_of_the_same_is_the_same(azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path) -> None:
    again = read(azure, tmp_path, since=snapshot)
    for kind in AssetKind:
        assert again.assets(kind).to_pylist() == snapshot.assets(kind).to_pylist(), kind
    assert again.relations().to_pylist() == snapshot.relations().to_pylist()


def test_nothing_is_written_and_no_key_asked_for(azure: AzureEmulator, tmp_path: Path) -> None:
    read(azure, tmp_path)
    assert azure.writes == []
    assert not [
        seen for seen in azure.requests if "listkeys" in seen.path.lower() or "listsecrets" in seen.path.lower()
    ]


def test_throttled_requests_are_tried_again(azure: AzureEmulator, tmp_path: Path) -> None:
    fault = azure.fault(Fault("status", path=r"/jobs\?", status=429, headers={"Retry-After": "0"}, times=2))
    read_again = read(azure, tmp_path, mlflow=False)
    assert fault.hits == 2
    assert read_again.collections()["ws-fraud/jobs"].state == ReadStatus.COMPLETE
    assert read_again.document["retries"] == 2


def test_the_whole_estate_with_a_workspace_one_may_not_read(azure: AzureEmulator, tmp_path: Path) -> None:
    everything = read(azure, tmp_path, workspaces={}, registries={}, mlflow=False)
    states = everything.collections()
    failed = {name for name, state in states.items() if state.state == ReadStatus.FAILED}
    assert failed and all(name.startswith("ws-people/") for name in failed)
    assert states["ws-people/jobs"].remedy.startswith("Grant it the role AzureML Data Scientist (or Reader) on /sub")
    assert everything.assets(AssetKind.PROJECT).num_rows
    assert everything.quarantine() == []


def test_a_resource_group_as_scope(azure: AzureEmulator, tmp_path: Path) -> None:
    inside = read(azure, tmp_path / "in", resource_group="rg-fraud", mlflow=False, access=False)
    outside = read(azure, tmp_path / "out", resource_group="rg-none", mlflow=False, access=False)
    assert inside.assets(AssetKind.SOURCE).num_rows == 1
    assert outside.assets(AssetKind.SOURCE).num_rows == 0


def test_the_probe_says_what_may_be_read_and_what_is_missing(azure: AzureEmulator) -> None:
    settings = azure.settings("azure_ml", **FRAUD)
    assert "1 workspaces may be read" in sources.test_connection(settings, from_environment)
    with pytest.raises(SourceError, match=r"1 of \d+ workspaces may not be read: .*ws-people/jobs"):
        sources.test_connection(azure.settings("azure_ml"), from_environment)
    denied = {
        "error": {
            "code": "AuthorizationFailed",
            "message": "perform action 'x/jobs/read' over scope '/subscriptions/s'",
        }
    }
    azure.fault(Fault("status", path=r"/jobs\?", status=403, content=denied, times=None))
    with pytest.raises(SourceError) as refused:
        sources.test_connection(settings, from_environment)
    assert "AzureML Data Scientist" in refused.value.remedy and "/subscriptions/s" in refused.value.remedy


def asked(azure: AzureEmulator, **more: Any) -> dict[str, str]:
    """What `check` asks for, and what it is told; a refusal with its remedy."""
    return answers_of(azure.settings("azure_ml", **more))


def test_everything_that_a_read_needs_is_asked_for(azure: AzureEmulator) -> None:
    told = asked(azure, workspaces={"allow": ["ws-fraud", "ws-credit"]})
    assert list(told) == [
        *("datastores", "connections", "schedules", "online endpoints and what is below them"),
        *("batch endpoints and what is below them", "serverless endpoints", "models and what is below them"),
        *(
            "data and what is below them",
            "jobs",
            "MLflow of the workspaces",
            "models of the registries and their versions",
        ),
        "role assignments",
    ]
    registries, assignments = told.pop("models of the registries and their versions"), told.pop("role assignments")
    assert (registries, assignments) == ("1 of 1 answer", "can be listed")
    assert set(told.values()) == {"2 of 2 answer"}
    paths = {request.path.split("?")[0] for request in azure.requests}
    in_registry = "/managementfrontend/.*/registries/[^/]+/models/[^/]+/versions"
    below_items = ("/onlineEndpoints/[^/]+/deployments", "/models/[^/]+/versions", "/data/[^/]+/versions", in_registry)
    for below in below_items:
        assert any(re.search(f"{below}$", path) for path in paths), below
    assert any(path.endswith("/runs/search") for path in paths)
    assert not [request for request in azure.requests if request.method in ("PUT", "PATCH", "DELETE")]


def test_a_data_plane_that_refuses_is_told_beside_what_is_well(azure: AzureEmulator) -> None:
    azure.fault(Fault("status", path=r"/mlflow/v2\.0/.*runs/search", status=403, times=None))
    azure.fault(Fault("status", path=r"/versions\?", status=403, times=None))
    told = asked(azure, **FRAUD)
    refused = {what: says for what, says in told.items() if not re.match(r"1 of 1 answer|can be listed", says)}
    assert set(refused) == {"models and what is below them", "data and what is below them", "MLflow of the workspaces"}
    assert all(says.startswith("1 of 1 may not be read: ") for says in refused.values())
    assert "the role AzureML Data Scientist" in refused["models and what is below them"]


def test_versions_of_a_registry_that_are_refused_are_told(azure: AzureEmulator) -> None:
    azure.fault(Fault("status", path=r"/managementfrontend/.*/versions\?", status=403, times=None))
    told = asked(azure, workspaces={"allow": ["ws-fraud"]})
    assert told["models of the registries and their versions"].startswith("1 of 1 may not be read: ")


def test_a_listing_that_fails_while_it_is_looked_at_is_a_failed_check(azure: AzureEmulator) -> None:
    """Once: what is asked of its items would otherwise be left out in silence."""
    azure.fault(Fault("status", path=r"MachineLearningServices/workspaces\?", status=403))
    told = asked(azure)
    assert list(told) == ["workspaces", "models of the registries and their versions", "role assignments"]
    assert "403" in told["workspaces"]
    azure.clear()
    azure.fault(Fault("status", path=r"MachineLearningServices/registries\?", status=403))
    told = asked(azure, **FRAUD)
    assert "403" in told["registries"] and told["jobs"] == "1 of 1 answer"


def test_a_type_that_a_cloud_does_not_offer_is_no_refusal(azure: AzureEmulator) -> None:
    answer = {"error": {"code": "NoRegisteredProviderFound", "message": "not here"}}
    azure.fault(Fault("status", path="/serverlessEndpoints", status=400, content=answer, times=None))
    probes = sources.probes(azure.settings("azure_ml", **FRAUD), from_environment)
    probe = next(probe for probe in probes if probe.what == "serverless endpoints")
    with pytest.raises(Unsupported):
        probe.ask()
    probes.close()  # type: ignore[attr-defined]


def test_every_request_keeps_the_principals_pace(
    azure: AzureEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the workspaces' MLflow too: they are throttled as the same principal."""
    paced: list[bool] = []
    wait = RateLimiter.wait

    def counting(self: RateLimiter) -> None:
        paced.append(True)
        wait(self)

    monkeypatch.setattr(RateLimiter, "wait", counting)
    calls = read(azure, tmp_path).document["calls"]
    through_mlflow = [seen for seen in azure.requests if "/mlflow/" in seen.path]
    assert through_mlflow
    assert len(paced) == calls
