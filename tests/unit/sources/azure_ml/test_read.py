"""The whole read against the stand-in, with the unmodified SDKs, credential and TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.errors import SourceError
from include.governance.model import json_text
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.sources.azure.rate_limit import RateLimiter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.emulator import AzureEmulator
from include.sandbox.faults import Fault

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
