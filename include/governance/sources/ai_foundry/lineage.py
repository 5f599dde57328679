"""What Foundry's assets say of each other, with the rule of every relation.

Relations to what is listed elsewhere are kept until all is read, so that none refers to what does not exist, but for
the model that an agent calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ..azure.fields import ArmFields
from ..fields import text
from ..writer import SnapshotWriter
from . import data
from .agents import model_of
from .containers import Container
from .deployments import Model
from .listing_specs import ACCOUNT_CONNECTIONS, AGENTS, POLICIES, PROJECT_CONNECTIONS, ListingSpec
from .tools import Tool, tools_of
from .workflow import invoked_agents

_Known = Callable[[AssetKind, str, Container, ListingSpec], bool]  # whether that asset exists, or may


class UsedTool(NamedTuple):
    """stated: as the definition has it. display: for tools_json. connections: qualified names."""

    stated: Tool
    display: dict[str, Any]
    connections: tuple[str, ...]


class _PendingRelation(NamedTuple):
    """A relation to an asset of known name, from one that a container has under that title, if it exists."""

    relation: Relation
    container: Container
    title: str
    to_name: str
    rule: str
    stated_by: str
    heuristic: bool = False
    version: str | None = None
    listing: ListingSpec | None = None  # of what it comes from, where that is not the usual one


# What such a relation comes from: kind, ARM collection, the listing that would have it
_FROM = {
    Relation.CONTENT_POLICY_OF_DEPLOYMENT: (AssetKind.CONTENT_POLICY, "raiPolicies", POLICIES),
    Relation.AGENT_USED_BY_AGENT_VERSION: (AssetKind.AGENT, "agents", AGENTS),
    Relation.AGENT_SERVED_BY_ENDPOINT: (AssetKind.AGENT, "agents", AGENTS),
}


class Lineage:
    """Relations of one read, and what joins them: connections, indexes, accounts by address."""

    def __init__(self, writer: SnapshotWriter, fields: ArmFields, known: _Known) -> None:
        self.writer, self.fields, self._known = writer, fields, known
        self._pending: list[_PendingRelation] = []
        self._accounts: dict[str, Container] = {}  # by ARM id in lower case and by the host names that they answer at
        self._targets: dict[str, str] = {}  # connection -> address, without a slash at its end
        self._resources: dict[str, str] = {}  # connection -> ARM id of the resource it leads to
        self._indexes: dict[tuple[str, str, str], str] = {}  # project, connection's name, index -> dataset
        self._index_addresses: dict[tuple[str, str], str] = {}  # project, address -> dataset
        self._served: dict[tuple[str, str], dict[tuple[str, str | None], _PendingRelation]] = {}  # project, agent
        self._carried_applications: set[str] = set()  # whose deployments were carried forward
        self._published: set[str] = set()  # agents served by what was carried forward
        self._agents_known = False
        self._stated: set[tuple[str, str]] = set()  # by the version at hand: two tools may use the same

    # ---------------------------------------------------------------------------------------- what is known

    def know_account(self, container: Container, properties: Mapping[str, Any]) -> None:
        """Lets connections that lead to that account find it, by ARM id or by host name."""
        self._accounts[container.id.lower()] = container
        stated = properties.get("endpoints")
        addresses = [properties.get("endpoint"), *(stated.values() if isinstance(stated, dict) else ())]
        for address in addresses:
            host = _host(address)
            if host.startswith(f"{str(properties.get('customSubDomainName') or container.name).lower()}."):
                self._accounts.setdefault(host, container)  # a regional host answers for many accounts

    def know_index(self, project: Container, item: Mapping[str, Any], qualified_name: str) -> None:
        """Lets agents that use that index find its dataset."""
        connection, index = text(item.get("connectionName")), text(item.get("indexName")) or text(item.get("name"))
        key = (project.id, (connection or "").lower(), (index or "").lower())
        self._indexes.setdefault(key, qualified_name)

    def know_index_address(self, row: Mapping[str, Any]) -> None:
        """The same for an index of the last snapshot, as its row has it: by where it leads, as far as that is known."""
        if row["source_uri"]:
            self._index_addresses.setdefault((row["container"], row["source_uri"].lower()), row["qualified_name"])

    def index_address(self, project: Container, item: Mapping[str, Any]) -> str | None:
        """https address of an index, where its connection is listed and says where it leads."""
        stated, index = text(item.get("connectionName")), text(item.get("indexName"))
        target = self._targets.get(self._connection(project, stated) or "") if stated and index else None
        return f"{target}/indexes/{index}" if target else None

    def of_connection(self, row: Row, container: Container, properties: Mapping[str, Any]) -> None:
        """Relates a connection to what has it, and remembers where it leads."""
        name, offered_by = row["qualified_name"], container.qualified_name
        self.writer.relate(Relation.CONNECTION_OF, name, offered_by, rule="connection listing", stated_by=name)
        self.know_connection(row, properties)

    def know_connection(self, row: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        """Where it leads. row: qualified_name, target. properties: metadata, of any shape."""
        if row["target"]:
            self._targets[row["qualified_name"]] = row["target"].rstrip("/")
        metadata = properties.get("metadata")
        resource = metadata.get("ResourceId") or metadata.get("resourceId") if isinstance(metadata, dict) else None
        if isinstance(resource, str):
            self._resources[row["qualified_name"]] = resource.rstrip("/").lower()

    def know_served(self, agent: str, endpoint: str) -> None:
        """Qualified names of an agent and of the application that serves it, as carried forward."""
        self._published.add(agent)
        self._carried_applications.add(endpoint)

    def know_agents(self) -> None:
        """All agents are listed: relations to them need no longer be kept pending."""
        self.finish()
        self._agents_known = True

    def is_served(self, project: Container, agent: str) -> bool:
        """Whether an application serves that agent."""
        known = qualified_names.azure(project.id, "agents", agent) in self._published if self._published else False
        return known or (project.qualified_name, agent.lower()) in self._served

    # ---------------------------------------------------------------------------------------- deployments

    def of_deployment(self, row: Row, account: Container, model: Model) -> None:
        """Relates a deployment to its endpoint, model and content policy."""
        name, relate = row["qualified_name"], self.writer.relate
        shares = {"traffic": 100, "mirror_traffic": 0}
        relate(
            Relation.DEPLOYMENT_OF_ENDPOINT,
            name,
            row["endpoint"],
            rule="the deployment's own endpoint",
            stated_by=name,
            attributes=shares,
        )
        if model.base:
            self.writer.add(AssetKind.BASE_MODEL, model.base)
        if model.qualified_name:
            relate(
                Relation.MODEL_DEPLOYED_IN,
                model.qualified_name,
                name,
                rule=model.rule,
                stated_by=name,
                heuristic=model.heuristic,
            )
        if row["content_policy"]:
            relation, stated = Relation.CONTENT_POLICY_OF_DEPLOYMENT, row["content_policy"]
            self._pending.append(_PendingRelation(relation, account, stated, name, "raiPolicyName", name))

    def serves(
        self, application: Row, project: Container, agent: str, version: str | None, rule: str, stated_by: str
    ) -> None:
        """An application, or a deployment of one, serves an agent. version: None for all."""
        served = self._served.setdefault((project.qualified_name, agent.lower()), {})
        endpoint = application["qualified_name"]
        pending = _PendingRelation(
            Relation.AGENT_SERVED_BY_ENDPOINT, project, agent, endpoint, rule, stated_by, version=version
        )
        served.setdefault((endpoint, version), pending)

    # ---------------------------------------------------------------------------------------- agent versions

    def tools(self, project: Container, definition: Mapping[str, Any]) -> list[UsedTool]:
        """The tools of a definition with their connections resolved, in its order."""
        return [self._tool(project, tool) for tool in tools_of(definition)]

    def of_version(
        self,
        row: Row,
        project: Container,
        definition: Mapping[str, Any],
        tools: list[UsedTool],
        agents: ListingSpec = AGENTS,
    ) -> None:
        """Relates a version to its agent, its model, and what its tools use. agents: listing of those that it calls."""
        name = row["qualified_name"]
        self.writer.relate(Relation.VERSION_OF_AGENT, name, row["agent"], rule="version listing", stated_by=name)
        self._stated.clear()
        self._model(name, project, model_of(definition))
        for tool in tools:
            self._uses(name, project, tool)
            for agent in tool.stated.agents:
                self._agent(name, project, agent, f"agent of {tool.stated.type}", agents)
        for agent in invoked_agents(definition.get("workflow")) or ():
            self._agent(name, project, agent, "agent named in the workflow", agents, heuristic=True)

    def finish(self) -> None:
        """Writes the pending relations of which both ends exist, or may."""
        for pending in self._pending:
            self._write(pending)
        for served in self._served.values():
            detailed = self._carried_applications | {endpoint for endpoint, version in served if version}
            for (endpoint, version), pending in served.items():
                if version or endpoint not in detailed:  # an application states less than its deployments
                    self._write(pending)
        self._pending.clear()
        self._served.clear()

    def _write(self, pending: _PendingRelation) -> None:
        kind, collection, listing = _FROM[pending.relation]
        if pending.listing is not None:
            collection, listing = pending.listing.path, pending.listing
        name = qualified_names.azure(pending.container.id, collection, pending.title)
        if self._known(kind, name, pending.container, listing):
            self.writer.relate(
                pending.relation,
                name,
                pending.to_name,
                rule=pending.rule,
                stated_by=pending.stated_by,
                heuristic=pending.heuristic,
                attributes={"version": self.writer.clean.text(pending.version)} if pending.version else None,
            )

    def _tool(self, project: Container, tool: Tool) -> UsedTool:
        names = [self._connection(project, stated) for stated in tool.connections]
        connections = tuple(dict.fromkeys(self.writer.clean.name(name) for name in names if name))
        display = {
            "type": self.fields.text(tool.type),
            "name": self.fields.text(tool.name),
            "reaches": [self.fields.text(address, f"address of tool {tool.name}") for address in tool.reaches],
            "connection": connections[0] if len(connections) == 1 else list(connections) or None,
        }
        return UsedTool(tool, display, connections)

    def _connection(self, project: Container, stated: str) -> str | None:
        """By ARM id or by name; one of the account may be named as if it were the project's own.

        A connection that no listing gave is assumed to exist if its listing is incomplete.
        """
        name = stated.rstrip("/").rsplit("/", 1)[-1]
        if not name:
            return None
        ways = {qualified_names.azure(project.id, "connections", name): (project, PROJECT_CONNECTIONS)}
        if account := project.account:
            ways[qualified_names.azure(account.id, "connections", name)] = (account, ACCOUNT_CONNECTIONS)
        named = [qualified_names.azure(stated)] if stated.startswith("/") else []
        existing = (way for way in [*named, *ways] if self.writer.has(AssetKind.CONNECTION, way))
        possible = (
            way for way in [*named, *ways] if way in ways and self._known(AssetKind.CONNECTION, way, *ways[way])
        )
        return next(existing, None) or next(possible, None)

    def _model(self, version: str, project: Container, model: str | None) -> None:
        """The deployment, by its name within the account; CONNECTION/NAME is of the account a connection leads to.

        Related whether it is there or not: one that is called and not there is a finding.
        """
        account, name, rule = project.account, model, "deployment name in the account"
        if model and "/" in model:
            stated, name = model.rsplit("/", 1)
            connection = self._connection(project, stated)
            account = self._account_of(connection) if connection else None
            rule = "deployment name behind the connection"
            if connection:
                self._use(Relation.CONNECTION_USED_BY_AGENT_VERSION, connection, version, "connection of the model")
        if not name or account is None:
            return
        endpoint = qualified_names.azure_part(qualified_names.azure(account.id, "deployments", name), "endpoint")
        self._use(Relation.ENDPOINT_USED_BY_AGENT_VERSION, endpoint, version, rule)

    def _account_of(self, connection: str) -> Container | None:
        resource = self._resources.get(connection, "")
        return self._accounts.get(resource) or self._accounts.get(_host(self._targets.get(connection)))

    def _uses(self, version: str, project: Container, tool: UsedTool) -> None:
        for connection in tool.connections:
            self._use(
                Relation.CONNECTION_USED_BY_AGENT_VERSION, connection, version, f"connection of {tool.stated.type}"
            )
        for stated, index, asset in tool.stated.indexes:
            name = self._index(project, stated, index, asset)
            self._use(Relation.DATASET_USED_BY_AGENT_VERSION, name, version, "index of azure_ai_search")
        for store in tool.stated.stores:
            name = qualified_names.azure(project.id, "vectorstores", store)
            row = data.used_row(name, store, "vector store", None, project, self.fields)
            self.writer.add(AssetKind.DATASET, row)
            self._use(Relation.DATASET_USED_BY_AGENT_VERSION, name, version, "vector_store_ids")

    def _index(self, project: Container, stated: str | None, index: str | None, asset: str | None) -> str:
        """The project's own index, where it has one for it; else what the connection leads to."""
        connection = self._connection(project, stated) if stated else None
        short = (connection or "").rsplit("/", 1)[-1]
        titles = [title for title in (index, _asset_name(asset)) if title]
        own = qualified_names.azure(project.id, "indexes", _asset_name(asset) or index or "")
        target = self._targets.get(connection or "")
        known = [self._indexes.get((project.id, short, title.lower())) for title in titles]
        known += [
            self._index_addresses.get((project.qualified_name, f"{target}/indexes/{title}".lower())) for title in titles
        ]
        registered = next(filter(None, known), None)
        if registered or self.writer.has(AssetKind.DATASET, own):
            return registered or own
        title = titles[0] if titles else str(asset)
        holder = connection or project.qualified_name
        name = qualified_names.azure_part(holder, "indexes", title)
        uri = f"{target}/indexes/{title}" if target else None
        self.writer.add(AssetKind.DATASET, data.used_row(name, title, "search index", uri, project, self.fields))
        return name

    def _agent(
        self,
        version: str,
        project: Container,
        agent: str,
        rule: str,
        listing: ListingSpec,
        heuristic: bool = False,
    ) -> None:
        relation = Relation.AGENT_USED_BY_AGENT_VERSION
        if (relation, agent.lower()) not in self._stated:
            self._stated.add((relation, agent.lower()))
            pending = _PendingRelation(
                relation, project, agent, version, sys.intern(rule), version, heuristic, listing=listing
            )
            if self._agents_known:
                self._write(pending)
            else:
                self._pending.append(pending)

    def _use(self, relation: Relation, from_name: str, version: str, rule: str) -> None:
        if (relation, from_name) not in self._stated:
            self._stated.add((relation, from_name))
            self.writer.relate(relation, from_name, version, rule=rule, stated_by=version)


def _host(address: Any) -> str:
    return (urlsplit(address).hostname or "").lower() if isinstance(address, str) else ""


def _asset_name(asset: str | None) -> str | None:
    """NAME of azureai://.../indexes/NAME/versions/V, of NAME/versions/V, or of NAME:V."""
    if not asset:
        return None
    before = asset.rstrip("/").partition("/versions/")[0]
    return before.rsplit("/", 1)[-1].partition(":")[0] or None
