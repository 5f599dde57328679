"""Model deployments of an account, the endpoint that each is, and the content policies.

Shapes: deployment {id, name, sku {name, capacity}, tags, systemData, properties {model {format, name, version,
publisher, source, sourceAccount}, raiPolicyName, versionUpgradeOption, currentCapacity, capabilities, deploymentState,
rateLimits}}; policy {id, name, properties {type, mode, basePolicyName, contentFilters [{name, enabled, blocking,
severityThreshold, source}]}}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...model import json_text, qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, resource_id
from ..fields import Malformed, count, identity, part, text
from .containers import Container

_KEPT = (
    "capabilities",
    "rateLimits",
    "provisioningState",
    "serviceTier",
    "currentCapacity",
    "dynamicThrottlingEnabled",
)
# A registered version, by its ARM id or its registry's
_REGISTERED = re.compile(
    r"^(?:azureml:/*)?(?P<base>azureml://registries/(?P<registry>[^/]+)|/subscriptions/.+/(?:workspaces|registries)/[^/]+)"
    r"/models/(?P<name>[^/]+)/versions/(?P<version>[^/]+)/?$",
    re.IGNORECASE,
)
# Registries of Microsoft and of model providers: what they hold are base models
_PROVIDERS = re.compile(r"^(?:azureml(?:-.+)?|azure-openai|huggingface|nvidia-ai|cohere|mistral.*)$", re.IGNORECASE)
_FINE_TUNED = re.compile(r"^(?P<name>.+?)(?:-(?P<version>\d{4}-\d{2}-\d{2}))?\.ft-.+$")


class Model(NamedTuple):
    """What a deployment deploys. qualified_name: of a base model or of a registered version; None: not named.

    base: the row of the base model, where it is one. heuristic: read out of a name.
    """

    qualified_name: str | None
    rule: str
    base: Row | None
    heuristic: bool = False


def deployment_rows(item: Mapping[str, Any], account: Container, dates: Row, fields: ArmFields) -> tuple[Row, Row]:
    """A row of Kind.DEPLOYMENT and that of the Kind.ENDPOINT that it answers at. Raises Malformed.

    dates: columns on what the provider has announced of its model.
    """
    native_id, properties = resource_id(item), part(item, "properties")
    if "/deployments/" not in native_id.lower():
        raise Malformed("`id` is no ARM id of a deployment")
    model, sku = part(properties, "model"), part(item, "sku")
    name = fields.text(identity(item, "name"))
    qualified_name = qualified_names.azure(native_id)
    endpoint = qualified_names.azure_part(qualified_name, "endpoint")
    state = fields.text(properties.get("deploymentState") or properties.get("provisioningState"))
    placed = fields.placed(item, account.qualified_name, account.link("resource/deployments"))
    access = _access(account)
    shared = {"name": name, "native_id": native_id, "state": state, **placed, **access}
    row = fields.row(
        qualified_name=qualified_name,
        endpoint=endpoint,
        deployment_type="model",
        traffic=100,
        mirror_traffic=0,
        model_reference=fields.text(model.get("source") or model.get("name")),
        model_name=fields.text(model.get("name")),
        model_version=fields.text(model.get("version")),
        model_format=fields.text(model.get("format")),
        model_publisher=fields.text(model.get("publisher")),
        sku=fields.text(sku.get("name")),
        capacity=count(sku, "capacity") or count(properties, "currentCapacity"),
        content_policy=fields.text(properties.get("raiPolicyName")),
        upgrade_option=fields.text(properties.get("versionUpgradeOption")),
        properties_json=fields.document({key: properties[key] for key in _KEPT if properties.get(key)}),
        **dates,
        **shared,
    )
    answers = fields.row(
        qualified_name=endpoint,
        endpoint_type="model",
        address=account.row["address"],
        location=account.row["location"],
        traffic_json=json_text.dump({name: 100}),
        mirror_traffic_json=json_text.dump({}),
        **shared,
    )
    return row, answers


def deployed(model: Mapping[str, Any], fields: ArmFields) -> Model:
    """The model that a deployment states under `properties.model`."""
    for field in ("source", "name"):
        match = _REGISTERED.match(text(model.get(field)) or "")
        if match and not _PROVIDERS.match(match["registry"] or ""):
            base = match["base"]
            return Model(
                qualified_names.azure(base, "models", match["name"], "versions", match["version"]),
                f"model.{field}",
                None,
            )
        if match:
            row = _base(match["registry"], match["name"], match["version"], model, fields)
            return Model(row["qualified_name"], f"model.{field}", row)
    name, version = text(model.get("name")), text(model.get("version")) or ""
    if not name:
        return Model(None, "", None)
    publisher = text(model.get("publisher")) or text(model.get("format")) or ""
    if match := _FINE_TUNED.match(name):
        row = _base(publisher, match["name"], match["version"] or "", model, fields)
        return Model(row["qualified_name"], "base model in the fine-tuned model's name", row, heuristic=True)
    if publisher.lower() == "custom":
        return Model(None, "", None)
    row = _base(publisher, name, version, model, fields)
    return Model(row["qualified_name"], "model of the deployment", row)


def policy_row(item: Mapping[str, Any], account: Container, fields: ArmFields) -> Row:
    """A row of Kind.CONTENT_POLICY. Raises Malformed."""
    native_id, properties = resource_id(item), part(item, "properties")
    placed = fields.placed(item, account.qualified_name, account.link("resource/guardrails"))
    del placed["description"], placed["tags_json"]
    return fields.row(
        qualified_name=qualified_names.azure(native_id),
        native_id=native_id,
        name=fields.text(identity(item, "name")),
        policy_type=fields.text(properties.get("type")),
        mode=fields.text(properties.get("mode")),
        base_policy=fields.text(properties.get("basePolicyName")),
        filters_json=fields.document(properties.get("contentFilters")),
        **placed,
    )


def _base(publisher: str, name: str, version: str, model: Mapping[str, Any], fields: ArmFields) -> Row:
    shown = fields.text(f"{name} {version}".strip())
    return fields.row(
        qualified_name=qualified_names.base_model(publisher, name, version),
        native_id=fields.text("/".join((publisher, name, version))),
        name=shown,
        publisher=fields.text(publisher),
        format=fields.text(model.get("format")),
        model_name=fields.text(name),
        version=fields.text(version),
    )


def _access(account: Container) -> Row:
    """An account's identity, network and its callers' authentication hold for all that it serves."""
    own = account.row["runs_as"]
    return {
        "runs_as": f"the identity of account {account.name}" if own else None,
        **{name: account.row[name] for name in ("principals_json", "caller_auth", "static_keys", "public_network")},
    }
