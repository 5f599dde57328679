"""Foundry's data plane of each project: agents of both kinds, datasets, indexes, connections, deployments, evaluations.

Served below /foundry/ACCOUNT/api/projects/PROJECT, the endpoint that the project's ARM document names.
"""

from __future__ import annotations

from typing import Any

from . import answers
from .answers import Answer, Request
from .names import guid
from .resource_tree import Item, Resource, ResourceTree
from .shapes import ACCOUNTS

PREFIX = "/foundry/"
_AGENTS = 20
_VERSIONED = ("datasets", "indexes")
_PLAIN = ("connections", "deployments", "evaluationrules", "toolboxes")
# the data action that reading a listing needs
_ACTION = "Microsoft.CognitiveServices/accounts/AIServices/{}/read"


class Foundry:
    """The data plane of all projects.

    Args:
        page_size: agents per page; other listings are not paged.
    """

    def __init__(self, tree: ResourceTree, page_size: int | None = None) -> None:
        self.tree, self.page_size = tree, page_size
        self._projects = {
            (parts[8].lower(), parts[10].lower()): project
            for project in tree.of_kind(f"{ACCOUNTS}/projects")
            if (parts := project.path.split("/"))
        }

    def answer(self, request: Request) -> Answer:
        """A GET below a project's endpoint."""
        parts = request.path.rstrip("/").removeprefix(PREFIX).split("/")
        if len(parts) < 5 or parts[1:3] != ["api", "projects"]:
            return _missing(request)
        project = self._projects.get((parts[0].lower(), parts[3].lower()))
        if not project:
            return _missing(request)
        listing, below = parts[4].lower(), parts[5:]
        if not self.tree.may_read(f"{project.path}/{listing}"):
            return answers.no_data_action(_ACTION.format(listing))
        data = project.extra.get("dataPlane") or {}
        if listing == "agents":
            return self._agents(request, data.get("agents") or [], below)
        if listing == "assistants":
            classic = [_assistant(item, project) for item in data.get("assistants") or []]
            return self._assistants(request, classic, below)
        if listing in _VERSIONED:
            return self._versioned(request, data.get(listing) or [], listing, below, project)
        if listing in _PLAIN:
            return _plain(request, self._plain(listing, data, project), below)
        if [listing, *below[:2]] == ["openai", "v1", "evals"]:
            evals = [_eval(item, project) for item in data.get("evals") or []]
            return _plain(request, evals, below[2:]) if below[2:] else self._cursor(request, evals)
        return _missing(request)

    def _agents(self, request: Request, stated: list[Item], below: list[str]) -> Answer:
        if not below:
            return self._cursor(request, [_agent(agent) for agent in stated])
        agent = _by_name(stated, below[0])
        if not agent:
            return _missing(request)
        if len(below) == 1:
            return answers.ok(_agent(agent))
        versions = _agent_versions(agent)
        if below[1] != "versions":
            return _missing(request)
        if len(below) == 2:
            return self._cursor(request, versions[::-1])
        return _version(request, versions, below[2])

    def _assistants(self, request: Request, items: list[Item], below: list[str]) -> Answer:
        """GET /assistants[/ID]: agents of the classic portal."""
        if not below:
            return self._cursor(request, items)
        item = next((item for item in items if item["id"] == below[0]), None)
        return answers.ok(item) if item and len(below) == 1 else _missing(request)

    def _cursor(self, request: Request, items: list[Item]) -> Answer:
        """Pages by `after`. The last page still names its last id; what comes after it is empty, with null."""
        limit = request.query.get("limit", "")
        size = int(limit) if limit.isdecimal() and int(limit) else self.page_size or _AGENTS
        size = min(size, self.page_size or size)
        after = request.query.get("after")
        ids = [item["id"] for item in items]
        start = ids.index(after) + 1 if after in ids else 0
        data = items[start : start + size]
        page = {
            "object": "list",
            "data": data,
            "first_id": data[0]["id"] if data else None,
            "last_id": data[-1]["id"] if data else None,
            "has_more": start + size < len(items),
        }
        return answers.ok(page)

    def _versioned(
        self, request: Request, stated: list[Item], listing: str, below: list[str], project: Resource
    ) -> Answer:
        """GET /datasets: the latest version of each; /datasets/N/versions[/V]."""
        if not below:
            return answers.ok({"value": [_asset_versions(asset, listing, project)[-1] for asset in stated]})
        asset = _by_name(stated, below[0])
        if not asset or below[1:2] != ["versions"]:
            return _missing(request)
        versions = _asset_versions(asset, listing, project)
        if len(below) == 2:
            return answers.ok({"value": versions})
        return _version(request, versions, below[2])

    def _plain(self, listing: str, data: Item, project: Resource) -> list[Item]:
        account = project.path.rsplit("/projects/", 1)[0]
        if listing == "deployments":
            return [_deployment(resource) for resource in self.tree.listing(f"{account}/deployments") or []]
        if listing == "connections":
            shared = self.tree.listing(f"{account}/connections") or []
            own = self.tree.listing(f"{project.path}/connections") or []
            return [_connection(resource) for resource in (*shared, *own)]
        return list(data.get(listing) or [])


def _plain(request: Request, items: list[Item], below: list[str]) -> Answer:
    if not below:
        return answers.ok({"value": items})
    name = below[0].lower()
    item = next((item for item in items if name in (_lower(item, "name"), _lower(item, "id"))), None)
    return answers.ok(item) if item else _missing(request)


def _lower(item: Item, field: str) -> str:
    return str(item.get(field, "")).lower()


def _by_name(items: list[Item], name: str) -> Item | None:
    return next((item for item in items if item["name"].lower() == name.lower()), None)


def _version(request: Request, versions: list[Item], number: str) -> Answer:
    item = next((version for version in versions if version["version"] == number), None)
    return answers.ok(item) if item else _missing(request)


def _agent(stated: Item) -> Item:
    more = {name: value for name, value in stated.items() if name != "versions"}
    return {"object": "agent", "id": stated["name"], **more, "versions": {"latest": _agent_versions(stated)[-1]}}


def _assistant(stated: Item, project: Resource) -> Item:
    """Its id is made of its name where the file gives none."""
    own = guid("assistant", project.path, str(stated.get("name"))).replace("-", "")[:24]
    filled: Item = {"description": None, "instructions": None, "tools": [], "tool_resources": {}, "metadata": {}}
    more = {"temperature": 1.0, "top_p": 1.0, "response_format": "auto", "created_at": 1_767_600_000}
    return {"id": f"asst_{own}", "object": "assistant", **filled, **more, **stated}


def _agent_versions(stated: Item) -> list[Item]:
    """Oldest first; numbered from 1 where the file gives no numbers."""
    versions = []
    for number, version in enumerate(stated.get("versions") or [{}], 1):
        label = str(version.get("version", number))
        filled = {"description": "", "metadata": {}, "created_at": 1_767_600_000, "definition": {}, **version}
        own = {"id": f"{stated['name']}:{label}", "name": stated["name"], "version": label}
        versions.append({"object": "agent.version", **filled, **own})
    return versions


def _asset_versions(stated: Item, listing: str, project: Resource) -> list[Item]:
    parts = project.path.split("/")
    folder = "data" if listing == "datasets" else listing
    versions = []
    for number, version in enumerate(stated.get("versions") or [{}], 1):
        label = str(version.get("version", number))
        arm = f"azureai://accounts/{parts[8]}/projects/{parts[10]}/{folder}/{stated['name']}/versions/{label}"
        versions.append({"id": arm, "tags": {}, **version, "name": stated["name"], "version": label})
    return versions


def _deployment(resource: Resource) -> Item:
    model = resource.properties.get("model") or {}
    return {
        "type": "ModelDeployment",
        "name": resource.name,
        "modelName": model.get("name"),
        "modelVersion": model.get("version"),
        "modelPublisher": model.get("publisher") or model.get("format"),
        "capabilities": resource.properties.get("capabilities") or {},
        "sku": resource.item.get("sku") or {},
        "connectionName": None,
    }


def _connection(resource: Resource) -> Item:
    properties = resource.properties
    return {
        "name": resource.name,
        "id": resource.path,
        "type": properties.get("category"),
        "target": properties.get("target"),
        "isDefault": bool(properties.get("isDefault")),
        "credentials": {"type": properties.get("authType")},
        "metadata": properties.get("metadata") or {},
    }


def _eval(stated: Item, project: Resource) -> dict[str, Any]:
    name = guid("eval", project.path, stated["name"]).replace("-", "")
    return {"object": "eval", "id": f"eval_{name}", "created_at": 1_767_600_000, "metadata": {}, **stated}


def _missing(request: Request) -> Answer:
    return answers.error(404, "NotFound", f"{request.path.rsplit('/', 1)[-1]} was not found.")
