"""MLflow, read from a real server and straight from a store."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from include.governance.config.models import MlflowSource, Patterns
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot
from include.sandbox import mlflow_store
from tests.contract.sources import estate
from tests.contract.sources.belief import BeliefContract
from tests.contract.sources.contract import SourceContract
from tests.contract.sources.tables import edges, rows, texts
from tests.contract.sources.wire import Calls, WireContract
from tests.support.mlflow_server import MlflowServer, running

COLLECTIONS = ("experiments", "registered_models", "model_versions", "logged_models", "runs")
RUNS = 600  # in four experiments


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("odd") / "mlflow.db"
    estate.fill(store)
    return store


@pytest.fixture(scope="module")
def server(store: Path) -> Iterator[MlflowServer]:
    with running(store) as server:
        yield server


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mlflow_store.build(tmp_path_factory.mktemp("large") / "mlflow.db", RUNS, RUNS // 4, RUNS // 10)


def _sizes(url: str) -> tuple[MlflowSource, MlflowSource]:
    """A quarter of the experiments and models of the large store, and all of them."""
    whole = MlflowSource(name="large", uri=url, page_size=5)
    few = {"experiments": Patterns(allow=["*-0001"]), "models": Patterns(allow=["*-000?"])}
    return whole.model_copy(update=few), whole


def _flat(*fields: str) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    """Leaves of a record no more than its id, made of these fields, and nonsense."""

    def spoiled(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
        kept = {field: record[field] for field in fields}
        return {**kept, "tags": "nonsense"}, "/".join(kept.values())

    return spoiled


def _logged_model(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return {**record, "data": {"params": [{"name": "no key"}]}}, record["info"]["model_id"]


def _run(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """All of it makes sense but what is looked at last."""
    return {**record, "outputs": {"model_outputs": [{"step": 1}]}}, record["info"]["run_id"]


class Mlflow:
    collections: ClassVar[tuple[str, ...]] = COLLECTIONS
    secrets: ClassVar[tuple[str, ...]] = tuple(estate.SECRETS.values())

    def source(self, url: str, **settings: Any) -> MlflowSource:
        few = {"page_size": 3, "attempts": 2, "timeout_seconds": 30, "full_read_hours": 0}
        return MlflowSource(name="odd", uri=url, **{**few, **settings})


class TestMlflowRest(Mlflow, WireContract, BeliefContract):
    calls: ClassVar[dict[str, Calls]] = {
        "experiments": Calls(r"experiments/search", "experiments", _flat("experiment_id"), AssetKind.EXPERIMENT),
        "registered_models": Calls(r"registered-models/search", "registered_models", _flat("name"), AssetKind.MODEL),
        "model_versions": Calls(
            r"model-versions/search", "model_versions", _flat("name", "version"), AssetKind.MODEL_VERSION
        ),
        "logged_models": Calls(r"logged-models/search", "models", _logged_model, AssetKind.LOGGED_MODEL, "experiments"),
        "runs": Calls(r"runs/search", "runs", _run, AssetKind.RUN, "experiments"),
    }
    optional = "logged_models"
    paged = "runs"
    item_paths: ClassVar[dict[str, str]] = {
        "experiments": r"experiments/get",
        "registered_models": r"registered-models/get",
        "model_versions": r"model-versions/get",
        "logged_models": r"logged-models/(?!search)",
        "runs": r"runs/get",
    }

    def another_token(self, token: str, number: int) -> str:
        stated = json.loads(base64.b64decode(token))
        return base64.b64encode(json.dumps({**stated, "again": number}).encode()).decode()

    def calls_besides_pages(self, snapshot: Snapshot) -> int:
        return 1  # whether there are workspaces

    @pytest.fixture(scope="class")
    def where(self, server: MlflowServer) -> str:
        return server.url

    @pytest.fixture(scope="class")
    def sizes(self, large: Path) -> Iterator[tuple[MlflowSource, MlflowSource]]:
        with running(large) as server:
            yield _sizes(server.url)


class TestMlflowStore(Mlflow, SourceContract):
    @pytest.fixture(scope="class")
    def where(self, store: Path) -> str:
        return f"sqlite:///{store}"

    @pytest.fixture(scope="class")
    def sizes(self, large: Path) -> tuple[MlflowSource, MlflowSource]:
        return _sizes(f"sqlite:///{large}")

    def test_it_gives_what_the_server_gives(self, where: str, server: MlflowServer, tmp_path: Path) -> None:
        direct = self.read(where, tmp_path / "direct")
        served = self.read(server.url, tmp_path / "served")
        for kind in set(AssetKind) - {AssetKind.SOURCE}:
            assert rows(direct, kind, "qualified_name") == rows(served, kind, "qualified_name")
        assert edges(direct) == edges(served)

    def test_a_store_that_is_not_there_is_not_made(self, tmp_path: Path) -> None:
        for uri in (f"sqlite:///{tmp_path}/nothing.db", f"{tmp_path}/nothing", f"file://{tmp_path}/nothing"):
            snapshot = self.read(uri, tmp_path / "snapshot")
            assert set(self.states(snapshot).values()) == {ReadStatus.FAILED}, uri
            assert "there is no MLflow store" in snapshot.collections()["experiments"].reason
        assert [file.name for file in tmp_path.iterdir()] == ["snapshot"]

    @pytest.mark.timeout(60)  # MLflow's own retries take minutes
    def test_a_database_that_does_not_answer_is_told_at_once(self, tmp_path: Path) -> None:
        snapshot = self.read(f"postgresql://ana:{estate.SECRETS['param']}@127.0.0.1:1/mlflow", tmp_path)
        assert set(self.states(snapshot).values()) == {ReadStatus.FAILED}
        assert not [file for file, text in texts(tmp_path) if estate.SECRETS["param"] in text]
