"""Reads one scope of Azure ML into a snapshot: containers, what is in them, jobs, then versions and deployments.

Jobs come before model versions, so that a version knows every job that could have produced it. See the package for what
a read costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from ...config.models import AzureMlSource, Patterns
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...staging.folder import Folder
from ...staging.snapshot import CollectionState, Snapshot
from ..azure.connections import connection_row
from ..azure.crawler import ListingTask, settle
from ..azure.fields import last_segment, resource_id
from ..azure.reading import AzureReading
from ..azure.rest_client import ArmPage
from ..azure.session import AzureSession
from ..fields import identity, part
from ..former_rows import Selection
from ..writer import SnapshotWriter
from . import containers
from .assets import Assets
from .clients import Clients
from .containers import Container
from .endpoints import Served, deployment_row, endpoint_row, serverless_deployment_row
from .jobs import job_row
from .lineage import Lineage
from .listing_specs import (
    DATA,
    JOBS,
    MODELS,
    NESTED,
    REGISTRIES,
    REGISTRY_MODELS,
    REGISTRY_VERSIONS,
    SERVERLESS,
    SHORT,
    WORKSPACES,
    ListingSpec,
)
from .mlflow_join import Joins, is_nested
from .references import Workspaces
from .storage import Storage

_ENDPOINTS = {"online_endpoints": "online", "batch_endpoints": "batch", "serverless_endpoints": "serverless"}


def read_azure_ml(settings: AzureMlSource, session: AzureSession, folder: Folder, since: Snapshot | None) -> Snapshot:
    """One snapshot of the scope in `folder`.

    Never raises for what Azure does: every collection's state records how far it was read.

    Args:
        settings: the source's settings.
        session: an open session; it stays open.
        folder: where the snapshot is staged.
        since: the last snapshot of this source, or None: what cannot be read now is carried forward from it.
    """
    return _Reading(settings, session, SnapshotWriter(folder, settings.name), since).run()


class _Nested(NamedTuple):
    """A listing of what one item of another listing has: its path below the container, and what its items need."""

    container: Container
    listing: ListingSpec
    path: str
    name: str
    served: Served | None = None


class _Reading(AzureReading[AzureMlSource]):
    """One read: the containers, and the joins between their items."""

    platform = "azure_ml"

    def __init__(
        self, settings: AzureMlSource, session: AzureSession, writer: SnapshotWriter, since: Snapshot | None
    ) -> None:
        filters = (settings.workspaces, settings.registries, settings.models)
        stated = tuple(patterns.model_dump_json() for patterns in filters)
        super().__init__(settings, session, writer, since, stated, _selected(settings))
        self.workspace_ids, storage = Workspaces(), Storage()
        self.lineage = Lineage(writer, self.fields, storage, self.workspace_ids)
        self.assets = Assets(self.fields, storage, self.workspace_ids, session.cloud.storage_suffix)
        self.clients = Clients(session)
        self.joins = Joins(settings, session, self.lineage, self.last, self.nested_traffic)
        self.workspaces: list[Container] = []
        self.registries: list[Container] = []
        self.nested: list[_Nested] = []
        self.takers: dict[str, Callable[[Container, dict[str, Any]], None]] = {
            "datastores": self._datastore,
            "connections": self._connection,
            "schedules": self._schedule,
            "models": self._model,
            "data": self._data,
            **{collection: partial(self._endpoint, kind) for collection, kind in _ENDPOINTS.items()},
        }

    def _read(self) -> None:
        self.workspaces = self._containers(WORKSPACES, self.settings.workspaces, containers.workspace)
        self.registries = self._containers(REGISTRIES, self.settings.registries, containers.registry)
        for listing in (WORKSPACES, REGISTRIES):  # both are listed before either is compared
            self._verify_scope(listing)
        self.joins.begin(self.workspaces, self.writer.folder)
        self.crawler.crawl([*self._short_tasks(), *self._registry_tasks()])
        self.crawler.crawl(self._job_tasks())
        for workspace in self.workspaces:
            self.joins.finish(workspace, self._state(workspace, JOBS).is_whole)
        self.crawler.crawl([self._nested_task(nested) for nested in self.nested])
        self._settle()

    def _close(self) -> None:
        self.joins.close()
        super()._close()

    # ---------------------------------------------------------------------------------------- listings

    def _containers(self, listing: ListingSpec, patterns: Patterns, parse: Callable[..., Container]) -> list[Container]:
        read: list[Container] = []
        state = self._listing_state(listing)

        def take(item: dict[str, Any]) -> None:
            container = parse(item, self.fields, self.session.cloud)
            if container.subtype == "registry":
                self.lineage.registries.add(container.name.lower())
            elif container.guid:
                self.workspace_ids.know(container.guid, container.id)
            kind = AssetKind.PROJECT if container.subtype == "project" else AssetKind.SOURCE
            if not patterns.allows(container.name):
                self._exclude(state, container.id)
            elif self.writer.add(kind, container.row):
                read.append(container)

        self.crawler.crawl([ListingTask(state, partial(self.clients.scope_pages, listing), take)])
        containers.assign_titles(read, self.writer.clean)
        for container in read:
            self._part_of_hub(container)
        return read

    def _part_of_hub(self, container: Container) -> None:
        name, hub = container.qualified_name, container.row["container"]
        if container.subtype == "project" and hub:
            self.writer.relate(Relation.PART_OF_SOURCE, name, hub, rule="hubResourceId", stated_by=name)

    def _short_tasks(self) -> Iterator[ListingTask]:
        for workspace in self.workspaces:
            for listing in SHORT:
                yield ListingTask(
                    self._state(workspace, listing),
                    partial(self.clients.pages, workspace, listing),
                    partial(self.takers[listing.collection], workspace),
                    counted=listing.counted,
                )

    def _registry_tasks(self) -> Iterator[ListingTask]:
        for registry in self.registries:
            state, pages = self._state(registry, REGISTRY_MODELS), partial(self.clients.registry_pages, registry)
            yield ListingTask(state, pages, partial(self._model, registry))

    def _job_tasks(self) -> Iterator[ListingTask]:
        for workspace in self.workspaces:
            yield ListingTask(
                self._state(workspace, JOBS),
                partial(self._job_pages, workspace),
                partial(self._job, workspace),
                before=partial(self.joins.page, workspace),
            )

    def _job_pages(self, workspace: Container) -> Iterator[ArmPage]:
        self.joins.ready(workspace)
        return self.clients.pages(workspace, JOBS)

    def _nested_task(self, nested: _Nested) -> ListingTask:
        take = {
            "model_versions": self._version,
            "data": self._data_version,
            "online_deployments": self._deployment,
            "batch_deployments": self._deployment,
        }[nested.listing.collection]
        raw, base = self.clients.raw(nested.container)
        return ListingTask(
            self._state(nested.container, nested.listing),
            partial(raw.pages, f"{base}/{nested.path}", nested.listing.query),
            partial(take, nested),
            nested=True,
        )

    # ---------------------------------------------------------------------------------------- items

    def _datastore(self, workspace: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.DATASTORE, self.assets.datastore(item, workspace))

    def _connection(self, workspace: Container, item: dict[str, Any]) -> None:
        owner = workspace.qualified_name
        row = connection_row(item, owner, workspace.link("connections"), self.fields)
        self.writer.add(AssetKind.CONNECTION, row)
        name = row["qualified_name"]
        self.writer.relate(Relation.CONNECTION_OF, name, owner, rule="connection listing", stated_by=name)

    def _schedule(self, workspace: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.SCHEDULE, self.assets.schedule(item, workspace))

    def _model(self, container: Container, item: dict[str, Any]) -> None:
        name = identity(item, "name")
        if not self.settings.models.allows(name):
            self._exclude(self._state(container, MODELS), resource_id(item))
        elif self.writer.add(AssetKind.MODEL, self.assets.model(item, container)):
            versions = REGISTRY_VERSIONS if container.subtype == "registry" else NESTED["model_versions"]
            self._list_below(container, versions, MODELS.path, name)

    def _data(self, workspace: Container, item: dict[str, Any]) -> None:
        self._list_below(workspace, NESTED["data"], DATA.path, identity(item, "name"))

    def _endpoint(self, kind: str, workspace: Container, item: dict[str, Any]) -> None:
        row, served = endpoint_row(item, workspace, kind, self.fields)
        if not self.writer.add(AssetKind.ENDPOINT, row):
            return
        if kind == "serverless":
            self.lineage.of_deployment(serverless_deployment_row(item, row, served, self.fields), workspace)
        else:
            self._list_below(workspace, NESTED[f"{kind}_deployments"], f"{kind}Endpoints", served.name, served)

    def _list_below(
        self, container: Container, listing: ListingSpec, above: str, name: str, served: Served | None = None
    ) -> None:
        path = f"{above}/{quote(name, safe='')}/{listing.path}"
        self.nested.append(_Nested(container, listing, path, name, served))

    def _job(self, workspace: Container, item: dict[str, Any]) -> None:
        job = job_row(item, workspace, self.fields)
        row, datasets = self.joins.completed(workspace, job)
        rule = "parent named by the job" if job["parent_run_id"] else "tag mlflow.parentRunId"
        self.lineage.of_job(item, row, workspace, rule, datasets)

    def _version(self, nested: _Nested, item: dict[str, Any]) -> None:
        container, properties = nested.container, part(item, "properties")
        row = self.assets.version(item, container, nested.name)
        run_id = self.joins.run_of(container, nested.name, last_segment(row["native_id"]))
        origin = self.lineage.origin(row, properties, run_id)
        if origin:
            row |= {"run_id": self.fields.text(origin[0]), "run_link": container.link("runs", origin[0])}
        if self.writer.add(AssetKind.MODEL_VERSION, row):
            self.lineage.of_version(row, properties, origin, container)

    def _data_version(self, nested: _Nested, item: dict[str, Any]) -> None:
        row, datastore, rule = self.assets.data_version(item, nested.container, nested.name)
        if self.writer.add(AssetKind.DATASET, row) and datastore:
            self.lineage.in_datastore(row["qualified_name"], datastore, rule)

    def _deployment(self, nested: _Nested, item: dict[str, Any]) -> None:
        assert nested.served is not None
        row = deployment_row(item, nested.container, nested.served, self.fields)
        self.lineage.of_deployment(row, nested.container, part(item, "properties").get("environmentId"))

    # ---------------------------------------------------------------------------------------- states

    def _settle(self) -> None:
        """Each listing is settled before it is compared, and those above others before what is below."""
        for workspace in self.workspaces:
            for listing in SHORT:
                settle(self._state(workspace, listing))
                self._verify(workspace, listing)
                if listing.below and NESTED[listing.below].collection != listing.collection:
                    self._verify_nested(workspace, listing, NESTED[listing.below])
            if self._has_only_jobs(workspace):
                self._verify(workspace, JOBS)
        for registry in self.registries:
            self._verify(registry, REGISTRY_MODELS)
            self._verify_nested(registry, REGISTRY_MODELS, REGISTRY_VERSIONS)
        self._verify_sums()
        for workspace in self.workspaces:
            serverless = AssetKind.DEPLOYMENT, "serverless_deployments", SERVERLESS.path
            self._derive(workspace, SERVERLESS, *serverless)
            if f"{workspace.title}/mlflow experiments" not in self.writer.states:
                self._derive(workspace, JOBS, AssetKind.EXPERIMENT, "experiments", "experiments")

    def _has_only_jobs(self, workspace: Container) -> bool:
        """Whether the last snapshot's runs of the workspace are jobs: not where its MLflow endpoint gave some too."""
        former = (state.collection for state in self.last.former_collections())
        return not any(is_nested(name) and name.startswith(f"{workspace.title}/") for name in former)

    def _derive(self, workspace: Container, origin: ListingSpec, kind: AssetKind, name: str, covered: str) -> None:
        state = self.writer.state(f"{workspace.title}/{name}", kind=kind, covers=workspace.covers(covered))
        seen = sum(name.startswith(state.covers) for name in self.writer.names(kind))
        self._settle_derived(state, self._state(workspace, origin), seen)

    def _why_unread(self, former: CollectionState) -> str | None:
        container = qualified_names.azure_container(former.covers)
        if container is None:
            return None
        listings = [self.writer.states[listing.collection] for listing in (WORKSPACES, REGISTRIES)]
        unread = next((listing for listing in listings if not listing.is_whole), None)
        return unread.reason if unread is not None else self._why_container_unread(former, listings)

    def _carry_forward(self) -> None:
        super()._carry_forward()
        self.lineage.finish()  # after it: what is known of data stays, where no listing gave it

    def _ask_service(self, container: Container, path: str, query: Mapping[str, str]) -> Any:
        raw, base = self.clients.raw(container)
        return raw.get(f"{base}/{path}", query)

    def _carried_collections(self) -> list[CollectionState]:
        return [state for state in super()._carried_collections() if not is_nested(state.collection)]


def _selected(settings: AzureMlSource) -> dict[AssetKind, Selection]:
    """Which workspaces, registries and models these settings read, by their native ids."""

    def allows_container(native_id: str) -> bool:
        patterns = settings.registries if "/registries/" in native_id.lower() else settings.workspaces
        return patterns.allows(last_segment(native_id))

    def allows_model(native_id: str) -> bool:
        in_registry = native_id.lower().startswith("azureml://registries/")
        registry = native_id.split("/")[3] if in_registry else None
        is_read = registry is None or settings.registries.allows(registry)
        return is_read and settings.models.allows(last_segment(native_id))

    container = Selection(("native_id",), allows_container)
    return {
        AssetKind.SOURCE: container,
        AssetKind.PROJECT: container,
        AssetKind.MODEL: Selection(("native_id",), allows_model),
    }
