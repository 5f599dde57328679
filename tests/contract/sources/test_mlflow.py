"""MLflow, read from a real server through the fault proxy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from include.governance.config.models import MlflowSource
from tests.contract.sources import estate
from tests.contract.sources.contract import SourceContract
from tests.support.mlflow_server import MlflowServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    store = tmp_path_factory.mktemp("odd") / "mlflow.db"
    estate.fill(store)
    with running(store) as server:
        yield server


class TestMlflow(SourceContract):
    collections: ClassVar[dict[str, tuple[str, str, str]]] = {
        "experiments": (r"experiments/search", "experiments", "experiment_id"),
        "registered_models": (r"registered-models/search", "registered_models", "name"),
        "model_versions": (r"model-versions/search", "model_versions", "name"),
        "logged_models": (r"logged-models/search", "models", "info.model_id"),
        "runs": (r"runs/search", "runs", "info.run_id"),
    }
    optional = "logged_models"
    paged = "runs"
    secrets = estate.SECRETS

    def source(self, url: str) -> Any:
        return MlflowSource(name="odd", uri=url, page_size=4, attempts=2, timeout_seconds=1.5, full_read_hours=0)
