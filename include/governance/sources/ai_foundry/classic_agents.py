"""Agents of the classic portal, as a project's data plane gives them (api-version v1, GET /assistants, /assistants/ID).

Shape: {id (asst_...), name, description, created_at (epoch seconds), model, instructions, tools [{type, ...}],
tool_resources {TYPE: {vector_store_ids | indexes [{index_connection_id, index_name, index_asset_id}] ...}}, metadata}.
Name and description may be null, and names repeat. Such an agent has one definition that is overwritten: it is read as
its only version. It runs as its project, and no application publishes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import json_text, qualified_names
from ...model.rows import Row
from ...model.vocabularies import CLASSIC_AGENT
from ..azure.fields import ArmFields, when
from ..fields import Malformed, note_unparsed, objects, part, text, word
from .agents import definition_columns
from .containers import Container

_ONLY = "current"
_MADE_IN = {"made_in": "classic portal: assistants of api-version v1"}
_SETTINGS = ("temperature", "top_p", "response_format")


def classic_rows(
    item: Mapping[str, Any],
    project: Container,
    definition: Mapping[str, Any],
    tools: list[dict[str, Any]],
    fields: ArmFields,
    *,
    publish: bool,
) -> tuple[Row, Row]:
    """A row of Kind.AGENT and that of its only Kind.AGENT_VERSION.

    Args:
        item: its `id` is a path below its project, as all ids of a data plane.
        definition: of `classic_definition`.
        tools: for tools_json.
        publish: whether instructions may be staged.

    Raises:
        Malformed: it cannot be understood.
    """
    agent_id = _agent_id(item)
    name = fields.text(word(item, "name")) or fields.text(agent_id)
    agent = qualified_names.azure(project.id, "assistants", agent_id)
    shared = {
        "agent_type": CLASSIC_AGENT,
        "container": project.qualified_name,
        "link": project.link("resource/agentsList"),
        "archived": False,
        "created_at": when(item, "created_at"),
        "description": fields.text(item.get("description")),
        "tags_json": fields.tags(item.get("metadata")),
    }
    row = fields.row(
        qualified_name=agent,
        native_id=project.below("assistants", agent_id),
        name=name,
        published=False,
        properties_json=fields.document(_MADE_IN),
        runs_as=fields.text(f"the identity of project {project.name}"),
        principals_json=project.row["principals_json"],
        public_network=project.row["public_network"],
        **shared,
    )
    settings = {key: item[key] for key in _SETTINGS if item.get(key) is not None}
    version = fields.row(
        qualified_name=qualified_names.azure_part(agent, "versions", _ONLY),
        native_id=project.below("assistants", agent_id, "versions", _ONLY),
        name=fields.text(f"{name} {_ONLY}"),
        agent=agent,
        agent_name=name,
        version=_ONLY,
        tools_json=json_text.dump(tools),
        is_latest=True,
        properties_json=fields.document(settings),
        **definition_columns(definition, fields, publish=publish),
        **shared,
    )
    return row, version


def classic_definition(item: Mapping[str, Any]) -> dict[str, Any]:
    """The definition in the form of today's agents: each tool with its resources. Raises Malformed.

    An agent that it calls is named by its id, since names repeat.
    """
    resources = part(item, "tool_resources")
    tools = [_with_resources(tool, resources) for _, tool in objects(item, "tools")]
    return {"kind": CLASSIC_AGENT, "model": item.get("model"), "instructions": item.get("instructions"), "tools": tools}


def _with_resources(tool: Mapping[str, Any], resources: Mapping[str, Any]) -> dict[str, Any]:
    kind = text(tool.get("type")) or "unknown"
    own, more = tool.get(kind), resources.get(kind)
    if more is not None and not isinstance(more, dict):
        note_unparsed(f"tool_resources.{kind}", more)
    inner = {**(more if isinstance(more, dict) else {}), **(own if isinstance(own, dict) else {})}
    if "indexes" in inner:
        inner["indexes"] = [_index(index) for _, index in objects(inner, "indexes")]
    if kind == "connected_agent":
        inner["name"] = inner.get("id")
    return {**tool, kind: inner} if inner else dict(tool)


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    return {**index, "project_connection_id": index.get("index_connection_id") or index.get("project_connection_id")}


def _agent_id(item: Mapping[str, Any]) -> str:
    agent_id = word(item, "id")
    if not agent_id:
        raise Malformed("`id` is missing or not a text")
    return agent_id.rsplit("/", 1)[-1]
