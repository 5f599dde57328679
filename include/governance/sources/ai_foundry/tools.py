"""The tools of an agent's version: what they are, what they reach, and through which connection.

A tool is {type, ...}; what it needs is beside `type` or below a field of the tool's own name. Types nobody knows
yet are kept by name, and their addresses and connections are found all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..fields import objects, text

# What a tool reaches, by the field that says so
_REACHES = {
    *("server_url", "base_url", "index_name", "index_asset_id", "vector_store_ids", "memory_store_name"),
    *("connector_id", "tunnel_id", "queue_service_endpoint", "instance_name"),
}
_CONNECTIONS = {"project_connection_id", "connection_id"}
# Not looked into: schemas, and what may hold credentials
_CLOSED = {"parameters", "headers", "authorization", "spec", "schema", "filters", "default_params", "json_schema"}
_NAMES = ("name", "server_label", "agent_name")
_DEEPEST = 8


class Tool(NamedTuple):
    """As the definition states it, nothing scrubbed yet. connections: ids or names. agents: names.

    indexes: (connection id or name, index name, asset id) of each search index. stores: ids of vector stores.
    """

    type: str
    name: str | None
    reaches: tuple[str, ...]
    connections: tuple[str, ...]
    indexes: tuple[tuple[str | None, str | None, str | None], ...]
    stores: tuple[str, ...]
    agents: tuple[str, ...]


def tools_of(definition: Mapping[str, Any]) -> list[Tool]:
    """In the order of the definition; what is no object is left out."""
    return [_tool(tool) for _, tool in objects(definition, "tools")]


def hidden_of(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name of a tool or its type, what of it is never shown): its headers, schemas, parameters."""
    tools = definition.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if isinstance(tool, dict):
            kind = text(tool.get("type")) or "unknown"
            own = tool.get(kind)
            inner: Mapping[str, Any] = own if isinstance(own, dict) else {}
            yield _name(tool, inner) or kind, {**_unshown(inner), **_unshown(tool, but=kind)}


def _unshown(level: Mapping[str, Any], but: str = "") -> dict[str, Any]:
    shown = {*_REACHES, *_CONNECTIONS, *_NAMES, "type", but}
    return {key: value for key, value in level.items() if key not in shown}


def _tool(tool: Mapping[str, Any]) -> Tool:
    kind = text(tool.get("type")) or "unknown"
    own = tool.get(kind)
    inner: Mapping[str, Any] = own if isinstance(own, dict) else {}
    leaves = list(_leaves(tool, 0))
    reaches = [value for name, value in leaves if name in _REACHES]
    return Tool(
        kind,
        _name(tool, inner),
        tuple(dict.fromkeys([*reaches, *_servers(inner.get("spec"))])),
        tuple(dict.fromkeys(value for name, value in leaves if name in _CONNECTIONS)),
        tuple(_indexes(inner)),
        tuple(dict.fromkeys(value for name, value in leaves if name == "vector_store_ids")),
        _agents(kind, tool, inner),
    )


def _leaves(value: Any, depth: int, name: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of every text below, lists under the name of their field."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str) and value:
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _CLOSED:
                yield from _leaves(inner, depth + 1, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, depth + 1, name)


def _name(tool: Mapping[str, Any], inner: Mapping[str, Any]) -> str | None:
    function = inner.get("function")
    levels = [tool, inner, function if isinstance(function, dict) else {}]
    stated = (text(level.get(field)) for level in levels for field in _NAMES)
    return next((name for name in stated if name), None)


def _servers(spec: Any) -> list[str]:
    """Addresses in an OpenAPI document."""
    servers = spec.get("servers") if isinstance(spec, dict) else None
    urls = [server.get("url") for server in servers if isinstance(server, dict)] if isinstance(servers, list) else []
    return [url for url in urls if isinstance(url, str) and url]


def _indexes(inner: Mapping[str, Any]) -> Iterator[tuple[str | None, str | None, str | None]]:
    indexes = inner.get("indexes")
    for index in indexes if isinstance(indexes, list) else ():
        if isinstance(index, dict):
            stated = [text(index.get(field)) for field in ("project_connection_id", "index_name", "index_asset_id")]
            if stated[1] or stated[2]:
                yield stated[0], stated[1], stated[2]


def _agents(kind: str, tool: Mapping[str, Any], inner: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of agents that it calls, where it names them: an agent behind an address is only an address."""
    if kind == "connected_agent":
        stated = [inner.get("name"), inner.get("agent_name")]
    elif kind.startswith("a2a"):
        stated = [tool.get("agent_name"), inner.get("agent_name")]
    else:
        stated = []
    return tuple(dict.fromkeys(name for name in stated if isinstance(name, str) and name))
