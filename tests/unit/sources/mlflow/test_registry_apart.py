"""A registry on one real server, the runs on another, as MLFLOW_REGISTRY_URI makes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from include.governance.config.models import Settings
from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model import json_text, qualified_names
from include.governance.records import Past, resolve
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.support.mlflow_server import MlflowServer, running
from tests.unit.sources.mlflow.conftest import Read

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MODEL = "apart"


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with running(tmp_path_factory.mktemp("tracking") / "mlflow.db") as server:
        yield server


@pytest.fixture(scope="module")
def run_id(tracking: MlflowServer, server: MlflowServer) -> str:
    """A run with data and metrics on one server, of which a version is in production on the other."""
    from mlflow import MlflowClient
    from mlflow.entities import Dataset, DatasetInput

    client = MlflowClient(tracking.url, registry_uri=server.url)
    run = client.create_run(client.create_experiment("apart"))
    dataset = Dataset("sales", "d1", "s3", '{"uri": "s3://lake/sales"}')
    client.log_inputs(run.info.run_id, [DatasetInput(dataset)])
    client.log_metric(run.info.run_id, "auc", 0.9)
    client.create_registered_model(MODEL)
    version = client.create_model_version(MODEL, f"s3://bucket/{run.info.run_id}/artifacts/model", run.info.run_id)
    client.set_registered_model_alias(MODEL, "champion", version.version)
    return str(run.info.run_id)


def resolved(*snapshots: Snapshot, **registry: Any) -> dict[str, Any]:
    """The evidence of the version."""
    sources = [{"name": "registry", "uri": "x", **registry}, {"name": "tracking", "uri": "x"}]
    settings = Settings.model_validate({"sources": sources, "catalog": {"url": "x"}})
    found = resolve(Estate.of(snapshots), Register(), settings, Past(), NOW).records
    (row,) = [row for row in rows(found.evidence) if row["model_name"] == MODEL]
    return row


def test_alone_its_run_is_not_on_this_server(read: Read, run_id: str) -> None:
    row = resolved(read(name="registry"))
    assert (row["run_id"], row["run_state"], row["incomplete_reason"]) == (run_id, "elsewhere", None)


@pytest.mark.parametrize(
    ("registry", "rule"),
    [
        ({}, "version's run id; a run of that id is at source tracking"),
        ({"runs_from": "tracking"}, "version's run id; at source tracking, by runs_from"),
    ],
    ids=["found", "told"],
)
def test_with_the_other_server_the_chain_is_whole(
    read: Read, tracking: MlflowServer, run_id: str, registry: dict[str, str], rule: str
) -> None:
    snapshots = [read(name="registry"), read(name="tracking", uri=tracking.url)]
    row = resolved(*snapshots, **registry)
    run = qualified_names.run("tracking", run_id)
    assert (row["run"], row["run_rule"], row["run_state"]) == (run, rule, "active")
    assert (row["experiment_name"], row["experiment_state"], row["metric_count"]) == ("apart", "active", 1)
    (dataset,) = json_text.load(row["training_datasets_json"])
    assert dataset.startswith("mlflow://tracking/datasets/sales/d1/")
