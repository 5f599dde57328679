"""Qualified names: the only place that builds them.

A qualified name is an asset's identity in snapshots, records, findings and the catalog. It is made of ids of the
source, never of display names, percent-encoded so that any legal name (apostrophes, quotes, emoji) is one segment.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from urllib.parse import quote, unquote

_DIGEST_CHARS = 12
_CONTAINERS = {"workspaces", "accounts", "registries"}
_PLACES = {"resourcegroups", *_CONTAINERS, "projects"}


def _join(scheme: str, *parts: str) -> str:
    return f"{scheme}://" + "/".join(quote(part, safe="@+=,~", errors="surrogatepass") for part in parts)


def short_hash(*parts: str) -> str:
    """First 12 hex characters of the SHA-256 over the parts, NUL-separated."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]


def source(kind: str, source_name: str) -> str:
    return _join(kind, source_name)


def experiment(source_name: str, experiment_id: str) -> str:
    return _join("mlflow", source_name, "experiments", experiment_id)


def run(source_name: str, run_id: str) -> str:
    return _join("mlflow", source_name, "runs", run_id)


def logged_model(source_name: str, model_id: str) -> str:
    return _join("mlflow", source_name, "logged-models", model_id)


def model(source_name: str, model_name: str) -> str:
    return _join("mlflow", source_name, "models", model_name)


def prompt(source_name: str, prompt_name: str) -> str:
    return _join("mlflow", source_name, "prompts", prompt_name)


def model_version(source_name: str, model_name: str, version: str) -> str:
    return _join("mlflow", source_name, "models", model_name, "versions", version)


def dataset(source_name: str, dataset_name: str, digest: str, source_uri: str) -> str:
    """Name, digest and source together are a dataset's identity: equal names with other content are other data."""
    return _join("mlflow", source_name, "datasets", dataset_name, digest or "no-digest", short_hash(source_uri))


def everything_of(source_name: str) -> str:
    """What the names of all assets of one MLflow source begin with."""
    return _join("mlflow", source_name, "")


def azure(resource_id: str, *parts: str) -> str:
    """The asset with that ARM id (`/subscriptions/...`), or what stands below it on a data plane.

    ARM ids are compared without regard to case, so the name is in lower case. The same asset read by two sources has
    one name. A registry's `azureml://registries/R/...` ids are taken as they are.
    """
    path = resource_id.removeprefix("azureml://").strip("/")
    segments = [*(segment for segment in path.split("/") if segment), *parts]
    return _join("azure", *(segment.lower() for segment in segments))


def azure_part(name: str, *parts: str) -> str:
    """What stands below an Azure asset whose qualified name is known."""
    return "/".join([name, *(_join("azure", part.lower()).removeprefix("azure://") for part in parts)])


def azure_whole(name: str, *parts: str) -> str | None:
    """The asset below which `azure_part` has put that name with those parts; None where it has not."""
    return name.removesuffix(azure_part("", *parts)) if name.endswith(azure_part("", *parts)) else None


def azure_container(name: str) -> str | None:
    """The workspace, registry or account that an Azure asset stands in, up to and including its name.

    None for names of other platforms and of what stands in no such container (role assignments).
    """
    segments = name.removeprefix("azure://").split("/")
    if not name.startswith("azure://"):
        return None
    for place, segment in enumerate(segments[:-1]):
        if segment in _CONTAINERS:
            return "azure://" + "/".join(segments[: place + 2])
    return None


def is_azure(name: str) -> bool:
    return name.startswith("azure://")


def azure_holders(name: str) -> list[str]:
    """The workspace, registry or account that an Azure asset stands in, and the project below it, outermost first."""
    container = azure_container(name)
    if container is None:
        return []
    below = name.removeprefix(container).split("/")
    return [container, "/".join([container, *below[1:3]])] if below[1:2] == ["projects"] and below[2:] else [container]


def base_model(publisher: str, name: str, version: str) -> str:
    """A provider's model, the same for every account that deploys it."""
    return _join("azure", "base-models", *(part.lower() or "-" for part in (publisher, name, version)))


def external_dataset(uri: str) -> str:
    """Data that a job names by its address only."""
    return _join("azure", "data", short_hash(uri.rstrip("/")), uri.rstrip("/").rsplit("/", 1)[-1][:80])


def use_case(use_case_id: str) -> str:
    return _join("governance", "use-cases", use_case_id)


def record(key: str) -> str:
    return _join("governance", "records", key)


def record_key(source_name: str, asset: str, native_name: str) -> str:
    """The key of a record that nobody has named, from its first model or agent: source/model.

    An Azure source has many workspaces: source/resource group/workspace/model, so that equal names stay apart.
    """
    holders = azure_holders(asset)
    if not holders:
        return f"{source_name}/{native_name}"
    segments = [unquote(segment) for segment in holders[-1].removeprefix("azure://").split("/")]
    places = {name: value for name, value in pairwise(segments) if name in _PLACES}
    return "/".join([source_name, *places.values(), native_name])


def promotion(record_key: str, version_qualified_name: str, state: str, since_ms: int) -> str:
    return _join(
        "governance", "records", record_key, "promotions", short_hash(version_qualified_name, state, str(since_ms))
    )


def marker(deployment: str) -> str:
    return _join("governance", "deployments", deployment)


def last_segment(name: str) -> str:
    """What stands last in a qualified name, readable: for what has no other name."""
    return unquote(name.rsplit("/", 1)[-1])
