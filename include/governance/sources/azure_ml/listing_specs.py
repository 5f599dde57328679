"""The listings of a workspace, as a table: path, api-version, and who pages.

With `sdk`, MLClient's own operation pages, its raw pages are kept, and the raw pager continues where its parser breaks.
Without, the raw pager is used from the first page on, with the api-version and parameters that MLClient would send:
for the listings that would cost most to parse twice (MLClient: about 6 ms a job, 1 ms a version), those that are listed
once per item, and schedules (MLClient prints those that it cannot parse to standard output).
Archived items are listed (listViewType All; schedules: disabled ones too). No listing returns a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from ...model.assets import AssetKind
from ..azure.fields import arm_id

_ALL = {"listViewType": "All"}


class ListingSpec(NamedTuple):
    """path: ARM collection below its workspace. collection: its name in the snapshot. sdk: MLClient's pager, or None.

    kind, also: of the rows it gives. within: see reading.Listing. below: the collection that each of its items has.
    above: ARM collection of those items. item: see reading.Listing.
    counted: whether its items are what the collection counts; not where those are what is listed below.
    """

    collection: str
    path: str
    kind: AssetKind
    api_version: str
    params: Mapping[str, str] = {}
    sdk: Callable[[Any], Any] | None = None
    below: str = ""
    above: str = ""
    counted: bool = True
    also: tuple[AssetKind, ...] = ()
    within: str = ""
    item: Callable[[str], str | None] = arm_id

    def in_scope(self, resource_group: str | None) -> ListingSpec:
        """Workspaces or registries, paged by MLClient over a resource group or the whole subscription."""
        scope = "resource_group" if resource_group else "subscription"
        return self._replace(sdk=lambda ml: getattr(ml, self.path).list(scope=scope))

    @property
    def kinds(self) -> tuple[AssetKind, ...]:
        """Of the rows it gives."""
        return (self.kind, *self.also)

    @property
    def item_query(self) -> Mapping[str, str]:
        """The query by which one item is asked for."""
        return {"api-version": self.api_version}

    @property
    def covered(self) -> str:
        """The ARM collection in which its items, or the items above them, are."""
        return self.above or self.path

    @property
    def query(self) -> dict[str, str]:
        """The query of its first request."""
        return {"api-version": self.api_version, **self.params}


# In the order in which they are read: datastores before what lies in them
SHORT = (
    ListingSpec(
        "datastores",
        "datastores",
        AssetKind.DATASTORE,
        "2024-10-01-preview",
        {"count": "30", "orderByAsc": "false"},
        lambda ml: ml.datastores.list(),
    ),
    ListingSpec(
        "connections",
        "connections",
        AssetKind.CONNECTION,
        "2024-04-01-preview",
        {"includeAll": "false"},
        lambda ml: ml.connections.list(),
    ),
    ListingSpec("schedules", "schedules", AssetKind.SCHEDULE, "2023-06-01-preview", _ALL),
    ListingSpec(
        "online_endpoints",
        "onlineEndpoints",
        AssetKind.ENDPOINT,
        "2022-02-01-preview",
        {},
        lambda ml: ml.online_endpoints.list(),
        below="online_deployments",
    ),
    ListingSpec(
        "batch_endpoints",
        "batchEndpoints",
        AssetKind.ENDPOINT,
        "2023-10-01",
        {},
        lambda ml: ml.batch_endpoints.list(),
        below="batch_deployments",
    ),
    ListingSpec("serverless_endpoints", "serverlessEndpoints", AssetKind.ENDPOINT, "2024-01-01-preview"),
    ListingSpec(
        "models",
        "models",
        AssetKind.MODEL,
        "2023-08-01-preview",
        _ALL,
        lambda ml: ml.models.list(list_view_type="All"),
        below="model_versions",
    ),
    ListingSpec(
        "data",
        "data",
        AssetKind.DATASET,
        "2023-04-01-preview",
        _ALL,
        lambda ml: ml.data.list(list_view_type="All"),
        below="data",
        counted=False,
    ),
)


def _job(native_id: str) -> str:
    """A job's native id is its name: the id of its run in MLflow."""
    return f"jobs/{quote(native_id, safe='')}"


def _in_registry(native_id: str) -> str | None:
    """azureml://registries/R/models/N/versions/V -> models/N/versions/V."""
    scheme, *segments = native_id.split("/")
    path = segments[3:] if scheme.lower() == "azureml:" and len(segments) > 4 else []
    return "/".join(quote(segment, safe="") for segment in path) or None


JOBS = ListingSpec("jobs", "jobs", AssetKind.RUN, "2024-01-01-preview", _ALL, item=_job)

# What is listed once for each item of a collection above; path: below the item
NESTED = {
    "online_deployments": ListingSpec(
        "online_deployments", "deployments", AssetKind.DEPLOYMENT, "2023-04-01-preview", above="onlineEndpoints"
    ),
    "batch_deployments": ListingSpec(
        "batch_deployments", "deployments", AssetKind.DEPLOYMENT, "2024-01-01-preview", above="batchEndpoints"
    ),
    "model_versions": ListingSpec(
        "model_versions", "versions", AssetKind.MODEL_VERSION, "2023-08-01-preview", _ALL, above="models"
    ),
    "data": ListingSpec("data", "versions", AssetKind.DATASET, "2023-04-01-preview", _ALL, above="data"),
}

# A registry's items are on its data plane; MLClient 1.35.2 would send an enum's repr as listViewType there
REGISTRY_MODELS = ListingSpec(
    "models",
    "models",
    AssetKind.MODEL,
    "2021-10-01-dataplanepreview",
    _ALL,
    below="model_versions",
    item=_in_registry,
)
REGISTRY_VERSIONS = ListingSpec(
    "model_versions",
    "versions",
    AssetKind.MODEL_VERSION,
    "2021-10-01-dataplanepreview",
    _ALL,
    above="models",
    item=_in_registry,
)
DISCOVERY = "registrymanagement/v1.0/registries/{name}/discovery"
REGISTRY_PATH = "mferp/managementfrontend{id}"

# Hubs and projects are listed among the workspaces
WORKSPACES = ListingSpec(
    "workspaces",
    "workspaces",
    AssetKind.SOURCE,
    "2024-10-01-preview",
    also=(AssetKind.PROJECT,),
    within="/workspaces/",
)
REGISTRIES = ListingSpec("registries", "registries", AssetKind.SOURCE, "2022-10-01-preview", within="/registries/")
PROVIDER = "providers/Microsoft.MachineLearningServices"
DATA = next(listing for listing in SHORT if listing.collection == "data")
MODELS = next(listing for listing in SHORT if listing.collection == "models")
SERVERLESS = next(listing for listing in SHORT if listing.collection == "serverless_endpoints")
