"""The connector of the example: models, versions and jobs of one server, page by page.

GET /api/{models|versions|jobs}?page_size=N&token=T answers {items: [...], next_page_token: text or null}.
Shapes: model {name, description, tags}; version {name, version, run_id, tags}; job {run_id, status, tags}.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from include.governance.config.connections import Endpoint, Lookup, endpoint
from include.governance.errors import SourceError, SourceUnavailable, Unsupported
from include.governance.model import json_text, qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.probe import Probe
from include.governance.model.read_status import ReadStatus
from include.governance.model.relations import Relation
from include.governance.net.http import HttpClient, HttpFailure
from include.governance.scrub import Scrubber
from include.governance.sources import Source
from include.governance.sources.carry_forward import CarryForward, table_layout
from include.governance.sources.fields import identity, part, text
from include.governance.sources.former_rows import Selection
from include.governance.sources.items import ItemId, take_item
from include.governance.sources.pagination import Pagination
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot

from .settings import ExampleSource

Item = dict[str, Any]
Row = dict[str, Any]


# 1. Parsing: one item to one row. Raises Malformed for an item that makes no sense.
def model_row(source: str, item: Mapping[str, Any], scrubber: Scrubber) -> Row:
    name = identity(item, "name")
    return _row(item, scrubber, qualified_name=qualified_names.model(source, name), native_id=name, name=name)


def version_row(source: str, item: Mapping[str, Any], scrubber: Scrubber) -> Row:
    model, version = identity(item, "name"), identity(item, "version")
    return _row(
        item,
        scrubber,
        qualified_name=qualified_names.model_version(source, model, version),
        native_id=f"{model}/{version}",
        name=f"{model} v{version}",
        model=qualified_names.model(source, model),
        model_name=model,
        run_id=text(item.get("run_id")),
    )


def run_row(source: str, item: Mapping[str, Any], scrubber: Scrubber) -> Row:
    run_id, status = identity(item, "run_id"), text(item.get("status"))
    name = qualified_names.run(source, run_id)
    return _row(item, scrubber, qualified_name=name, native_id=run_id, name=run_id, status=status)


def _row(item: Mapping[str, Any], scrubber: Scrubber, **columns: Any) -> Row:
    tags = {str(key): text(value) or "" for key, value in part(item, "tags").items()}
    description = scrubber.text(text(item.get("description")) or "") or None
    tags_json = json_text.dump(scrubber.mapping(tags))
    return {**columns, "description": description, "tags_json": tags_json, "secrets_removed": scrubber.take()}


# 2. The listings, as data. id_fields: where the id of an item is that cannot be parsed.
class Listing(NamedTuple):
    collection: str
    kind: AssetKind
    row: Callable[[str, Mapping[str, Any], Scrubber], Row]
    name: Callable[..., str]
    id_fields: tuple[str, ...]
    is_optional: bool = False


LISTINGS = (
    Listing("models", AssetKind.MODEL, model_row, qualified_names.model, ("name",)),
    Listing("versions", AssetKind.MODEL_VERSION, version_row, qualified_names.model_version, ("name", "version")),
    Listing("jobs", AssetKind.RUN, run_row, qualified_names.run, ("run_id",), is_optional=True),
)


# 3. The client: pages of raw items, and what its errors mean.
class ExampleClient:
    def __init__(self, address: Endpoint, settings: ExampleSource) -> None:
        self._http = HttpClient(address, timeout=settings.timeout_seconds, attempts=settings.attempts)
        self._page_size = settings.page_size
        self.traffic, self.close = self._http.traffic, self._http.close

    def pages(self, listing: Listing) -> Iterator[list[Any]]:
        token, pagination = None, Pagination(listing.collection, "Sync again.")
        while True:
            items, token = self._page(listing, token)
            pagination.check(items, token)
            yield items
            if not token:
                return

    def _page(self, listing: Listing, token: str | None) -> tuple[list[Any], str | None]:
        params = {"page_size": self._page_size, **({"token": token} if token else {})}
        try:
            answer = self._http.call("GET", f"/api/{listing.collection}", params=params)
        except HttpFailure as failure:
            raise to_source_error(failure, listing) from None
        items = answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(items, list):
            raise SourceError(f"{listing.collection}: the answer has no list `items`.", "Check the server's address.")
        return items, answer.get("next_page_token")


def to_source_error(error: HttpFailure, requested: Listing) -> SourceError:
    if requested.is_optional and error.status in (404, 405, 501):
        return Unsupported(f"this server does not offer {requested.collection}.")
    if error.status in (0, 429) or error.status >= 500:
        return SourceUnavailable(error.sentence, "Check that the server is up and reachable from here.")
    return SourceError(error.sentence, "Check the address, the credential and its permissions.")


# 4. The reader: every page to the writer, every collection's state kept, the last snapshot carried forward.
class ExampleReading:
    def __init__(self, name: str, client: ExampleClient, writer: SnapshotWriter, last: CarryForward) -> None:
        self.name, self.client, self.writer, self.last = name, client, writer, last

    def read(self, listing: Listing, settings: ExampleSource) -> None:
        state = self.writer.state(listing.collection, kind=listing.kind)
        take, identify = partial(self._take, listing, settings), partial(self._identify, listing)
        try:
            for items in self.client.pages(listing):
                for item in items:
                    state.seen += 1
                    take_item(self.writer, state, item, take, identify)
                state.pages += 1
        except Unsupported as error:
            if state.pages or self.last.offered(listing.collection):
                state.fail(error.message, "Check the server.")
            else:
                state.state, state.reason = ReadStatus.UNSUPPORTED, error.message
        except SourceError as error:
            state.fail(error.message, error.remedy)

    def _take(self, listing: Listing, settings: ExampleSource, item: Item) -> None:
        if listing.kind != AssetKind.RUN and not settings.models.allows(identity(item, "name")):
            self.writer.exclude(listing.collection, *self._identify(listing, item))
            return
        row = listing.row(self.name, item, self.writer.scrubber)
        if self.writer.add(listing.kind, row) and listing.kind == AssetKind.MODEL_VERSION:
            self._relate(row)

    def _relate(self, row: Row) -> None:
        name, relate = row["qualified_name"], self.writer.relate
        relate(Relation.VERSION_OF_MODEL, name, row["model"], rule="registry entry", stated_by=name)
        if row["run_id"]:
            run = qualified_names.run(self.name, row["run_id"])
            relate(Relation.RUN_PRODUCED_VERSION, run, name, rule="run id of the version", stated_by=name)

    def _identify(self, listing: Listing, item: Any) -> ItemId:
        ids = [item.get(field) if isinstance(item, dict) else None for field in listing.id_fields]
        known = [value for value in ids if isinstance(value, str) and value]
        name = listing.name(self.name, *known) if len(known) == len(ids) else None
        return ItemId("/".join(map(str, ids)), name)


# 5. The connector: what the registry of kinds names.
class ExampleConnector(Source[ExampleSource]):
    """Models, versions and training jobs of one server."""

    def read(self, settings: ExampleSource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
        started, began_ms = time.perf_counter(), int(time.time() * 1000)
        address = endpoint(settings, settings.url, lookup)
        client, writer = ExampleClient(address, settings), SnapshotWriter(folder, settings.name)
        fingerprint = qualified_names.short_hash(address.url, settings.models.model_dump_json(), *table_layout())
        selected = {
            AssetKind.MODEL: Selection(("native_id",), settings.models.allows),
            AssetKind.MODEL_VERSION: Selection(("model_name",), settings.models.allows),
        }
        last = CarryForward(since, fingerprint, address.url, selected=selected)
        reading = ExampleReading(settings.name, client, writer, last)
        for listing in LISTINGS:
            reading.read(listing, settings)
        client.close()
        last.carry_collections(writer, writer.states.values())
        last.exclude_unlisted(writer)
        document = {"platform": "example", "address": address.url, "full_read_at_ms": began_ms}
        document |= {"fingerprint": fingerprint, "seconds": round(time.perf_counter() - started, 3)}
        return writer.close({**document, "calls": client.traffic.calls, "retries": client.traffic.retries})

    def test_connection(self, settings: ExampleSource, lookup: Lookup) -> str:
        address = endpoint(settings, settings.url, lookup)
        client = ExampleClient(address, settings.model_copy(update={"page_size": 1, "attempts": 1}))
        try:
            next(client.pages(LISTINGS[0]))
        finally:
            client.close()
        return f"example at {address.url}: models can be listed"

    def probes(self, settings: ExampleSource, lookup: Lookup) -> Iterator[Probe]:
        address = endpoint(settings, settings.url, lookup)
        with closing(ExampleClient(address, settings.model_copy(update={"page_size": 1, "attempts": 1}))) as client:
            for listing in LISTINGS:
                yield Probe(listing.collection, partial(_ask, client, listing))


def _ask(client: ExampleClient, listing: Listing) -> str:
    next(client.pages(listing))
    return "can be listed"
