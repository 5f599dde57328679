"""The containers that are read: workspaces (hubs and projects among them) and registries, and their portal pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ...errors import SourceError
from ...model import qualified_names
from ...model.rows import Row
from ...net.azure.cloud import Cloud
from ..azure.fields import ArmFields, public_network, resource_id
from ..clean_names import CleanNames
from ..fields import Malformed, identity, part, text

_ARM = re.compile(r"^/subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/[^/]+/[^/]+/([^/]+)/?$", re.IGNORECASE)
_SUBTYPES = {"hub": "hub", "project": "project", "featurestore": "feature store", "default": "workspace"}


@dataclass
class Container:
    """A workspace or a registry. title: how its collections are named, unique within the scope.

    assets: what the qualified names of the models and data in it begin with.
    """

    id: str
    name: str
    subtype: str
    location: str | None
    row: Row
    portal: str
    mlflow_uri: str | None = None
    guid: str | None = None
    title: str = ""
    assets: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.title = self.title or self.name
        self.assets = qualified_names.azure(
            f"azureml://registries/{self.name}" if self.subtype == "registry" else self.id
        )

    @property
    def qualified_name(self) -> str:
        """As its row has it."""
        return str(self.row["qualified_name"])

    @property
    def arm_name(self) -> str:
        """Its name in ARM."""
        return self.id.rstrip("/").rsplit("/", 1)[-1]

    @property
    def group(self) -> str:
        """Its resource group; empty for an id of another form."""
        match = _ARM.match(self.id)
        return match.group(2) if match else ""

    def covers(self, collection: str) -> str:
        """What the qualified names of everything in that ARM collection begin with."""
        return qualified_names.azure_part(self.assets, collection) + "/"

    def link(self, *steps: str) -> str:
        """The portal's page below this workspace or registry."""
        path = "/".join(quote(step, safe=":@") for step in steps)
        if self.subtype == "registry":
            return f"{self.portal}/registries/{quote(self.name)}" + (f"/{path}" if path else "")
        return f"{self.portal}/{path or 'home'}?wsid={quote(self.wsid, safe='/')}"

    @property
    def wsid(self) -> str:
        """Its id as the portal's addresses have it."""
        match = _ARM.match(self.id)
        return (
            f"/subscriptions/{match.group(1)}/resourcegroups/{match.group(2)}/workspaces/{match.group(3)}"
            if match
            else self.id
        )


def workspace(item: Mapping[str, Any], fields: ArmFields, cloud: Cloud) -> Container:
    """Raises Malformed where id, name or properties are not what ARM documents."""
    properties, native_id = part(item, "properties"), _checked(resource_id(item))
    kind = str(item.get("kind") or "default")
    subtype = _SUBTYPES.get(kind.lower(), kind.lower())
    hub = properties.get("hubResourceId")
    container = Container(
        native_id,
        text(identity(item, "name")) or "",
        subtype,
        fields.text(item.get("location")),
        {},
        cloud.ml_portal,
        mlflow_uri=text(properties.get("mlFlowTrackingUri")),
        guid=text(properties.get("workspaceId")),
    )
    parent = qualified_names.azure(hub) if subtype == "project" and isinstance(hub, str) and hub else None
    container.row.update(_row(item, container, parent, fields, _WORKSPACE))
    return container


def registry(item: Mapping[str, Any], fields: ArmFields, cloud: Cloud) -> Container:
    """Raises Malformed where id, name or properties are not what ARM documents."""
    container = Container(
        _checked(resource_id(item)),
        text(identity(item, "name")) or "",
        "registry",
        fields.text(item.get("location")),
        {},
        cloud.ml_portal,
    )
    container.row.update(_row(item, container, None, fields, _REGISTRY))
    return container


_WORKSPACE = (
    "workspaceId",
    "friendlyName",
    "hubResourceId",
    "associatedWorkspaces",
    "storageAccount",
    "keyVault",
    "applicationInsights",
    "containerRegistry",
    "v1LegacyMode",
    "provisioningState",
)
_REGISTRY = ("intellectualPropertyPublisher", "managedResourceGroup", "mlFlowRegistryUri")


def _row(
    item: Mapping[str, Any], container: Container, parent: str | None, fields: ArmFields, kept: Iterable[str]
) -> Row:
    properties = part(item, "properties")
    stated: dict[str, Any] = {name: properties[name] for name in kept if properties.get(name) not in (None, "", [])}
    sku = item.get("sku")
    if isinstance(sku, dict) and sku.get("name"):
        stated["sku"] = sku["name"]
    return fields.row(
        qualified_name=qualified_names.azure(container.id),
        native_id=container.id,
        name=fields.text(properties.get("friendlyName")) or fields.text(container.name),
        platform="azure_ml",
        address=container.link(),
        subtype=container.subtype,
        location=container.location,
        properties_json=fields.document(stated),
        public_network=fields.text(public_network(properties)),
        **fields.placed(item, parent, container.link()),
        **fields.identity(item),
    )


def _checked(native_id: str) -> str:
    if not _ARM.match(native_id):
        raise Malformed("`id` is no ARM id of a workspace or registry")
    return native_id


def assign_titles(containers: Iterable[Container], clean: CleanNames) -> None:
    """Gives each its title: its name, with the resource group in front where two have that name, without secrets."""
    titled = list(containers)
    names = [container.name.lower() for container in titled]
    for container in titled:
        is_ambiguous = names.count(container.name.lower()) > 1
        parts = (container.group, container.name) if is_ambiguous else (container.name,)
        container.title = "/".join(map(clean.title, parts))


def tracking_url(container: Container) -> str | None:
    """https address of the workspace's MLflow: azureml://HOST/mlflow/v1.0/... as https://HOST/mlflow/v2.0/...

    None where the workspace states none. Raises SourceError for an address of another form.
    """
    if not container.mlflow_uri:
        return None
    match = re.match(r"^(?:azureml|https)://([^/]+)/mlflow/v[12]\.0/(.+?)/?$", container.mlflow_uri)
    if not match:
        raise SourceError(
            f"{container.title}: its mlFlowTrackingUri has another form than azureml://HOST/mlflow/v1.0/...",
            "Set `mlflow: false` for this source, and report the form.",
        )
    return f"https://{match.group(1)}/mlflow/v2.0/{match.group(2)}"
