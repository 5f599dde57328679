"""Reads one scope of Foundry into a snapshot: accounts, what stands in them, their projects, then agents and versions.

Applications come before agents, so that an agent's row can say whether it is published; connections, deployments and
indexes before the versions that use them. See the package for what a read costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from ...config.models import AiFoundrySource
from ...errors import SourceError
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...model.relations import Relation
from ...staging.folder import Folder
from ...staging.snapshot import CollectionState, Snapshot
from ..azure.connections import connection_row
from ..azure.crawler import Crawler, Task, fail, settle
from ..azure.fields import ArmFields
from ..azure.fingerprint import allowed, scope_path
from ..azure.rest_client import ArmPage
from ..azure.session import AzureSession
from ..carry_forward import CarryForward
from ..fields import Malformed, part, text
from ..writer import SnapshotWriter
from . import agents, applications, containers, data, listing_specs
from .clients import Clients
from .containers import Container
from .deployments import deployed, deployment_rows, policy_row
from .fingerprint import fingerprint
from .lineage import Lineage
from .listing_specs import Listing

_ABSENT = (404, 405, 501)  # what a service says of a call that it does not have
_Take = Callable[[Container, dict[str, Any]], None]


def read_ai_foundry(
    settings: AiFoundrySource, session: AzureSession, folder: Folder, since: Snapshot | None
) -> Snapshot:
    """One snapshot of the scope in `folder`.

    since: the last snapshot of this source, or None: what cannot be read now stays as it was known then.
    Never raises for what Azure does: every collection's state says how far its reading came.
    """
    return _Reading(settings, session, SnapshotWriter(folder, settings.name), since).run()


class _Reading:
    """The state of one read: places, names and joins; the records themselves go straight to the writer."""

    def __init__(
        self, settings: AiFoundrySource, session: AzureSession, writer: SnapshotWriter, since: Snapshot | None
    ) -> None:
        self.settings, self.session, self.writer = settings, session, writer
        self.scope = scope_path(settings, session.subscription)
        self.address = session.cloud.resource_manager + self.scope
        self.fingerprint = fingerprint(settings, self.address)
        self.last = CarryForward(since, self.fingerprint)
        self.fields = ArmFields(writer.scrubber)
        self.crawler = Crawler(writer, self.fields, settings.concurrency)
        self.clients = Clients(session)
        self.lineage = Lineage(writer, self.fields, self._is_known)
        self.accounts: list[Container] = []
        self.projects: list[Container] = []
        self.found_applications: list[tuple[Container, dict[str, Any], str]] = []
        self.found_agents: list[tuple[Container, str, str | None]] = []
        self.takers: dict[str, _Take] = {
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

    def run(self) -> Snapshot:
        started, began_ms = time.perf_counter(), int(time.time() * 1000)
        try:
            self._read()
        finally:
            self.crawler.close()
        self._keep_last_known()
        self._access()
        return self.writer.close(self._document(began_ms, time.perf_counter() - started))

    def _read(self) -> None:
        self._list_accounts()
        self.crawler.crawl(self._arm_task(place, one) for place in self.accounts for one in listing_specs.OF_ACCOUNT)
        self._settle_endpoints()
        self.lineage.finish()  # of deployments and policies: nothing of it waits longer than it must
        self.crawler.crawl(self._project_tasks())
        self._connections_as_last_known()
        self.crawler.crawl(
            self._data_task(project, one) for project in self.projects for one in listing_specs.OF_DATA_PLANE
        )
        self.crawler.crawl(self._application_task(*found) for found in self.found_applications)
        self.found_applications.clear()
        self._applications_as_last_known()
        self.crawler.crawl(self._agent_task(project) for project in self.projects)
        self.lineage.know_agents()
        self.crawler.crawl(self._version_task(*found) for found in self.found_agents)
        self._settle_projects(listing_specs.AGENTS, listing_specs.VERSIONS)

    # ---------------------------------------------------------------------------------------- listings

    def _list_accounts(self) -> None:
        listing = listing_specs.ACCOUNTS
        state = self.writer.state(listing.collection, kind=listing.kind, covers=qualified_names.azure(self.scope) + "/")
        pages = partial(self.clients.accounts, self.scope, self.settings.resource_group)
        self.crawler.crawl([Task(state, pages, partial(self._account, state))])
        containers.titles(self.accounts)

    def _arm_task(self, place: Container, listing: Listing) -> Task:
        state = self._state(place, listing)
        return Task(
            state,
            lambda: self._offered(self.clients.arm_pages(place, listing), state, listing),
            partial(self.takers[listing.collection], place),
        )

    def _project_tasks(self) -> Iterator[Task]:
        for project in self.projects:
            yield self._arm_task(project, listing_specs.PROJECT_CONNECTIONS)
            if self.settings.preview:
                yield self._arm_task(project, listing_specs.APPLICATIONS)

    def _data_task(self, project: Container, listing: Listing) -> Task:
        state = self._state(project, listing)
        key = "id" if listing.kind == AssetKind.EVALUATION else "name"
        return Task(
            state,
            lambda: self._offered(
                _named(self.clients.data_pages(project, listing), project, listing, key), state, listing
            ),
            partial(self.takers[listing.collection], project),
        )

    def _application_task(self, project: Container, row: dict[str, Any], path: str) -> Task:
        listing = listing_specs.APPLICATION_DEPLOYMENTS
        return Task(
            self._state(project, listing),
            lambda: self.clients.application_deployments(path),
            partial(self._application_deployment, project, row),
            nested=True,
        )

    def _agent_task(self, project: Container) -> Task:
        listing = listing_specs.AGENTS
        return Task(
            self._state(project, listing),
            lambda: _named(self.clients.cursor(project, listing.path, listing.query), project, listing, "name"),
            partial(self._agent, project),
        )

    def _version_task(self, project: Container, agent: str, newest: str | None) -> Task:
        listing = listing_specs.VERSIONS
        path = f"agents/{quote(agent, safe='')}/versions"
        below = listing._replace(path=f"agents/{agent}/versions")
        return Task(
            self._state(project, listing),
            lambda: _named(self.clients.cursor(project, path, listing.query), project, below, "version"),
            partial(self._older_version, project, agent, newest),
            nested=True,
        )

    def _offered(self, pages: Iterator[ArmPage], state: CollectionState, listing: Listing) -> Iterator[ArmPage]:
        """A service without that listing is no fault, where the listing is one that may be absent.

        Where it was there at the last read, its absence may be a passing fault.
        """
        try:
            yield from pages
        except SourceError as error:
            absent = error.data.get("status") in _ABSENT or _unknown_version(error)
            if not (listing.absent and absent) or state.pages or self.last.offered(state.collection):
                raise
            state.state, state.reason = ReadStatus.UNSUPPORTED, error.message

    # ---------------------------------------------------------------------------------------- items

    def _account(self, state: CollectionState, item: dict[str, Any]) -> None:
        if not containers.is_read(item):
            state.filtered += 1
            return
        place = containers.account(item, self.fields, self.session.cloud)
        if not allowed(self.settings.accounts, place.name):
            self.writer.exclude(state.collection, self.fields.key(place.id), self.fields.name_of(place.id))
        elif self.writer.add(AssetKind.SOURCE, place.row):
            self.accounts.append(place)
            self.lineage.know_account(place, part(item, "properties"))

    def _project(self, account: Container, item: dict[str, Any]) -> None:
        place = containers.project(item, account, self.fields, self.session.cloud)
        if not allowed(self.settings.projects, place.name):
            collection = self._state(account, listing_specs.PROJECTS).collection
            self.writer.exclude(collection, self.fields.key(place.id), self.fields.name_of(place.id))
        elif self.writer.add(AssetKind.PROJECT, place.row):
            self.projects.append(place)
            name = place.qualified_name
            self.writer.relate(
                Relation.PART_OF_SOURCE, name, account.qualified_name, rule="account of the project", stated_by=name
            )

    def _deployment(self, account: Container, item: dict[str, Any]) -> None:
        row, endpoint = deployment_rows(item, account, self.fields)
        model = deployed(part(part(item, "properties"), "model"), self.fields)
        if self.writer.add(AssetKind.DEPLOYMENT, row):
            self.writer.add(AssetKind.ENDPOINT, endpoint)
            self.lineage.of_deployment(row, account, model)

    def _policy(self, account: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.CONTENT_POLICY, policy_row(item, account, self.fields))

    def _connection(self, place: Container, item: dict[str, Any]) -> None:
        link = place.link("resource/connectedResources")
        row = connection_row(item, place.qualified_name, link, self.fields)
        self.writer.add(AssetKind.CONNECTION, row)
        self.lineage.of_connection(row, place, part(item, "properties"))

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
            self.found_applications.append((project, applications.kept(row), row["native_id"]))
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
        self.found_agents.append((project, name, version))
        if newest:
            self._newest_version(project, name, newest)

    def _newest_version(self, project: Container, agent: str, item: Any) -> None:
        """The agent's listing brings its latest version; one that cannot be understood costs only itself."""
        try:
            self._version(project, agent, str(item.get("version") or "") or None, item)
        except Malformed as error:
            shown = project.below("agents", agent, "versions", str(item.get("version")))
            collection = self._state(project, listing_specs.VERSIONS).collection
            named = self.fields.name_of(shown) if text(item.get("version")) else None
            self.writer.quarantine(collection, self.fields.key(shown), str(error), named)
            self.fields.row()

    def _older_version(self, project: Container, agent: str, newest: str | None, item: dict[str, Any]) -> None:
        if text(item.get("version")) != newest:
            self._version(project, agent, newest, item)

    def _version(self, project: Container, agent: str, newest: str | None, item: Any) -> None:
        definition = part(item, "definition")
        tools = self.lineage.tools(project, definition)
        shown = [tool.shown for tool in tools]
        publish = self.settings.instructions == "publish"
        row = agents.version_row(item, project, agent, newest, shown, self.fields, publish=publish)
        if self.writer.add(AssetKind.AGENT_VERSION, row):
            self.lineage.of_version(row, project, definition, tools)

    def _published(self, project: Container, agent: str) -> bool | None:
        if self.lineage.is_served(project, agent):
            return True
        if not self.settings.preview:
            return None
        asked = (listing_specs.APPLICATIONS, listing_specs.APPLICATION_DEPLOYMENTS)
        return False if all(self._state(project, one).state == ReadStatus.COMPLETE for one in asked) else None

    # ---------------------------------------------------------------------------------------- states

    def _state(self, place: Container, listing: Listing) -> CollectionState:
        covered = listing.path.rsplit("/", 1)[-1]
        return self.writer.state(f"{place.title}/{listing.collection}", kind=listing.kind, covers=place.covers(covered))

    def _settle_endpoints(self) -> None:
        """The deployments' items tell of them: they are known as far as those are."""
        for account in self.accounts:
            told_by = self._state(account, listing_specs.DEPLOYMENTS)
            state = self.writer.state(f"{account.title}/endpoints", kind=AssetKind.ENDPOINT, covers=told_by.covers)
            state.pages, state.seen = told_by.pages, told_by.seen
            if told_by.state != ReadStatus.COMPLETE:
                fail(state, told_by.reason, told_by.remedy)

    def _settle_projects(self, above: Listing, below: Listing) -> None:
        """What is listed by item of another listing is known as far as that is."""
        for project in self.projects:
            listed, state = self._state(project, above), self._state(project, below)
            settle(state)
            if listed.state == ReadStatus.UNSUPPORTED:
                state.state, state.reason = ReadStatus.UNSUPPORTED, listed.reason
            elif listed.state != ReadStatus.COMPLETE:
                what = above.collection.replace("_", " ")
                fail(state, f"{what} could not all be listed: {listed.reason}", listed.remedy)

    def _is_known(self, kind: AssetKind, qualified_name: str, place: Container, listing: Listing) -> bool:
        """Whether that asset is there, or may be: a listing that broke off, or with odd items, does not deny it."""
        state = self._state(place, listing)
        return self.writer.has(kind, qualified_name) or state.state != ReadStatus.COMPLETE or bool(state.quarantined)

    def _connections_as_last_known(self) -> None:
        """Before what leads through them is read: indexes, agents' models."""
        places = [(account, listing_specs.ACCOUNT_CONNECTIONS) for account in self.accounts]
        places += [(project, listing_specs.PROJECT_CONNECTIONS) for project in self.projects]
        carried = self.last.take_over(self.writer, [self._state(*place) for place in places])
        for row in self.last.rows(AssetKind.CONNECTION, carried, ["qualified_name", "target", "properties_json"]):
            self.lineage.know_connection(row, json_text.load(row["properties_json"]))

    def _applications_as_last_known(self) -> None:
        """Before agents are read, whose rows say whether they are published."""
        if not self.settings.preview:
            return
        below = listing_specs.APPLICATION_DEPLOYMENTS
        self._settle_projects(listing_specs.APPLICATIONS, below)
        states = [self._state(project, one) for project in self.projects for one in (listing_specs.APPLICATIONS, below)]
        carried = self.last.take_over(self.writer, states)
        for agent, endpoint in self.last.relations(Relation.AGENT_SERVED_BY_ENDPOINT, carried):
            self.lineage.know_served(agent, endpoint)

    def _keep_last_known(self) -> None:
        """Also of accounts and projects that could not be listed, or not be understood, this time."""
        holders = [self.writer.states[listing_specs.ACCOUNTS.collection]]
        holders += [self._state(account, listing_specs.PROJECTS) for account in self.accounts]
        aside = {
            qualified_names.azure(name) for state in holders for name in self.writer.quarantined_ids(state.collection)
        }
        unread = [state for state in holders if state.state != ReadStatus.COMPLETE]
        for former in self.last.former_collections():
            if former.collection in self.writer.states or former.kind in ("", AssetKind.ROLE_ASSIGNMENT):
                continue
            missing = next((state for state in unread if former.covers.startswith(state.covers)), None)
            if missing is not None or any(former.covers.startswith(name + "/") for name in aside):
                state = self.writer.state(former.collection, kind=AssetKind(former.kind), covers=former.covers)
                fail(state, missing.reason if missing else "what it stands in could not be understood.")
        self.last.take_over(self.writer, list(self.writer.states.values()))

    def _access(self) -> None:
        if not self.settings.access:
            return
        from ..azure.access import COLLECTION, read_role_assignments

        read_role_assignments(self.session, self.writer, self.fields)
        self.last.take_over(self.writer, [self.writer.states[COLLECTION]])

    def _document(self, began_ms: int, seconds: float) -> dict[str, Any]:
        traffic = self.session.traffic
        return {
            "platform": "ai_foundry",
            "address": self.address,
            "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "full_read_at_ms": began_ms,
            "fingerprint": self.fingerprint,
            "seconds": round(seconds, 3),
            "calls": traffic.calls,
            "retries": traffic.retries,
            "seconds_waiting": round(traffic.seconds, 3),
            "remaining_reads": traffic.remaining,
        }


def _named(pages: Iterator[ArmPage], project: Container, listing: Listing, key: str) -> Iterator[ArmPage]:
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
