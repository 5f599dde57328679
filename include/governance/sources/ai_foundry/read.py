"""Reads one scope of Foundry into a snapshot: accounts, what is in them, their projects, then agents and versions.

Applications come before agents, so that an agent's row can record whether it is published; connections, deployments and
indexes before the versions that use them. See the package for what a read costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import product
from typing import Any
from urllib.parse import quote

from ...config.models import AiFoundrySource
from ...errors import SourceError
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...model.relations import Relation
from ...model.rows import Row
from ...staging.folder import Folder
from ...staging.snapshot import CollectionState, Snapshot
from ..azure.connections import connection_row
from ..azure.crawler import ListingTask
from ..azure.fields import last_segment
from ..azure.reading import AzureReading
from ..azure.rest_client import ArmPage
from ..azure.session import AzureSession
from ..fields import part, text
from ..former_rows import Selection
from ..items import ItemId, take_item
from ..writer import SnapshotWriter
from . import agents, applications, classic_agents, containers, data, listing_specs
from .account_models import DATES, AccountModels
from .clients import Clients, role_on
from .containers import Container
from .deployments import deployed, deployment_rows, policy_row
from .lineage import Lineage
from .listing_specs import ListingSpec

_ABSENT = (404, 405, 501)  # statuses of a call that a service does not offer
_Take = Callable[[Container, dict[str, Any]], None]


def read_ai_foundry(
    settings: AiFoundrySource, session: AzureSession, folder: Folder, since: Snapshot | None
) -> Snapshot:
    """One snapshot of the scope in `folder`.

    Never raises for what Azure does: every collection's state records how far it was read.

    Args:
        settings: the source's settings.
        session: an open session; it stays open.
        folder: where the snapshot is staged.
        since: the last snapshot of this source, or None: what cannot be read now is carried forward from it.
    """
    return _Reading(settings, session, SnapshotWriter(folder, settings.name), since).run()


# Columns of Kind.DEPLOYMENT -> what of `properties.model` they hold
_MODEL = {"model_name": "name", "model_version": "version"}


class _Reading(AzureReading[AiFoundrySource]):
    """One read: accounts and projects, and the names by which their items refer to each other."""

    platform = "ai_foundry"

    def __init__(
        self, settings: AiFoundrySource, session: AzureSession, writer: SnapshotWriter, since: Snapshot | None
    ) -> None:
        patterns = (settings.accounts.model_dump_json(), settings.projects.model_dump_json())
        # instructions that are no longer to be published must not be carried forward
        cleared = {} if settings.instructions == "publish" else {AssetKind.AGENT_VERSION: ("instructions",)}
        filters = (*patterns, settings.instructions)
        super().__init__(settings, session, writer, since, filters, _selected(settings), cleared)
        self.clients = Clients(session)
        self.lineage = Lineage(writer, self.fields, self._is_known)
        self.models = AccountModels(self.fields)
        self.accounts: list[Container] = []
        self.projects: list[Container] = []
        self.applications: list[tuple[Container, dict[str, Any], str]] = []
        self.agents: list[tuple[Container, str, str | None]] = []
        self.takers: dict[str, _Take] = {
            "models": self._model,
            "deployments": self._deployment,
            "content_policies": self._policy,
            "connections": self._connection,
            "projects": self._project,
            "datasets": partial(self._data, "datasets"),
            "indexes": partial(self._data, "indexes"),
            "evaluation_rules": self._rule,
            "evaluations": self._evaluation,
            "applications": self._application,
        }

    def _read(self) -> None:
        self._list_accounts()
        self.crawler.crawl(self._arm_task(account, listing_specs.MODELS) for account in self.accounts)
        self.crawler.crawl(
            self._arm_task(account, listing) for account in self.accounts for listing in listing_specs.OF_ACCOUNT
        )
        self._verify_all(self.accounts, listing_specs.OF_ACCOUNT)
        self._settle_endpoints()
        self.lineage.finish()  # of deployments and policies: nothing of it waits longer than it must
        self.crawler.crawl(self._project_tasks())
        self._verify_all(self.projects, (listing_specs.PROJECT_CONNECTIONS,))
        self._carry_connections_forward()
        self.crawler.crawl(
            self._data_task(project, listing) for project in self.projects for listing in listing_specs.OF_DATA_PLANE
        )
        self._verify_all(self.projects, listing_specs.OF_DATA_PLANE)
        self._carry_data_forward()
        self.crawler.crawl(self._application_task(*application) for application in self.applications)
        self.applications.clear()
        self._verify_applications()
        self._carry_applications_forward()
        self.crawler.crawl(
            task for project in self.projects for task in (self._agent_task(project), self._classic_task(project))
        )
        self._verify_all(self.projects, (listing_specs.AGENTS, listing_specs.CLASSIC_AGENTS))
        self.lineage.know_agents()
        self.crawler.crawl(self._version_task(*agent) for agent in self.agents)
        for project in self.projects:
            self._verify_nested(project, listing_specs.AGENTS, listing_specs.VERSIONS)
            self._settle_classic(project)
        self._verify_sums()

    # ---------------------------------------------------------------------------------------- listings

    def _list_accounts(self) -> None:
        state = self._listing_state(listing_specs.ACCOUNTS)
        pages = partial(self.clients.accounts, self.scope, self.settings.resource_group)
        self.crawler.crawl([ListingTask(state, pages, partial(self._account, state))])
        self._verify_scope(listing_specs.ACCOUNTS)
        containers.assign_titles(self.accounts, self.writer.clean)

    def _arm_task(self, container: Container, listing: ListingSpec) -> ListingTask:
        state = self._state(container, listing)
        return ListingTask(
            state,
            lambda: self._offered(self.clients.arm_pages(container, listing), state, listing),
            partial(self.takers[listing.collection], container),
        )

    def _project_tasks(self) -> Iterator[ListingTask]:
        for project in self.projects:
            yield self._arm_task(project, listing_specs.PROJECT_CONNECTIONS)
            if self.settings.preview:
                yield self._arm_task(project, listing_specs.APPLICATIONS)

    def _data_task(self, project: Container, listing: ListingSpec) -> ListingTask:
        state = self._state(project, listing)
        key = "id" if listing.kind == AssetKind.EVALUATION else "name"
        return ListingTask(
            state,
            lambda: self._offered(
                _with_ids(self.clients.data_pages(project, listing), project, listing, key), state, listing
            ),
            partial(self.takers[listing.collection], project),
        )

    def _application_task(self, project: Container, row: dict[str, Any], path: str) -> ListingTask:
        listing = listing_specs.APPLICATION_DEPLOYMENTS
        return ListingTask(
            self._state(project, listing),
            lambda: self.clients.application_deployments(path),
            partial(self._application_deployment, project, row),
            nested=True,
        )

    def _agent_task(self, project: Container) -> ListingTask:
        listing = listing_specs.AGENTS
        return ListingTask(
            self._state(project, listing),
            lambda: _with_ids(self.clients.cursor(project, listing.path, listing.query), project, listing, "name"),
            partial(self._agent, project),
        )

    def _classic_task(self, project: Container) -> ListingTask:
        listing = listing_specs.CLASSIC_AGENTS
        state = self._state(project, listing)
        return ListingTask(
            state,
            lambda: self._offered(
                _with_ids(self.clients.cursor(project, listing.path, listing.query), project, listing, "id"),
                state,
                listing,
            ),
            partial(self._classic_agent, project),
        )

    def _version_task(self, project: Container, agent: str, newest: str | None) -> ListingTask:
        listing = listing_specs.VERSIONS
        path = f"agents/{quote(agent, safe='')}/versions"
        below = listing._replace(path=f"agents/{agent}/versions")
        return ListingTask(
            self._state(project, listing),
            lambda: _with_ids(self.clients.cursor(project, path, listing.query), project, below, "version"),
            partial(self._older_version, project, agent, newest),
            nested=True,
        )

    def _offered(self, pages: Iterator[ArmPage], state: CollectionState, listing: ListingSpec) -> Iterator[ArmPage]:
        """The pages; where a service lacks a listing that it may lack, the collection is unsupported.

        If it was listed at the last read, its absence may be a passing fault.
        """
        begun = False  # the page before may still be in the parser's hands, and not counted yet
        try:
            for page in pages:
                begun = True
                yield page
        except SourceError as error:
            absent = error.data.get("status") in _ABSENT or _unknown_version(error)
            if not (listing.absent and absent) or begun or state.pages or self.last.offered(state.collection):
                raise
            state.state, state.reason = ReadStatus.UNSUPPORTED, error.message

    # ---------------------------------------------------------------------------------------- items

    def _account(self, state: CollectionState, item: dict[str, Any]) -> None:
        if not containers.is_read(item):
            state.filtered += 1
            return
        account = containers.account(item, self.fields, self.session.cloud)
        if not self.settings.accounts.allows(account.name):
            self._exclude(state, account.id)
        elif self.writer.add(AssetKind.SOURCE, account.row):
            self.accounts.append(account)
            self.lineage.know_account(account, part(item, "properties"))

    def _project(self, account: Container, item: dict[str, Any]) -> None:
        project = containers.project(item, account, self.fields, self.session.cloud, self.writer.clean)
        if not self.settings.projects.allows(project.name):
            self._exclude(self._state(account, listing_specs.PROJECTS), project.id)
        elif self.writer.add(AssetKind.PROJECT, project.row):
            self.projects.append(project)
            name = project.qualified_name
            self.writer.relate(
                Relation.PART_OF_SOURCE, name, account.qualified_name, rule="account of the project", stated_by=name
            )

    def _model(self, account: Container, item: dict[str, Any]) -> None:
        self.models.know(account.id, item)

    def _deployment(self, account: Container, item: dict[str, Any]) -> None:
        stated = part(part(item, "properties"), "model")
        row, endpoint = deployment_rows(item, account, self._dates(account, item, stated), self.fields)
        model = deployed(stated, self.fields)
        if self.writer.add(AssetKind.DEPLOYMENT, row):
            self.writer.add(AssetKind.ENDPOINT, endpoint)
            self.lineage.of_deployment(row, account, model)

    def _dates(self, account: Container, item: dict[str, Any], model: Mapping[str, Any]) -> Row:
        """What the provider has announced; where the account does not list the model, what was known stands."""
        sku = text(part(item, "sku").get("name"))
        found = self.models.dates_of(account.id, model, sku)
        before = self._dates_before.get(qualified_names.azure(str(item.get("id"))), {})
        is_same = [before.get(name) for name in _MODEL] == [self.fields.text(model.get(key)) for key in _MODEL.values()]
        return {name: (found or (before if is_same else {})).get(name) for name in DATES}

    @cached_property
    def _dates_before(self) -> dict[str, Row]:
        names = self.last.names(AssetKind.DEPLOYMENT)
        rows = self.last.rows(AssetKind.DEPLOYMENT, names, ["qualified_name", *_MODEL, *DATES])
        return {row["qualified_name"]: row for row in rows}

    def _policy(self, account: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.CONTENT_POLICY, policy_row(item, account, self.fields))

    def _connection(self, container: Container, item: dict[str, Any]) -> None:
        link = container.link("resource/connectedResources")
        row = connection_row(item, container.qualified_name, link, self.fields)
        self.writer.add(AssetKind.CONNECTION, row)
        self.lineage.of_connection(row, container, part(item, "properties"))

    def _data(self, collection: str, project: Container, item: dict[str, Any]) -> None:
        address = self.lineage.index_address(project, item)
        row = data.dataset_row(item, project, collection, address, self.fields)
        if self.writer.add(AssetKind.DATASET, row) and collection == "indexes":
            self.lineage.know_index(project, item, row["qualified_name"])

    def _rule(self, project: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.EVALUATION, data.rule_row(item, project, self.fields))

    def _evaluation(self, project: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.EVALUATION, data.evaluation_row(item, project, self.fields))

    def _application(self, project: Container, item: dict[str, Any]) -> None:
        row = applications.application_row(item, project, self.fields)
        serves = applications.served(item)
        if self.writer.add(AssetKind.ENDPOINT, row):
            self.applications.append((project, applications.kept(row), row["native_id"]))
            for agent, version in serves if applications.publishes(row) else ():
                self.lineage.serves(row, project, agent, version, "agents of the application", row["qualified_name"])

    def _application_deployment(self, project: Container, application: dict[str, Any], item: dict[str, Any]) -> None:
        row = applications.application_deployment_row(item, application, project, self.fields)
        serves = applications.served(item)
        if not self.writer.add(AssetKind.DEPLOYMENT, row):
            return
        name, endpoint = row["qualified_name"], application["qualified_name"]
        self.writer.relate(Relation.DEPLOYMENT_OF_ENDPOINT, name, endpoint, rule="application", stated_by=name)
        if applications.publishes(application) and applications.publishes(row):
            for agent, version in serves:
                self.lineage.serves(
                    application, project, agent, version, "agents of the application's deployment", name
                )

    def _agent(self, project: Container, item: dict[str, Any]) -> None:
        name = agents.checked(item)
        row = agents.agent_row(item, project, self._published(project, name), self.fields)
        if not self.writer.add(AssetKind.AGENT, row):
            return
        newest = agents.latest(item)
        version = row["latest_version"]
        self.agents.append((project, name, version))
        if newest:
            self._newest_version(project, name, newest)

    def _newest_version(self, project: Container, agent: str, item: Mapping[str, Any]) -> None:
        """The agent's listing gives its latest version too; one that cannot be understood costs only itself."""
        newest = str(item.get("version") or "") or None
        native_id = project.below("agents", agent, "versions", str(item.get("version")))
        name = self.fields.name_of(native_id) if text(item.get("version")) else None
        take_item(
            self.writer,
            self._state(project, listing_specs.VERSIONS),
            item,
            partial(self._version, project, agent, newest),
            lambda _: ItemId(self.fields.key(native_id), name),
        )

    def _older_version(self, project: Container, agent: str, newest: str | None, item: dict[str, Any]) -> None:
        if text(item.get("version")) != newest:
            self._version(project, agent, newest, item)

    def _version(self, project: Container, agent: str, newest: str | None, item: Any) -> None:
        definition = part(item, "definition")
        tools = self.lineage.tools(project, definition)
        display = [tool.display for tool in tools]
        publish = self.settings.instructions == "publish"
        row = agents.version_row(item, project, agent, newest, display, self.fields, publish=publish)
        if self.writer.add(AssetKind.AGENT_VERSION, row):
            self.lineage.of_version(row, project, definition, tools)

    def _classic_agent(self, project: Container, item: dict[str, Any]) -> None:
        definition = classic_agents.classic_definition(item)
        tools = self.lineage.tools(project, definition)
        display, publish = [tool.display for tool in tools], self.settings.instructions == "publish"
        row, version = classic_agents.classic_rows(item, project, definition, display, self.fields, publish=publish)
        if self.writer.add(AssetKind.AGENT, row) and self.writer.add(AssetKind.AGENT_VERSION, version):
            self.lineage.of_version(version, project, definition, tools, listing_specs.CLASSIC_AGENTS)

    def _published(self, project: Container, agent: str) -> bool | None:
        """Where the applications could not all be read, what was known of it stands."""
        if self.lineage.is_served(project, agent):
            return True
        if not self.settings.preview:
            return None
        required = (listing_specs.APPLICATIONS, listing_specs.APPLICATION_DEPLOYMENTS)
        if all(self._state(project, listing).is_whole for listing in required):
            return False
        return self._published_before.get(qualified_names.azure(project.id, "agents", agent))

    @cached_property
    def _published_before(self) -> dict[str, bool | None]:
        names = self.last.names(AssetKind.AGENT)
        rows = self.last.rows(AssetKind.AGENT, names, ["qualified_name", "published"])
        return {row["qualified_name"]: row["published"] for row in rows}

    # ---------------------------------------------------------------------------------------- states

    def _verify_all(self, listed: Iterable[Container], listings: Iterable[ListingSpec]) -> None:
        for container, listing in product(listed, listings):
            self._verify(container, listing)
        self._verify_sums()

    def _verify_applications(self) -> None:
        above, below = listing_specs.APPLICATIONS, listing_specs.APPLICATION_DEPLOYMENTS
        for project in self.projects if self.settings.preview else ():
            self._verify(project, above)
            self._verify_nested(project, above, below)
        self._verify_sums()

    def _ask_service(self, container: Container, path: str, query: Mapping[str, str]) -> Any:
        raw, base = self.clients.data_plane(container)
        with role_on(container):
            return raw.get(f"{base}/{path}", query)

    def _settle_classic(self, project: Container) -> None:
        listed = self._state(project, listing_specs.CLASSIC_AGENTS)
        versions = self._state(project, listing_specs.CLASSIC_VERSIONS)
        if listed.state == ReadStatus.UNSUPPORTED:
            versions.state, versions.reason = listed.state, listed.reason
            return
        self._settle_derived(versions, listed, listed.seen)
        self._verify(project, listing_specs.CLASSIC_VERSIONS)

    def _settle_endpoints(self) -> None:
        for account in self.accounts:
            deployments = self._state(account, listing_specs.DEPLOYMENTS)
            name, covers = f"{account.title}/endpoints", deployments.covers
            endpoints = self.writer.state(name, kind=AssetKind.ENDPOINT, covers=covers)
            self._settle_derived(endpoints, deployments, deployments.seen)

    def _is_known(self, kind: AssetKind, qualified_name: str, container: Container, listing: ListingSpec) -> bool:
        """Whether that asset exists, or may: a listing that is incomplete, or has odd items, does not rule it out."""
        state = self._state(container, listing)
        may_exist = not state.is_whole or bool(state.quarantined) or bool(state.withheld)
        return self.writer.has(kind, qualified_name) or may_exist

    def _carry_connections_forward(self) -> None:
        """Before what refers to them is read: indexes, agents' models."""
        states = [self._state(account, listing_specs.ACCOUNT_CONNECTIONS) for account in self.accounts]
        states += [self._state(project, listing_specs.PROJECT_CONNECTIONS) for project in self.projects]
        carried = self.last.carry_collections(self.writer, states)
        for row in self.last.rows(AssetKind.CONNECTION, carried, ["qualified_name", "target", "properties_json"]):
            self.lineage.know_connection(row, json_text.load(row["properties_json"]))

    def _carry_data_forward(self) -> None:
        """Before what refers to it is read: the tools of agents."""
        listings = (listing_specs.DATASETS, listing_specs.INDEXES)
        states = [self._state(project, listing) for project, listing in product(self.projects, listings)]
        carried = self.last.carry_collections(self.writer, states)
        for row in self.last.rows(AssetKind.DATASET, carried, ["qualified_name", "container", "source_uri"]):
            self.lineage.know_index_address(row)

    def _carry_applications_forward(self) -> None:
        """Before agents are read, whose rows record whether they are published."""
        if not self.settings.preview:
            return
        listings = (listing_specs.APPLICATIONS, listing_specs.APPLICATION_DEPLOYMENTS)
        states = [self._state(project, listing) for project, listing in product(self.projects, listings)]
        carried = self.last.carry_collections(self.writer, states)
        for agent, endpoint in self.last.relations(Relation.AGENT_SERVED_BY_ENDPOINT, carried):
            self.lineage.know_served(agent, endpoint)

    def _why_unread(self, former: CollectionState) -> str | None:
        if former.kind in ("", AssetKind.ROLE_ASSIGNMENT):
            return None
        listings = [self._listing_state(listing_specs.ACCOUNTS)]
        listings += [self._state(account, listing_specs.PROJECTS) for account in self.accounts]
        for listing in listings:
            if not listing.is_whole and former.covers.startswith(listing.covers):
                return listing.reason
        return self._why_container_unread(former, listings)


def _selected(settings: AiFoundrySource) -> dict[AssetKind, Selection]:
    """Which accounts and projects these settings read."""
    return {
        AssetKind.SOURCE: Selection(
            ("native_id",), lambda native_id: settings.accounts.allows(last_segment(native_id))
        ),
        AssetKind.PROJECT: Selection(
            ("native_id",), lambda native_id: settings.projects.allows(last_segment(native_id))
        ),
    }


def _with_ids(pages: Iterator[ArmPage], project: Container, listing: ListingSpec, key: str) -> Iterator[ArmPage]:
    """Gives each item of a data plane an id below its project's ARM id: there they have short ones or none."""
    below = listing.path.rsplit("/", 1)[-1] if key == "id" else listing.path
    for page in pages:
        yield page._replace(items=[_with_id(item, project, below, key) for item in page.items])


def _with_id(item: Any, project: Container, below: str, key: str) -> Any:
    stated = item.get(key) if isinstance(item, dict) else None
    if not isinstance(stated, str | int) or stated == "":
        return {**item, "id": None} if isinstance(item, dict) else item
    return {**item, "id": project.below(below, str(stated).rsplit("/", 1)[-1])}


def _unknown_version(error: SourceError) -> bool:
    code = str(error.data.get("code", "")).lower()
    return error.data.get("status") == 400 and ("apiversion" in code or "noregisteredprovider" in code)
