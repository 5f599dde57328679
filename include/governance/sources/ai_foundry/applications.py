"""Applications that publish agents, and their deployments: preview ARM (2025-10-01-preview), only where allowed.

Shapes: application {id, name, properties {displayName, description, baseUrl, isEnabled, agents [{agentName}],
defaultInstanceIdentity {principalId}, tags}}; deployment {id, name, properties {deploymentType, state, protocols,
agents [{agentId, agentName, agentVersion}]}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import json_text, qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, public_network, resource_id
from ..fields import Malformed, flag, identity, items, part, word
from .containers import Container

_KEPT = ("authorizationPolicy", "trafficRoutingPolicy", "protocols", "deploymentType", "deploymentId")
_AT_REST = ("stopped", "failed", "deleting", "disabled")
_ACCESS = ("runs_as", "principals_json", "public_network")  # its deployments' too


def application_row(item: Mapping[str, Any], project: Container, fields: ArmFields) -> Row:
    """A row of Kind.ENDPOINT. Raises Malformed."""
    native_id, properties = resource_id(item), part(item, "properties")
    if "/applications/" not in native_id.lower():
        raise Malformed("`id` is no ARM id of an application")
    enabled = flag(properties, "isEnabled")
    principal = part(properties, "defaultInstanceIdentity").get("principalId")
    return fields.row(
        qualified_name=qualified_names.azure(native_id),
        native_id=native_id,
        name=fields.text(properties.get("displayName")) or fields.text(identity(item, "name")),
        endpoint_type="application",
        address=fields.text(properties.get("baseUrl")),
        state=("enabled" if enabled else "disabled") if enabled is not None else None,
        location=project.row["location"],
        properties_json=fields.document({key: properties[key] for key in _KEPT if properties.get(key)}),
        runs_as="its own agent identity" if principal else None,
        principals_json=json_text.dump([fields.text(str(principal).lower())] if principal else []),
        public_network=fields.text(public_network(properties)) or project.row["public_network"],
        **fields.placed(item, project.qualified_name, project.link("resource/agentsList")),
    )


def kept(application: Row) -> Row:
    """What its deployments need of it: there may be many, and the rows are large."""
    return {name: application[name] for name in ("qualified_name", "name", "state", *_ACCESS)}


def publishes(row: Row) -> bool:
    """Whether an application, or a deployment of one, serves its agents: not where its source says otherwise."""
    return str(row["state"]).lower() not in _AT_REST


def application_deployment_row(item: Mapping[str, Any], application: Row, project: Container, fields: ArmFields) -> Row:
    """A row of Kind.DEPLOYMENT. Raises Malformed."""
    native_id, properties = resource_id(item), part(item, "properties")
    return fields.row(
        qualified_name=qualified_names.azure(native_id),
        native_id=native_id,
        name=fields.text(f"{application['name']} / {properties.get('displayName') or identity(item, 'name')}"),
        endpoint=application["qualified_name"],
        deployment_type="agent",
        state=fields.text(properties.get("state") or properties.get("provisioningState")),
        properties_json=fields.document({key: properties[key] for key in _KEPT if properties.get(key)}),
        **{name: application[name] for name in _ACCESS},
        **fields.placed(item, project.qualified_name, project.link("resource/agentsList")),
    )


def served(item: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """(agent's name, version or None) of what an application or its deployment serves. Raises Malformed."""
    agents = []
    for agent in items(part(item, "properties"), "agents"):
        name, version = word(agent, "agentName"), agent.get("agentVersion")
        if name:
            agents.append((name, str(version) if version not in (None, "") else None))
    return agents
