"""Azure Machine Learning, read by the unmodified SDKs from the stand-in over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.config.models import AzureMlSource
from include.governance.staged.folder import Folder
from include.governance.staged.snapshot import Snapshot
from include.governance.vocabulary.kinds import Kind, State
from include.sandbox.azure import Fault, StandIn, stand_in
from include.sandbox.azure.generated import Size, generated
from include.sandbox.azure.loader import Document
from tests.contract.sources.wire import Calls, WireContract

_WORKSPACE = "ws-000"
_SECRETS = {"db_password": "zephyr-Quartz-4711", "token": "ghp_" + "a1B2c3D4e5F6" * 3}  # made up
_LISTED = ("connections", "schedules", "online_endpoints", "batch_endpoints", "serverless_endpoints", "models")
_SHORT = ("datastores", "serverless_endpoints", "serverless_deployments", "batch_endpoints", "batch_deployments")
_BELOW = ("online_deployments", "batch_deployments", "serverless_deployments", "model_versions")


def _estate(size: Size) -> list[Document]:
    """Generated, with made-up secrets in the tags of a job and of a model version."""
    documents = generated(size)
    content = documents[0].content
    content["jobs"][0]["properties"]["tags"]["db_password"] = _SECRETS["db_password"]
    content["models"][0]["versions"][0]["properties"]["description"] = f"push with {_SECRETS['token']}"
    return documents


class _Wire:
    """The stand-in as the contract's faulty way."""

    def __init__(self, azure: StandIn) -> None:
        self.azure, self.url = azure, azure.url

    @property
    def requests(self) -> list[Any]:
        return self.azure.requests

    def fault(self, fault: Any) -> Any:
        known = {name: value for name, value in vars(fault).items() if name not in ("hits", "matched")}
        return self.azure.fault(Fault(**known))

    def clear(self) -> None:
        self.azure.clear()

    def written(self) -> list[Any]:
        return self.azure.writes


def _named(record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Leaves of a record its ids and nonsense."""
    return {"id": record["id"], "name": record["name"], "properties": "nonsense"}, record["id"]


class TestAzureMl(WireContract):
    collections: ClassVar[tuple[str, ...]] = (
        "workspaces",
        "registries",
        *(f"{_WORKSPACE}/{listing}" for listing in (*_LISTED, *_BELOW, "datastores", "data", "jobs", "experiments")),
    )
    single_page: ClassVar[tuple[str, ...]] = tuple(
        name for name in collections if name in ("workspaces", "registries") or name.endswith(_SHORT)
    )
    empty: ClassVar[tuple[str, ...]] = ("registries", f"{_WORKSPACE}/schedules")
    secrets: ClassVar[tuple[str, ...]] = tuple(_SECRETS.values())
    token = "nextLink"
    calls: ClassVar[dict[str, Calls]] = {
        f"{_WORKSPACE}/jobs": Calls(r"/jobs\?", "value", _named, Kind.RUN),
        f"{_WORKSPACE}/connections": Calls(r"/connections\?", "value", _named, Kind.CONNECTION),
        f"{_WORKSPACE}/model_versions": Calls(r"/models/[^/]+/versions\?", "value", _named, Kind.MODEL_VERSION),
        f"{_WORKSPACE}/online_deployments": Calls(
            r"/onlineEndpoints/[^/]+/deployments\?", "value", _named, Kind.DEPLOYMENT
        ),
    }
    paged = f"{_WORKSPACE}/jobs"
    # Everything that is listed here must be there: a workspace without jobs answers with none
    test_a_missing_optional_call_is_unsupported = None
    test_an_optional_call_that_worked_before_is_not_unsupported = None

    @pytest.fixture(scope="class")
    def azure(self) -> Iterator[StandIn]:
        size = Size(workspaces=1, models=7, versions=16, jobs=22, endpoints=10, data=4)
        with stand_in(_estate(size), page_size=2) as azure:
            yield azure

    @pytest.fixture(scope="class")
    def where(self, azure: StandIn) -> str:
        TestAzureMl.running = azure
        return azure.url

    running: ClassVar[StandIn]

    @pytest.fixture
    def proxy(self, azure: StandIn, where: str) -> Iterator[Any]:
        azure.clear()
        yield _Wire(azure)
        azure.clear()

    @pytest.fixture(scope="class")
    def sizes(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AzureMlSource, AzureMlSource]]:
        few = Size(workspaces=1, models=10, versions=20, jobs=300, endpoints=10, data=4)
        many = Size(workspaces=1, models=40, versions=80, jobs=1_200, endpoints=40, data=16)
        with stand_in(generated(few)) as small, stand_in(generated(many)) as large:
            found = [azure.settings("azure_ml", mlflow=False, access=False) for azure in (small, large)]
            for settings in found:  # the stand-in, in this process too, makes its answers at first use
                sources.read(settings, Folder(str(tmp_path_factory.mktemp("first"))), from_environment)
            yield found[0], found[1]

    def source(self, url: str, **settings: Any) -> AzureMlSource:
        settings.pop("page_size", None)  # the service's own
        few = {"attempts": 2, "mlflow": False, "access": False, "timeout_seconds": 30}
        found: AzureMlSource = self.running.settings("azure_ml", **{**few, **settings})
        return found

    def calls_besides_pages(self, snapshot: Snapshot) -> int:
        """Collections that are made of what other listings say count those listings' pages once more."""
        states = snapshot.collections()
        return -sum(states[f"{_WORKSPACE}/{name}"].pages for name in ("serverless_deployments", "experiments"))

    def undisturbed(self, *but: str) -> dict[str, State]:
        """Experiments are known by the jobs that name them."""
        return {name: state for name, state in super().undisturbed(*but).items() if not name.endswith("/experiments")}

    def states(self, snapshot: Snapshot) -> dict[str, State]:
        found = super().states(snapshot)
        if found.get(self.paged) != State.COMPLETE:
            found.pop(f"{_WORKSPACE}/experiments", None)
        return found
