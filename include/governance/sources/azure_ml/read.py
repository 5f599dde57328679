"""Reads one scope of Azure ML into a snapshot: containers, what stands in them, jobs, then versions and deployments.

Jobs come before model versions, so that a version knows every job that could have made it. See the package for what a
read costs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from ...config.models import AzureMlSource
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...model.relations import Relation
from ...staging.folder import Folder
from ...staging.snapshot import CollectionState, Snapshot
from ..azure.connections import connection_row
from ..azure.crawler import Crawler, Task, fail, settle
from ..azure.fields import ArmFields, last_segment, resource_id
from ..azure.fingerprint import allowed, scope_path
from ..azure.rest_client import ArmPage
from ..azure.sdk_pages import pages_via_sdk
from ..azure.session import AzureSession
from ..carry_forward import CarryForward
from ..fields import identity, part
from ..writer import SnapshotWriter
from . import containers, listing_specs
from .assets import Assets
from .clients import Clients
from .containers import Container
from .endpoints import Served, deployment_row, endpoint_row, serverless_deployment_row
from .fingerprint import fingerprint
from .jobs import job_row
from .lineage import Lineage
from .listing_specs import Listing
from .mlflow_join import Joins
from .references import Workspaces
from .storage import Storage

_PROVIDER = "/providers/Microsoft.MachineLearningServices"
_ENDPOINTS = {"online_endpoints": "online", "batch_endpoints": "batch", "serverless_endpoints": "serverless"}


def read_azure_ml(settings: AzureMlSource, session: AzureSession, folder: Folder, since: Snapshot | None) -> Snapshot:
    """One snapshot of the scope in `folder`.

    since: the last snapshot of this source, or None: what cannot be read now stays as it was known then.
    Never raises for what Azure does: every collection's state says how far its reading came.
    """
    return _Reading(settings, session, SnapshotWriter(folder, settings.name), since).run()


class _Nested(NamedTuple):
    """What is listed once for an item of a collection above: the path below its place, and what its items need."""

    place: Container
    listing: Listing
    path: str
    name: str
    served: Served | None = None


class _Reading:
    """The state of one read: places, ids and joins; the records themselves go straight to the writer."""

    def __init__(
        self, settings: AzureMlSource, session: AzureSession, writer: SnapshotWriter, since: Snapshot | None
    ) -> None:
        self.settings, self.session, self.writer = settings, session, writer
        self.scope = scope_path(settings, session.subscription)
        self.address = session.cloud.resource_manager + self.scope
        self.fingerprint = fingerprint(settings, self.address)
        self.last = CarryForward(since, self.fingerprint)
        self.fields = ArmFields(writer.scrubber)
        self.workspaces, storage = Workspaces(), Storage()
        self.lineage = Lineage(writer, self.fields, storage, self.workspaces)
        self.assets = Assets(self.fields, storage, self.workspaces, session.cloud.storage_suffix)
        self.crawler = Crawler(writer, self.fields, settings.concurrency)
        self.clients = Clients(session)
        self.joins = Joins(settings, session, self.lineage, self.last)
        self.nested: list[_Nested] = []
        self.takers: dict[str, Callable[[Container, dict[str, Any]], None]] = {
            "datastores": self._datastore,
            "connections": self._connection,
            "schedules": self._schedule,
            "models": self._model,
            "data": self._data,
            **{listing: partial(self._endpoint, kind) for listing, kind in _ENDPOINTS.items()},
        }

    def run(self) -> Snapshot:
        started, began_ms = time.perf_counter(), int(time.time() * 1000)
        try:
            found = self._places(listing_specs.WORKSPACES, containers.workspace)
            registries = self._places(listing_specs.REGISTRIES, containers.registry)
            self._read(found, registries)
        finally:
            self.joins.close()
            self.crawler.close()
        self._keep_last_known()
        return self.writer.close(self._document(began_ms, time.perf_counter() - started))

    def _read(self, found: list[Container], registries: list[Container]) -> None:
        self.joins.begin(found, self.writer.folder)
        self.crawler.crawl([*self._short_tasks(found), *self._registry_tasks(registries)])
        self.crawler.crawl(self._job_tasks(found))
        for place in found:
            self.joins.finish(place, self._state(place, listing_specs.JOBS).state == ReadStatus.COMPLETE)
        self.crawler.crawl([self._nested_task(nested) for nested in self.nested])
        self._settle(found, registries)
        self.lineage.finish()
        self._access()

    # ---------------------------------------------------------------------------------------- containers

    def _places(self, listing: Listing, make: Callable[..., Container]) -> list[Container]:
        found: list[Container] = []
        patterns = self.settings.workspaces if listing is listing_specs.WORKSPACES else self.settings.registries
        state = self.writer.state(listing.collection, kind=listing.kind, covers=qualified_names.azure(self.scope) + "/")

        def take(item: dict[str, Any]) -> None:
            place = make(item, self.fields, self.session.cloud)
            if place.subtype == "registry":
                self.lineage.registries.add(place.name.lower())
            elif place.guid:
                self.workspaces.know(place.guid, place.id)
            if not allowed(patterns, place.name):
                self.writer.exclude(listing.collection, self.fields.key(place.id), self.fields.name_of(place.id))
            elif self.writer.add(AssetKind.PROJECT if place.subtype == "project" else AssetKind.SOURCE, place.row):
                found.append(place)

        path = f"{self.scope}{_PROVIDER}/{listing.path}"
        group = self.settings.resource_group
        scoped = listing.in_scope(group)
        self.crawler.crawl([Task(state, lambda: self._driven(path, scoped, group, None), take)])
        containers.titles(found)
        for place in found:
            self._part_of_hub(place)
        return found

    def _part_of_hub(self, place: Container) -> None:
        if place.subtype == "project" and place.row["container"]:
            self.writer.relate(
                Relation.PART_OF_SOURCE,
                place.qualified_name,
                place.row["container"],
                rule="hubResourceId",
                stated_by=place.qualified_name,
            )

    # ---------------------------------------------------------------------------------------- listings

    def _short_tasks(self, found: list[Container]) -> Iterator[Task]:
        for place in found:
            for listing in listing_specs.SHORT:
                yield Task(
                    self._state(place, listing),
                    partial(self._pages, place, listing),
                    partial(self.takers[listing.collection], place),
                )

    def _registry_tasks(self, registries: list[Container]) -> Iterator[Task]:
        for place in registries:
            listing = listing_specs.REGISTRY_MODELS
            yield Task(
                self._state(place, listing), partial(self.clients.registry_pages, place), partial(self._model, place)
            )

    def _job_tasks(self, found: list[Container]) -> Iterator[Task]:
        for place in found:
            yield Task(
                self._state(place, listing_specs.JOBS),
                partial(self._job_pages, place),
                partial(self._job, place),
                before=partial(self.joins.page, place),
            )

    def _nested_task(self, nested: _Nested) -> Task:
        take = {
            "model_versions": self._version,
            "data": self._data_version,
            "online_deployments": self._deployment,
            "batch_deployments": self._deployment,
        }[nested.listing.collection]
        raw, base = self.clients.raw(nested.place)
        path = f"{base}/{nested.path}"
        return Task(
            self._state(nested.place, nested.listing),
            lambda: raw.pages(path, nested.listing.query),
            partial(take, nested),
            nested=True,
        )

    def _pages(self, place: Container, listing: Listing) -> Iterator[ArmPage]:
        path = f"{place.id}/{listing.path}"
        if listing.sdk is None:
            return self.session.arm.pages(path, listing.query)
        return self._driven(path, listing, place.group, place.arm_name)

    def _driven(self, path: str, listing: Listing, group: str | None, workspace: str | None) -> Iterator[ArmPage]:
        """MLClient asks; one client for all listings of a workspace."""
        client, capture = self.clients.of(group, workspace)
        operation = listing.sdk
        assert operation is not None
        return pages_via_sdk(lambda: operation(client), path, listing.query, capture, self.session.arm)

    def _job_pages(self, place: Container) -> Iterator[ArmPage]:
        self.joins.ready(place)
        return self.session.arm.pages(f"{place.id}/{listing_specs.JOBS.path}", listing_specs.JOBS.query)

    # ---------------------------------------------------------------------------------------- items

    def _datastore(self, place: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.DATASTORE, self.assets.datastore(item, place))

    def _connection(self, place: Container, item: dict[str, Any]) -> None:
        row = connection_row(item, place.qualified_name, place.link("connections"), self.fields)
        self.writer.add(AssetKind.CONNECTION, row)
        connection, offered_by = row["qualified_name"], place.qualified_name
        self.writer.relate(
            Relation.CONNECTION_OF, connection, offered_by, rule="connection listing", stated_by=connection
        )

    def _schedule(self, place: Container, item: dict[str, Any]) -> None:
        self.writer.add(AssetKind.SCHEDULE, self.assets.schedule(item, place))

    def _model(self, place: Container, item: dict[str, Any]) -> None:
        name = identity(item, "name")
        collection = self._state(place, listing_specs.MODELS).collection
        if not allowed(self.settings.models, name):
            self.writer.exclude(collection, resource_id(item), self.fields.name_of(resource_id(item)))
            return
        if self.writer.add(AssetKind.MODEL, self.assets.model(item, place)):
            listing = (
                listing_specs.NESTED["model_versions"]
                if place.subtype != "registry"
                else listing_specs.REGISTRY_VERSIONS
            )
            self._below(place, listing, listing_specs.MODELS.path, name)

    def _data(self, place: Container, item: dict[str, Any]) -> None:
        self._state(place, listing_specs.NESTED["data"]).seen -= 1  # what counts are its versions
        self._below(place, listing_specs.NESTED["data"], "data", identity(item, "name"))

    def _endpoint(self, kind: str, place: Container, item: dict[str, Any]) -> None:
        row, served = endpoint_row(item, place, kind, self.fields)
        if not self.writer.add(AssetKind.ENDPOINT, row):
            return
        if kind == "serverless":
            self.lineage.of_deployment(serverless_deployment_row(item, row, served, self.fields), place)
        else:
            self._below(place, listing_specs.NESTED[f"{kind}_deployments"], f"{kind}Endpoints", served.name, served)

    def _below(self, place: Container, listing: Listing, above: str, name: str, served: Served | None = None) -> None:
        self.nested.append(_Nested(place, listing, f"{above}/{quote(name, safe='')}/{listing.path}", name, served))

    def _job(self, place: Container, item: dict[str, Any]) -> None:
        stated = job_row(item, place, self.fields)
        row, datasets = self.joins.completed(place, stated)
        rule = "parent named by the job" if stated["parent_run_id"] else "tag mlflow.parentRunId"
        self.lineage.of_job(item, row, place, rule, datasets)

    def _version(self, nested: _Nested, item: dict[str, Any]) -> None:
        place, properties = nested.place, part(item, "properties")
        row = self.assets.version(item, place, nested.name)
        stated = self.joins.run_of(place, nested.name, last_segment(row["native_id"]))
        origin = self.lineage.origin(row, properties, stated)
        if origin:
            row |= {"run_id": self.fields.text(origin[0]), "run_link": place.link("runs", origin[0])}
        if self.writer.add(AssetKind.MODEL_VERSION, row):
            self.lineage.of_version(row, properties, origin, place)

    def _data_version(self, nested: _Nested, item: dict[str, Any]) -> None:
        row, datastore, rule = self.assets.data_version(item, nested.place, nested.name)
        if self.writer.add(AssetKind.DATASET, row) and datastore:
            self.lineage.in_datastore(row["qualified_name"], datastore, rule)

    def _deployment(self, nested: _Nested, item: dict[str, Any]) -> None:
        assert nested.served is not None
        row = deployment_row(item, nested.place, nested.served, self.fields)
        self.lineage.of_deployment(row, nested.place, part(item, "properties").get("environmentId"))

    # ---------------------------------------------------------------------------------------- states

    def _state(self, place: Container, listing: Listing) -> CollectionState:
        covers = place.covers(listing.above or listing.path)
        return self.writer.state(f"{place.title}/{listing.collection}", kind=listing.kind, covers=covers)

    def _settle(self, found: list[Container], registries: list[Container]) -> None:
        """What is listed by container is known as far as the containers are."""
        pairs = [(place, listing) for place in found for listing in listing_specs.SHORT if listing.below]
        pairs += [(place, listing_specs.REGISTRY_MODELS) for place in registries]
        for place, above in pairs:
            below = self._state(place, listing_specs.NESTED[above.below])
            settle(below)
            listed = self._state(place, above)
            if listed is not below and listed.state != ReadStatus.COMPLETE:
                fail(
                    below,
                    f"{above.collection.replace('_', ' ')} could not all be listed: {listed.reason}",
                    listed.remedy,
                )
        for place in found:
            self._derive(
                place,
                listing_specs.SERVERLESS,
                AssetKind.DEPLOYMENT,
                "serverless_deployments",
                listing_specs.SERVERLESS.path,
            )
            if f"{place.title}/mlflow experiments" not in self.writer.states:
                self._derive(place, listing_specs.JOBS, AssetKind.EXPERIMENT, "experiments", "experiments")

    def _derive(self, place: Container, listing: Listing, kind: AssetKind, name: str, covered: str) -> None:
        """The state of things that another collection's items tell of."""
        told_by = self._state(place, listing)
        state = self.writer.state(f"{place.title}/{name}", kind=kind, covers=place.covers(covered))
        state.pages, state.seen = told_by.pages, sum(name.startswith(state.covers) for name in self.writer.names(kind))
        if told_by.state != ReadStatus.COMPLETE:
            fail(state, told_by.reason, told_by.remedy)

    def _keep_last_known(self) -> None:
        """Also of workspaces and registries that could not be listed, or not be understood, this time."""
        tops = [
            self.writer.states[listing.collection] for listing in (listing_specs.WORKSPACES, listing_specs.REGISTRIES)
        ]
        aside = {qualified_names.azure(name) for top in tops for name in self.writer.quarantined_ids(top.collection)}
        missing = next((top for top in tops if top.state != ReadStatus.COMPLETE), None)
        for former in self.last.former_collections():
            container = qualified_names.azure_container(former.covers)
            if former.collection in self.writer.states or container is None:
                continue
            if missing is not None or container in aside:
                state = self.writer.state(former.collection, kind=_kind(former), covers=former.covers)
                fail(state, missing.reason if missing else "what it stands in could not be understood.")
        self.last.take_over(self.writer, [state for state in self.writer.states.values() if _is_ours(state)])

    def _access(self) -> None:
        if not self.settings.access:
            return
        from ..azure.access import read_role_assignments

        read_role_assignments(self.session, self.writer, self.fields)

    def _document(self, began_ms: int, seconds: float) -> dict[str, Any]:
        traffic = self.session.traffic
        return {
            "platform": "azure_ml",
            "address": self.address,
            "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "full_read_at_ms": began_ms,
            "fingerprint": self.fingerprint,
            "seconds": round(seconds, 3),
            "calls": traffic.calls + self.joins.calls,
            "retries": traffic.retries + self.joins.retries,
            "seconds_waiting": round(traffic.seconds + self.joins.seconds, 3),
            "remaining_reads": traffic.remaining,
        }


def _kind(state: CollectionState) -> AssetKind | None:
    return AssetKind(state.kind) if state.kind else None


def _is_ours(state: CollectionState) -> bool:
    """MLflow's own snapshot below this one keeps what is last known there."""
    return "/mlflow " not in state.collection
