"""Azure Machine Learning, read by the unmodified SDKs from the stand-in over HTTPS."""

from __future__ import annotations

from typing import Any, ClassVar

from include.governance.model.assets import AssetKind
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.generated import Size, generated
from include.sandbox.azure.loader import Document
from tests.contract.sources.belief import BeliefContract
from tests.contract.sources.stand_in_wire import StandInHooks, named
from tests.contract.sources.wire import Calls, WireContract

_WORKSPACE = "ws-000"
_SECRETS = {"db_password": "zephyr-Quartz-4711", "token": "ghp_" + "a1B2c3D4e5F6" * 3}  # made up
_LISTED = ("connections", "schedules", "online_endpoints", "batch_endpoints", "serverless_endpoints", "models")
_SHORT = ("datastores", "serverless_endpoints", "serverless_deployments", "batch_endpoints", "batch_deployments")
_BELOW = ("online_deployments", "batch_deployments", "serverless_deployments", "model_versions")


class TestAzureMl(StandInHooks, WireContract, BeliefContract):
    platform = "azure_ml"
    stated: ClassVar[dict[str, Any]] = {"mlflow": False}
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
    calls: ClassVar[dict[str, Calls]] = {
        f"{_WORKSPACE}/jobs": Calls(r"/jobs\?", "value", named, AssetKind.RUN),
        f"{_WORKSPACE}/connections": Calls(r"/connections\?", "value", named, AssetKind.CONNECTION),
        f"{_WORKSPACE}/models": Calls(r"/models\?", "value", named, AssetKind.MODEL, brings=(AssetKind.MODEL_VERSION,)),
        f"{_WORKSPACE}/model_versions": Calls(
            r"/models/[^/]+/versions\?", "value", named, AssetKind.MODEL_VERSION, f"{_WORKSPACE}/models", several=True
        ),
        f"{_WORKSPACE}/online_endpoints": Calls(
            r"/onlineEndpoints\?", "value", named, AssetKind.ENDPOINT, brings=(AssetKind.DEPLOYMENT,)
        ),
        f"{_WORKSPACE}/online_deployments": Calls(
            r"/onlineEndpoints/[^/]+/deployments\?",
            "value",
            named,
            AssetKind.DEPLOYMENT,
            f"{_WORKSPACE}/online_endpoints",
            several=True,
        ),
    }
    derived_from: ClassVar[dict[str, str]] = {f"{_WORKSPACE}/experiments": f"{_WORKSPACE}/jobs"}
    paged = f"{_WORKSPACE}/jobs"
    item_paths: ClassVar[dict[str, str]] = {
        f"{_WORKSPACE}/jobs": r"/jobs/[^/]+\?",
        f"{_WORKSPACE}/connections": r"/connections/[^/]+\?",
        f"{_WORKSPACE}/models": r"/models/[^/]+\?",
        f"{_WORKSPACE}/model_versions": r"/models/[^/]+/versions/[^/]+\?",
        f"{_WORKSPACE}/online_endpoints": r"/onlineEndpoints/[^/]+\?",
        f"{_WORKSPACE}/online_deployments": r"/onlineEndpoints/[^/]+/deployments/[^/]+\?",
    }
    # Every listing must exist: a workspace without jobs answers with an empty one
    has_optional_listing = False

    def estate(self) -> list[Document]:
        """Generated, with made-up secrets in the tags of a job and in the description of a model version."""
        documents = generated(Size(workspaces=1, models=7, versions=16, jobs=22, endpoints=10, data=4))
        content = documents[0].content
        content["jobs"][0]["properties"]["tags"]["db_password"] = _SECRETS["db_password"]
        content["models"][0]["versions"][0]["properties"]["description"] = f"push with {_SECRETS['token']}"
        return documents

    def large(self) -> tuple[list[Document], list[Document]]:
        few = Size(workspaces=1, models=10, versions=20, jobs=300, endpoints=10, data=4)
        many = Size(workspaces=1, models=40, versions=80, jobs=1_200, endpoints=40, data=16)
        return generated(few), generated(many)

    def calls_besides_pages(self, snapshot: Snapshot) -> int:
        """Collections that are made of what other listings say count those listings' pages once more."""
        states = snapshot.collections()
        return -sum(states[f"{_WORKSPACE}/{name}"].pages for name in ("serverless_deployments", "experiments"))
