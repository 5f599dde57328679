"""The listings of a workspace, as a table: what is asked, of which api-version, and who drives.

driver `sdk`: MLClient's own operation asks, its raw pages are kept, the raw pager goes on where its parser breaks.
driver `raw`: the raw pager asks from the first page on, with the api-version and parameters that MLClient would send.
Raw are the listings that would cost most to parse twice (MLClient: about 6 ms a job, 1 ms a version), those that come
once a container, and schedules (MLClient prints the ones it cannot parse to standard output).
Archived items are asked for (listViewType All; schedules: disabled ones too). Nothing here asks for a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...model.assets import AssetKind

_ALL = {"listViewType": "All"}


class Listing(NamedTuple):
    """path: ARM collection below its workspace. collection: its name in the snapshot. sdk: MLClient's pager, or None.

    kind: of the rows it gives. below: the collection that each of its items has. above: ARM collection of those items.
    """

    collection: str
    path: str
    kind: AssetKind
    api_version: str
    params: Mapping[str, str] = {}
    sdk: Callable[[Any], Any] | None = None
    below: str = ""
    above: str = ""

    def in_scope(self, resource_group: str | None) -> Listing:
        """Workspaces or registries, driven by MLClient over a resource group or the whole subscription."""
        scope = "resource_group" if resource_group else "subscription"
        return self._replace(sdk=lambda ml: getattr(ml, self.path).list(scope=scope))

    @property
    def query(self) -> dict[str, str]:
        return {"api-version": self.api_version, **self.params}


# In the order in which they are read: datastores before what lies in them
SHORT = (
    Listing(
        "datastores",
        "datastores",
        AssetKind.DATASTORE,
        "2024-10-01-preview",
        {"count": "30", "orderByAsc": "false"},
        lambda ml: ml.datastores.list(),
    ),
    Listing(
        "connections",
        "connections",
        AssetKind.CONNECTION,
        "2024-04-01-preview",
        {"includeAll": "false"},
        lambda ml: ml.connections.list(),
    ),
    Listing("schedules", "schedules", AssetKind.SCHEDULE, "2023-06-01-preview", _ALL),
    Listing(
        "online_endpoints",
        "onlineEndpoints",
        AssetKind.ENDPOINT,
        "2022-02-01-preview",
        {},
        lambda ml: ml.online_endpoints.list(),
        below="online_deployments",
    ),
    Listing(
        "batch_endpoints",
        "batchEndpoints",
        AssetKind.ENDPOINT,
        "2023-10-01",
        {},
        lambda ml: ml.batch_endpoints.list(),
        below="batch_deployments",
    ),
    Listing("serverless_endpoints", "serverlessEndpoints", AssetKind.ENDPOINT, "2024-01-01-preview"),
    Listing(
        "models",
        "models",
        AssetKind.MODEL,
        "2023-08-01-preview",
        _ALL,
        lambda ml: ml.models.list(list_view_type="All"),
        below="model_versions",
    ),
    Listing(
        "data",
        "data",
        AssetKind.DATASET,
        "2023-04-01-preview",
        _ALL,
        lambda ml: ml.data.list(list_view_type="All"),
        below="data",
    ),
)
JOBS = Listing("jobs", "jobs", AssetKind.RUN, "2024-01-01-preview", _ALL)

# What is listed once for each item of a collection above; path: below the item
NESTED = {
    "online_deployments": Listing(
        "online_deployments", "deployments", AssetKind.DEPLOYMENT, "2023-04-01-preview", above="onlineEndpoints"
    ),
    "batch_deployments": Listing(
        "batch_deployments", "deployments", AssetKind.DEPLOYMENT, "2024-01-01-preview", above="batchEndpoints"
    ),
    "model_versions": Listing(
        "model_versions", "versions", AssetKind.MODEL_VERSION, "2023-08-01-preview", _ALL, above="models"
    ),
    "data": Listing("data", "versions", AssetKind.DATASET, "2023-04-01-preview", _ALL, above="data"),
}

# A registry's items stand on its data plane; MLClient 1.35.2 would send an enum's repr as listViewType there
REGISTRY_MODELS = Listing(
    "models", "models", AssetKind.MODEL, "2021-10-01-dataplanepreview", _ALL, below="model_versions"
)
REGISTRY_VERSIONS = Listing(
    "model_versions", "versions", AssetKind.MODEL_VERSION, "2021-10-01-dataplanepreview", _ALL, above="models"
)
DISCOVERY = "registrymanagement/v1.0/registries/{name}/discovery"
REGISTRY_PATH = "mferp/managementfrontend{id}"

WORKSPACES = Listing("workspaces", "workspaces", AssetKind.SOURCE, "2024-10-01-preview")
REGISTRIES = Listing("registries", "registries", AssetKind.SOURCE, "2022-10-01-preview")
MODELS = Listing("models", "models", AssetKind.MODEL, "2021-10-01-dataplanepreview", _ALL, below="model_versions")
REGISTRY_VERSIONS = Listing(
    "model_versions", "versions", AssetKind.MODEL_VERSION, "2021-10-01-dataplanepreview", _ALL, above="models"
)
DISCOVERY = "registrymanagement/v1.0/registries/{name}/discovery"
REGISTRY_PATH = "mferp/managementfrontend{id}"

_IN_GROUP = {True: "resource_group", False: "subscription"}


def _scoped(operations: str) -> Callable[[Any], Any]:
    """MLClient lists a resource group where it has one, else the subscription."""
    return lambda ml: getattr(ml, operations).list(scope=_IN_GROUP[bool(ml.resource_group_name)])


WORKSPACES = Listing("workspaces", "workspaces", AssetKind.SOURCE, "2024-10-01-preview", sdk=_scoped("workspaces"))
REGISTRIES = Listing("registries", "registries", AssetKind.SOURCE, "2022-10-01-preview", sdk=_scoped("registries"))
MODELS = next(listing for listing in SHORT if listing.collection == "models")
SERVERLESS = next(listing for listing in SHORT if listing.collection == "serverless_endpoints")
