"""What answers MLflow's REST API: MLflow's own server, or a service that offers part of it under its own limits."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .client import IDS_PER_SEARCH


class Call(NamedTuple):
    """The requests of one listing: method, path, key of the items, ordering, further parameters."""

    method: str
    path: str
    key: str
    order_by: tuple[str, ...] = ()
    extra: dict[str, Any] = {}


CALLS = {
    "experiments": Call("POST", "experiments/search", "experiments", extra={"view_type": "ALL"}),
    "runs": Call(
        "POST", "runs/search", "runs", order_by=("attributes.start_time ASC",), extra={"run_view_type": "ALL"}
    ),
    "registered_models": Call("GET", "registered-models/search", "registered_models", order_by=("name ASC",)),
    "prompts": Call("GET", "registered-models/search", "registered_models", order_by=("name ASC",)),
    # MLflow's own order is last updated first: an edit between two pages would hide a neighbour
    "model_versions": Call(
        "GET", "model-versions/search", "model_versions", order_by=("name ASC", "version_number ASC")
    ),
    "logged_models": Call("POST", "logged-models/search", "models"),
}


class ItemCall(NamedTuple):
    """The request for one item: path, key of the item in the answer, names of the parts of its id."""

    path: str
    key: str
    parts: tuple[str, ...]


ITEM_CALLS = {
    "experiments": ItemCall("experiments/get", "experiment", ("experiment_id",)),
    "runs": ItemCall("runs/get", "run", ("run_id",)),
    "registered_models": ItemCall("registered-models/get", "registered_model", ("name",)),
    "prompts": ItemCall("registered-models/get", "registered_model", ("name",)),
    "model_versions": ItemCall("model-versions/get", "model_version", ("name", "version")),
    "logged_models": ItemCall("logged-models/{model_id}", "model", ("model_id",)),
}


class Service(NamedTuple):
    """Limits and habits of what answers.

    Attributes:
        ids_per_search: experiments that one search may name.
        page_caps: by collection, the largest page it gives.
        orders: whether listings may be asked for in an order.
        filters_runs: whether a search of runs heeds its filter; without it runs are always read in full.
    """

    name: str
    title: str
    ids_per_search: int = IDS_PER_SEARCH
    page_caps: dict[str, int] = {}
    orders: bool = True
    filters_runs: bool = True


_REGISTRY_CAPS = {"registered_models": 1_000, "prompts": 1_000}  # larger pages are refused (mlflow 3.17)

SERVICES = {
    service.name: service
    for service in (
        Service("mlflow", "MLflow", page_caps=_REGISTRY_CAPS),
        Service("azure_ml", "the workspace's MLflow", page_caps=_REGISTRY_CAPS),
        # docs.databricks.com/api: search-experiments 3,000, search-registered-models 1,000, search-logged-models 50
        Service(
            "databricks",
            "Databricks",
            ids_per_search=100,
            page_caps={**_REGISTRY_CAPS, "experiments": 3_000, "logged_models": 50, "model_versions": 10_000},
        ),
        # docs.gitlab.com, MLflow client compatibility: a search of runs reads the first experiment id only
        Service(
            "gitlab",
            "GitLab",
            ids_per_search=1,
            page_caps=dict.fromkeys(("experiments", "runs", "registered_models", "model_versions"), 1_000),
            orders=False,
            filters_runs=False,
        ),
    )
}

_ADDRESSES = {
    "databricks": re.compile(
        r"https://[^/]+\.(?:azuredatabricks\.net|databricks\.azure\.(?:us|cn)|(?:cloud|gcp)\.databricks\.(?:com|us))(?:/|$)"
    ),
    "gitlab": re.compile(r"https?://.+/api/v4/projects/[^/]+/ml/mlflow$"),
    "azure_ml": re.compile(r"https://[^/]+\.api\.(?:azureml\.ms|ml\.azure\.(?:us|cn))/mlflow/"),
}


def service_of(url: str, stated: str | None = None) -> Service:
    """What answers at that address. stated: what the settings say; else the address tells."""
    parts = urlsplit(url)
    plain = f"{parts.scheme}://{parts.hostname}{parts.path}".rstrip("/").lower()
    return SERVICES[stated or next((name for name, form in _ADDRESSES.items() if form.match(plain)), "mlflow")]


def is_in_unity_catalog(model: str) -> bool:
    """Whether that is a name of Unity Catalog: catalog.schema.model."""
    return model.count(".") == 2
