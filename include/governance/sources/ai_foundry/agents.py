"""Agents and their versions, as a project's data plane gives them (api-version v1, GET /agents, .../versions).

Shapes: agent {name, state, configuration_state, state_source, instance_identity {principal_id, client_id, status},
blueprint {the same}, blueprint_reference {type, blueprint_id}, agent_endpoint, versions {latest: version}};
version {name, version, created_at (epoch seconds), description, metadata, status, draft, definition {kind, model,
instructions, tools, workflow ...}}. A legacy agent has no identity of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ...model import json_text, qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, when
from ..fields import Malformed, identity, mapping, objects, part, text, word
from .containers import Container
from .tools import hidden_of

_AGENT = ("configuration_state", "state_source", "digital_worker_type", "agent_endpoint", "blueprint_reference")
_VERSION = ("status", "draft", "agent_guid")
# Of a definition: settings, never instructions, prompts or values of environment variables
_DEFINITION = (
    *("temperature", "top_p", "rai_config", "skills", "tool_choice", "reasoning", "harness", "cpu", "memory"),
    *("image", "protocol_versions", "container_protocol_versions", "otel_agent_id"),
)


def latest(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The latest version, as an agent's listing gives it; {} where it gives none. Raises Malformed."""
    return part(part(item, "versions"), "latest")


def agent_row(item: Mapping[str, Any], project: Container, published: bool | None, fields: ArmFields) -> Row:
    """A row of Kind.AGENT. published: null where it is not known what serves it. Raises Malformed."""
    name = identity(item, "name")
    newest = latest(item)
    definition = part(newest, "definition")
    own = {key: item[key] for key in _AGENT if item.get(key)}
    for key in ("instance_identity", "blueprint"):
        status = part(item, key).get("status")
        if status:
            own[f"{key}_status"] = status
    first = str(newest.get("version")) == "1"
    return fields.row(
        qualified_name=qualified_names.azure(project.id, "agents", name),
        native_id=project.below("agents", name),
        name=fields.text(name),
        agent_type=fields.text(definition.get("kind")),
        state=fields.text(item.get("state")),
        published=True if item.get("agent_endpoint") else published,
        latest_version=fields.text(newest.get("version")),
        blueprint=fields.text(_blueprint(item)),
        properties_json=fields.document(own),
        container=project.qualified_name,
        link=project.link("resource/agentsList"),
        archived=False,
        created_at=when(item, "created_at") or (when(newest, "created_at") if first else None),
        updated_at=when(newest, "created_at"),
        description=fields.text(newest.get("description")),
        tags_json=fields.tags(newest.get("metadata")),
        public_network=project.row["public_network"],
        **_identity(item, project, fields),
        **_callers(item, fields),
    )


def version_row(
    item: Mapping[str, Any],
    project: Container,
    agent: str,
    newest: str | None,
    tools: list[dict[str, Any]],
    fields: ArmFields,
    *,
    publish: bool,
) -> Row:
    """A row of Kind.AGENT_VERSION. agent: its name. publish: whether instructions may be staged. Raises Malformed."""
    version = identity(item, "version")
    definition = part(item, "definition")
    defined = definition_columns(definition, fields, publish=publish)
    return fields.row(
        qualified_name=qualified_names.azure(project.id, "agents", agent, "versions", version),
        native_id=project.below("agents", agent, "versions", version),
        name=fields.text(f"{agent} v{version}"),
        agent=qualified_names.azure(project.id, "agents", agent),
        agent_name=fields.text(agent),
        version=fields.text(version),
        agent_type=fields.text(definition.get("kind")),
        tools_json=json_text.dump(tools),
        **defined,
        is_latest=version == newest if newest else None,
        properties_json=fields.document(_settings(item, definition)),
        container=project.qualified_name,
        link=project.link("resource/agentsList"),
        archived=False,
        created_at=when(item, "created_at"),
        description=fields.text(item.get("description")),
        tags_json=fields.tags(item.get("metadata")),
    )


def definition_columns(definition: Mapping[str, Any], fields: ArmFields, *, publish: bool) -> Row:
    """Columns on model and instructions; secrets in what is not kept are counted. publish: of `version_row`."""
    stated = word(definition, "instructions")
    _look(definition, fields, publish=publish)
    return {
        "model": fields.text(model_of(definition)),
        "instructions": fields.text(stated) if publish else None,
        "instructions_length": len(stated) if stated is not None else None,
        "instructions_hash": _digest(stated) if stated is not None else None,
    }


def model_of(definition: Mapping[str, Any]) -> str | None:
    """The deployment that it calls: NAME, or CONNECTION/NAME for one of another account."""
    return text(word(definition, "model"))


def _look(definition: Mapping[str, Any], fields: ArmFields, *, publish: bool) -> None:
    fields.look("environment variable", definition.get("environment_variables"))
    fields.look("workflow", definition.get("workflow"))
    if not publish:
        fields.look("instructions", definition.get("instructions"))
    for tool, hidden in hidden_of(definition):
        fields.look(f"tool {tool}", hidden)


def _settings(item: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, Any]:
    settings = {key: item[key] for key in _VERSION if item.get(key)}
    settings |= {key: definition[key] for key in _DEFINITION if definition.get(key) is not None}
    variables = mapping(definition, "environment_variables")
    if variables:
        settings["environment_variable_names"] = sorted(str(name) for name in variables)
    return settings


def _identity(item: Mapping[str, Any], project: Container, fields: ArmFields) -> Row:
    own = part(item, "instance_identity") or part(latest(item), "instance_identity")
    if not own.get("principal_id"):
        return {
            "runs_as": fields.text(f"the identity of project {project.name}"),
            "principals_json": project.row["principals_json"],
        }
    blueprint = part(item, "blueprint") or part(latest(item), "blueprint")
    principals = {
        fields.text(str(stated["principal_id"]).lower()) or ""
        for stated in (own, blueprint)
        if stated.get("principal_id")
    }
    return {"runs_as": "its own agent identity", "principals_json": json_text.dump(sorted(principals))}


def _blueprint(item: Mapping[str, Any]) -> str | None:
    reference = part(item, "blueprint_reference") or part(latest(item), "blueprint_reference")
    return text(reference.get("blueprint_id")) or text(part(item, "blueprint").get("client_id"))


def _callers(item: Mapping[str, Any], fields: ArmFields) -> Row:
    """Only where the agent has an endpoint of its own that says so; null else: callers come through its project."""
    endpoint = item.get("agent_endpoint")
    schemes = objects(endpoint, "authorization_schemes") if isinstance(endpoint, dict) else ()
    kinds = {word(scheme, "type") for _, scheme in schemes}
    known = sorted({"Entra ID" if kind == "Entra" else str(kind) for kind in kinds if kind})
    return {"caller_auth": fields.text(" or ".join(known)), "static_keys": False if known == ["Entra ID"] else None}


def _digest(instructions: str) -> str:
    return hashlib.sha256(instructions.encode("utf-8", "surrogatepass")).hexdigest()


def checked(item: Mapping[str, Any]) -> str:
    """The agent's name. Raises Malformed for one whose versions could not be listed."""
    name = identity(item, "name")
    if "/" in name:
        raise Malformed("`name` holds a slash")
    return name
