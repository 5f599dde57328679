"""One real MLflow server for the tests of the reader, and a proxy in front of it for each test."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.config.models import MlflowSource
from include.governance.model.assets import AssetKind
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from tests.support.fault_proxy import FaultProxy
from tests.support.mlflow_server import MlflowServer

Read = Callable[..., Snapshot]


@pytest.fixture(scope="session")
def server(mlflow_server: MlflowServer) -> MlflowServer:
    """Shared: give what you create names of your own, and delete experiments that must not be seen."""
    return mlflow_server


@pytest.fixture(scope="session")
def client(server: MlflowServer) -> Any:
    return server.client


class Registry:
    """Registers versions without a run id, as older servers and the user interface do; today's API asks for one."""

    def __init__(self, server: MlflowServer) -> None:
        self._server = server

    def create_model_version(self, name: str, source: str, run_id: str | None = None) -> Any:
        made = self._server.client.create_model_version(name, "s3://bucket/placeholder", run_id)
        with closing(sqlite3.connect(self._server.store)) as store, store:
            values = (source, name, int(made.version))
            store.execute("UPDATE model_versions SET source = ? WHERE name = ? AND version = ?", values)
        return made


@pytest.fixture(scope="session")
def registry(server: MlflowServer) -> Registry:
    return Registry(server)


@pytest.fixture
def proxy(server: MlflowServer) -> Iterator[FaultProxy]:
    with FaultProxy(server.url) as proxy:
        yield proxy


@pytest.fixture
def read(proxy: FaultProxy, tmp_path: Path) -> Read:
    """Reads the server through the proxy; settings of the source by name."""
    reads: list[Snapshot] = []

    def read(since: Snapshot | None = None, uri: str = "", **settings: Any) -> Snapshot:
        source = MlflowSource(
            **{"name": "unit", "uri": uri or proxy.url, "attempts": 1, "timeout_seconds": 10, **settings}
        )
        snapshot = sources.read(source, Folder(str(tmp_path / str(len(reads)))), from_environment, since)
        reads.append(snapshot)
        return snapshot

    return read


def row(snapshot: Snapshot, kind: AssetKind, native_id: str) -> dict[str, Any]:
    """The one asset of that native id."""
    found: list[dict[str, Any]] = [row for row in snapshot.assets(kind).to_pylist() if row["native_id"] == native_id]
    assert len(found) == 1, f"{native_id} is there {len(found)} times"
    return found[0]


def ids(snapshot: Snapshot, kind: AssetKind) -> set[str]:
    return set(snapshot.assets(kind, ["native_id"])["native_id"].to_pylist())


def edges(snapshot: Snapshot, kind: str, **fields: Any) -> list[dict[str, Any]]:
    """Relations of a kind whose columns have those values."""
    return [
        row
        for row in snapshot.relations().to_pylist()
        if row["kind"] == kind and all(row[name] == value for name, value in fields.items())
    ]
