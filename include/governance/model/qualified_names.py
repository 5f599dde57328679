"""Qualified names: the only place that builds them.

A qualified name is an asset's identity in snapshots, records, findings and the catalog. It is made of ids of the
source, never of display names, percent-encoded so that any legal name (apostrophes, quotes, emoji) is one segment.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from urllib.parse import quote, unquote

_DIGEST_CHARS = 12
DEFAULT_WORKSPACE = "default"  # of an MLflow server that has workspaces
_CONTAINERS = {"workspaces", "accounts", "registries"}
_BASE_MODELS = "azure://base-models/"
_KEY_SEGMENTS = {"resourcegroups", *_CONTAINERS, "projects"}


def _join(scheme: str, *parts: str) -> str:
    return f"{scheme}://" + "/".join(quote(part, safe="@+=,~", errors="surrogatepass") for part in parts)


def short_hash(*parts: str) -> str:
    """First 12 hex characters of the SHA-256 over the parts, NUL-separated."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARS]


def source(kind: str, source_name: str) -> str:
    """An MLflow source as a whole: a tracking server or store."""
    return _join(kind, source_name)


def experiment(source_name: str, experiment_id: str) -> str:
    """An MLflow experiment."""
    return _join("mlflow", source_name, "experiments", experiment_id)


def run(source_name: str, run_id: str) -> str:
    """An MLflow run."""
    return _join("mlflow", source_name, "runs", run_id)


def logged_model(source_name: str, model_id: str) -> str:
    """An MLflow logged model."""
    return _join("mlflow", source_name, "logged-models", model_id)


def model(source_name: str, model_name: str) -> str:
    """A model registered in MLflow."""
    return _join("mlflow", source_name, "models", model_name)


def prompt(source_name: str, prompt_name: str) -> str:
    """An MLflow prompt."""
    return _join("mlflow", source_name, "prompts", prompt_name)


def model_version(source_name: str, model_name: str, version: str) -> str:
    """A version of a model registered in MLflow."""
    return _join("mlflow", source_name, "models", model_name, "versions", version)


def dataset(source_name: str, dataset_name: str, digest: str, source_uri: str) -> str:
    """Name, digest and source together are a dataset's identity: equal names with other content are different data."""
    return _join("mlflow", source_name, "datasets", dataset_name, digest or "no-digest", short_hash(source_uri))


def everything_of(source_name: str) -> str:
    """What the names of all assets of one MLflow source begin with."""
    return _join("mlflow", source_name, "")


def workspace(source_name: str, workspace_name: str) -> str:
    """What the names of all assets of one MLflow workspace begin with, where a source reads several.

    Those of the default workspace are named as on a server without workspaces.
    """
    if workspace_name == DEFAULT_WORKSPACE:
        return everything_of(source_name)
    return _join("mlflow", source_name, "workspaces", workspace_name, "")


def workspace_of(name: str) -> str | None:
    """The MLflow workspace that an asset's name names; None for the default one and all other names."""
    segments = name.split("/")
    is_named = name.startswith("mlflow://") and len(segments) > 5 and segments[3] == "workspaces"
    return unquote(segments[4]) if is_named else None


def azure(resource_id: str, *parts: str) -> str:
    """The asset with that ARM id (`/subscriptions/...`), or a part of it on a data plane.

    ARM ids are compared without regard to case, so the name is in lower case. The same asset read by two sources has
    one name. A registry's `azureml://registries/R/...` ids are taken as they are.
    """
    path = resource_id.removeprefix("azureml://").strip("/")
    segments = [*(segment for segment in path.split("/") if segment), *parts]
    return _join("azure", *(segment.lower() for segment in segments))


def azure_part(name: str, *parts: str) -> str:
    """A part of an Azure asset whose qualified name is known."""
    return "/".join([name, *(_join("azure", part.lower()).removeprefix("azure://") for part in parts)])


def azure_whole(name: str, *parts: str) -> str | None:
    """The asset of which that name is the part `parts`, the reverse of `azure_part`; None if it is not."""
    return name.removesuffix(azure_part("", *parts)) if name.endswith(azure_part("", *parts)) else None


def azure_container(name: str) -> str | None:
    """The workspace, registry or account that an Azure asset is in, up to and including its name.

    None for names of other platforms and of assets in no such container (role assignments).
    """
    segments = name.removeprefix("azure://").split("/")
    if not name.startswith("azure://"):
        return None
    for index, segment in enumerate(segments[:-1]):
        if segment in _CONTAINERS:
            return "azure://" + "/".join(segments[: index + 2])
    return None


def is_azure(name: str) -> bool:
    """Whether that is the name of an asset in Azure."""
    return name.startswith("azure://")


def azure_holders(name: str) -> list[str]:
    """The workspace, registry or account that an Azure asset is in, and the project in it, outermost first."""
    container = azure_container(name)
    if container is None:
        return []
    below = name.removeprefix(container).split("/")
    return [container, "/".join([container, *below[1:3]])] if below[1:2] == ["projects"] and below[2:] else [container]


def below_container(name: str) -> str:
    """The path of an Azure asset below the project, workspace or account that it is in: deployments/gpt-chat."""
    holders = azure_holders(name)
    return unquote(name.removeprefix(holders[-1]).strip("/")) if holders else last_segment(name)


def endpoint_of_deployment(name: str) -> str | None:
    """The endpoint at which an Azure deployment answers; None for another name.

    One of Foundry is its own endpoint, a serverless one a part of it, others are listed below it.
    """
    whole = azure_whole(name, "deployment")
    if whole is not None and "/serverlessendpoints/" in name:
        return whole
    above, _, _ = name.rpartition("/deployments/")
    if not above or not is_azure(name):
        return None
    return azure_part(name, "endpoint") if above == azure_container(name) else above


def deployment_at_endpoint(endpoint: str, display_name: str) -> str:
    """The reverse of `endpoint_of_deployment`: which deployment of that display name is at that endpoint."""
    whole = azure_whole(endpoint, "endpoint")
    if whole is not None:
        return whole
    if "/serverlessendpoints/" in endpoint:
        return azure_part(endpoint, "deployment")
    return azure_part(endpoint, "deployments", display_name.rsplit(" / ", 1)[-1])


def base_model(publisher: str, name: str, version: str) -> str:
    """A provider's model, the same for every account that deploys it."""
    return _join("azure", "base-models", *(part.lower() or "-" for part in (publisher, name, version)))


def is_base_model(name: str) -> bool:
    """Whether that is the name of a provider's model."""
    return name.startswith(_BASE_MODELS)


def external_dataset(uri: str) -> str:
    """Data that a job names by its address only."""
    return _join("azure", "data", short_hash(uri.rstrip("/")), uri.rstrip("/").rsplit("/", 1)[-1][:80])


def use_case(use_case_id: str) -> str:
    """A business use of the register."""
    return _join("governance", "use-cases", use_case_id)


def record(key: str) -> str:
    """A governed record, by its key."""
    return _join("governance", "records", key)


def record_key(source_name: str, asset: str, native_name: str) -> str:
    """The default key of a record, from its first model or agent: source/model.

    An Azure source has many workspaces: source/resource group/workspace/model, so that equal names remain distinct; an
    MLflow source may have several: source/workspace/model.
    """
    holders = azure_holders(asset)
    if not holders:
        workspace = workspace_of(asset)
        return f"{source_name}/{workspace}/{native_name}" if workspace else f"{source_name}/{native_name}"
    segments = [unquote(segment) for segment in holders[-1].removeprefix("azure://").split("/")]
    containers = {name: value for name, value in pairwise(segments) if name in _KEY_SEGMENTS}
    return "/".join([source_name, *containers.values(), native_name])


def promotion(record_key: str, version_qualified_name: str, state: str, since_ms: int) -> str:
    """A lifecycle state of one version within a record, from that time on (milliseconds since the epoch)."""
    return _join(
        "governance", "records", record_key, "promotions", short_hash(version_qualified_name, state, str(since_ms))
    )


def marker(deployment: str) -> str:
    """The entity that marks a catalog as kept in step by one installation."""
    return _join("governance", "deployments", deployment)


def last_segment(name: str) -> str:
    """The last segment of a qualified name, decoded: for assets that have no other name."""
    return unquote(name.rsplit("/", 1)[-1])
