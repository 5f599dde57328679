"""Endpoints and deployments: online, batch and serverless; who calls them how, and what they run as.

Online: properties {scoringUri, authMode, traffic, mirrorTraffic, publicNetworkAccess, provisioningState}; batch:
{scoringUri, authMode, defaults {deploymentName}}; serverless: {inferenceEndpoint {uri}, authMode, modelSettings
{modelId}, contentSafety {contentSafetyStatus}, marketplaceSubscriptionId, endpointState}.
A deployment's model is a text (online) or {referenceType, assetId} (batch).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...model import json_text, qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, last_segment, public_network, resource_id
from ..fields import Malformed, identity, note_unparsed, part, word
from .containers import Container

_COLLECTION = {"online": "onlineEndpoints", "batch": "batchEndpoints", "serverless": "serverlessEndpoints"}
_PAGE = {"online": "realtime", "batch": "batch", "serverless": "serverless"}
_KEPT_OF_ENDPOINT = ("compute", "swaggerUri", "endpointState", "marketplaceSubscriptionId", "contentSafety", "offer")
_KEPT_OF_DEPLOYMENT = (
    "endpointComputeType",
    "egressPublicNetworkAccess",
    "scaleSettings",
    "dataCollector",
    "appInsightsEnabled",
    "codeConfiguration",
    "outputAction",
)

# authMode, in lower case -> words, whether that is a key that never expires
_AUTH_MODES: dict[str, tuple[str, bool]] = {
    "key": ("keys", True),
    "amltoken": ("tokens", False),
    "aadtoken": ("Entra ID", False),
    "entraid": ("Entra ID", False),
}


class Served(NamedTuple):
    """What a deployment needs to know of its endpoint. traffic: deployment name in lower case -> percent."""

    qualified_name: str
    name: str
    type: str
    traffic: dict[str, int] | None
    mirror: dict[str, int] | None
    default: str | None
    access: Row


def endpoint_row(item: Mapping[str, Any], workspace: Container, kind: str, fields: ArmFields) -> tuple[Row, Served]:
    """kind: online, batch, serverless. Raises Malformed."""
    native_id, name, properties = resource_id(item), identity(item, "name"), part(item, "properties")
    traffic = _shares(properties, "traffic") if kind == "online" else None
    mirror = _shares(properties, "mirrorTraffic") if kind == "online" else None
    default = part(properties, "defaults").get("deploymentName") if kind == "batch" else None
    kept = {key: properties[key] for key in _KEPT_OF_ENDPOINT if properties.get(key)}
    if default:
        kept["default deployment"] = default
    safety = part(properties, "contentSafety").get("contentSafetyStatus")
    if safety or properties.get("contentSafetyStatus"):
        kept["content safety"] = safety or properties["contentSafetyStatus"]
    access = {
        **fields.identity(item),
        **_caller_auth(fields.text(word(properties, "authMode"))),
        "public_network": fields.text(public_network(properties)),
    }
    row = fields.row(
        qualified_name=qualified_names.azure_part(workspace.assets, _COLLECTION[kind], name),
        native_id=native_id,
        name=fields.text(name),
        endpoint_type=kind,
        address=fields.text(properties.get("scoringUri") or part(properties, "inferenceEndpoint").get("uri")),
        state=fields.text(properties.get("provisioningState")),
        traffic_json=_document(properties, "traffic", fields) if kind == "online" else None,
        mirror_traffic_json=_document(properties, "mirrorTraffic", fields) if kind == "online" else None,
        location=fields.text(item.get("location")),
        properties_json=fields.document(kept),
        **fields.placed(item, workspace.qualified_name, workspace.link("endpoints", _PAGE[kind], name, "detail")),
        **access,
    )
    return row, Served(row["qualified_name"], name, kind, traffic, mirror, default, access)


def deployment_row(item: Mapping[str, Any], workspace: Container, served: Served, fields: ArmFields) -> Row:
    """A deployment of an online or batch endpoint. It runs as its endpoint's identity. Raises Malformed."""
    native_id, name, properties = resource_id(item), identity(item, "name"), part(item, "properties")
    reference = model_reference(properties)
    sku = part(item, "sku")
    instance = properties.get("instanceType") or part(properties, "resources").get("instanceType")
    compute = word(properties, "compute")
    kept = {key: properties[key] for key in _KEPT_OF_DEPLOYMENT if properties.get(key)}
    fields.look("environment variable", properties.get("environmentVariables"))
    link = workspace.link("endpoints", _PAGE[served.type], served.name, "detail")
    return fields.row(
        qualified_name=qualified_names.azure_part(served.qualified_name, "deployments", name),
        native_id=native_id,
        name=fields.text(f"{served.name} / {name}"),
        endpoint=served.qualified_name,
        deployment_type=served.type,
        state=fields.text(properties.get("provisioningState")),
        **shares_of(served, name),
        model_reference=fields.text(reference),
        sku=fields.text(instance or sku.get("name")),
        capacity=_capacity(sku, "capacity") or _capacity(part(properties, "resources"), "instanceCount"),
        compute=fields.text(last_segment(compute) if compute else None),
        properties_json=fields.document(kept),
        **fields.placed(item, workspace.qualified_name, link),
        **_runs_as(served),
    )


def serverless_deployment_row(item: Mapping[str, Any], row: Row, served: Served, fields: ArmFields) -> Row:
    """A serverless endpoint is the deployment of one model: that deployment, named below the endpoint."""
    shared = ("state", "container", "link", "archived", "created_by", "created_at", "updated_at", "tags_json")
    return fields.row(
        **{column: row[column] for column in shared},
        qualified_name=qualified_names.azure_part(served.qualified_name, "deployment"),
        native_id=row["native_id"],
        name=row["name"],
        endpoint=served.qualified_name,
        deployment_type="serverless",
        traffic=100,
        mirror_traffic=0,
        model_reference=fields.text(part(part(item, "properties"), "modelSettings").get("modelId")),
        sku=fields.text(part(item, "sku").get("name")),
        **_runs_as(served),
    )


def shares_of(served: Served, deployment: str) -> dict[str, int | None]:
    """Columns traffic and mirror_traffic, percent. An online deployment that is not named takes none of it.

    A batch endpoint does not split: its default deployment gets what comes.
    """
    if served.type == "batch":
        share = None if not served.default else 100 if served.default.lower() == deployment.lower() else 0
        return {"traffic": share, "mirror_traffic": None}
    key = deployment.lower()
    return {"traffic": (served.traffic or {}).get(key, 0), "mirror_traffic": (served.mirror or {}).get(key, 0)}


def model_reference(properties: Mapping[str, Any]) -> str | None:
    """The model that a deployment states, as a text; None where it states none."""
    stated = properties.get("model")
    if isinstance(stated, dict):
        return word(stated, "assetId") or word(stated, "path") or word(stated, "dataPath") or None
    return word(properties, "model") or None


def _document(properties: Mapping[str, Any], field: str, fields: ArmFields) -> str:
    return fields.document(properties.get(field)) or json_text.dump({})


def _caller_auth(mode: str | None) -> Row:
    """Columns caller_auth, static_keys. Null where no mode is stated; an unknown mode is kept as it is."""
    if not mode:
        return {"caller_auth": None, "static_keys": None}
    words, static = _AUTH_MODES.get(mode.lower(), (mode[:60], None))
    return {"caller_auth": words, "static_keys": static}


def _runs_as(served: Served) -> Row:
    own = served.access.get("runs_as")
    return {**served.access, "runs_as": f"the identity of endpoint {served.name}" if own else None}


def _shares(properties: Mapping[str, Any], field: str) -> dict[str, int]:
    shares = {}
    for name, value in part(properties, field).items():
        count = _count(value)
        if count is None:
            raise Malformed(f"`{field}` is no split of percentages")
        shares[str(name).lower()] = count
    return shares


def _capacity(record: Mapping[str, Any], field: str) -> int | None:
    value = record.get(field)
    number = _count(value)
    if number is None and value not in (None, ""):
        note_unparsed(field, value)
    return number


def _count(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None
