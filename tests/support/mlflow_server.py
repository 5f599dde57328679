"""Pytest fixture: one real MLflow server per session on an empty SQLite store.

Load with `pytest_plugins = ["tests.support.mlflow_server"]` in the top conftest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from include.sandbox import mlflow_server as launcher


@dataclass
class MlflowServer:
    """url: base URL without a trailing slash. store: the SQLite file behind it."""

    url: str
    store: Path

    @cached_property
    def client(self) -> Any:
        """MlflowClient on the server, for tracking and registry; imports mlflow on first use."""
        from mlflow import MlflowClient

        return MlflowClient(self.url, self.url)


@contextmanager
def running(store: Path, workers: int = 1) -> Iterator[MlflowServer]:
    """Serve the SQLite store `store` (created when missing) for as long as the block lasts."""
    with launcher.mlflow_server(
        f"sqlite:///{store}",
        store.parent / "artifacts",
        workers=workers,
        wait_idle=False,
        log=store.with_suffix(".log"),
    ) as url:
        yield MlflowServer(url, store)


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    """A real server on an empty store, shared by the session: give what you create unique names."""
    with running(tmp_path_factory.mktemp("mlflow") / "mlflow.db") as server:
        yield server
