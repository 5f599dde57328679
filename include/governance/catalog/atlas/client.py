"""One Apache Atlas over its v2 REST API (`/api/atlas/v2`), as much of it as publishing needs."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import tenacity

from ...config.catalogs import CatalogSettings
from ...config.connections import Endpoint
from ...errors import CatalogError, CatalogUnavailable
from ...model.catalog_types import MANAGED_BY
from ...net.http import Traffic
from ...staging.plan import Change, Key
from ..contract import Capabilities, Catalog, Entity, RequestFailure, Written
from ..resend import resend_until_known
from . import payload
from .errors import (
    ALREADY_CLASSIFIED,
    ALREADY_RELATED,
    NO_SUCH_RELATIONSHIP,
    NOT_CLASSIFIED,
    TYPE_EXISTS,
    UNKNOWN_TYPE,
    WRONG_RELATIONSHIP,
)
from .transport import API, AtlasHttp, PooledAtlasClient
from .types import Typedefs, difference, expected_typedefs, type_names

_LONGEST_QUERY = 8_000  # of several names, in bytes
_PAUSE_SECONDS = 2.0
_FOUND_PER_PAGE = 1_000
_PROBE = "ai_governance_check_that_is_never_written"
_TYPES_PAUSE_SECONDS = 5.0  # after a lost answer, types may be half made for a while


class AtlasClient:
    """Reads and writes of one Atlas, as the contract has them."""

    capabilities = Capabilities(
        soft_delete=True,
        purge=True,
        business_metadata=True,
        largest_batch=1_000,
        longest_url=15_500,  # Jetty's header buffer holds 16 kB; a URL beyond it is answered 414
        erasure_setting="atlas.rest.enable.delete.type.override=true in atlas-application.properties",
    )

    def __init__(self, endpoint: Endpoint, settings: CatalogSettings) -> None:
        self.url = endpoint.url.rstrip("/")
        self.settings = settings
        self._http = AtlasHttp(
            endpoint,
            timeout=settings.timeout_seconds,
            attempts=settings.attempts,
            max_wait=settings.max_wait_seconds,
        )
        self._client = PooledAtlasClient(self._http)

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far."""
        return self._http.traffic

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def check(self) -> str:
        """GET /api/atlas/admin/status (open) and /api/atlas/admin/version (needs the login)."""
        try:
            status = self._http.call("GET", "/api/atlas/admin/status")
            if status.get("Status") != "ACTIVE":
                raise CatalogUnavailable(
                    f"Atlas at {self.url} is {status.get('Status', 'in an unknown state')}, not ACTIVE.",
                    "Wait until it is active, or address the active instance.",
                )
            version = str(self._http.call("GET", "/api/atlas/admin/version").get("Version"))
            return f"Atlas {version} at {self.url}"
        except RequestFailure as failure:
            if failure.status != 404:
                raise failure.to_catalog_error() from None
        except AttributeError:
            pass
        raise CatalogError(f"{self.url} does not answer like an Atlas.", "Check the catalog's url.")

    def check_write(self) -> None:
        """POST /entity/bulk: a process that reads another process, which no relationship allows.

        Atlas 2.4 asks first whether the login may create the entities (403), then refuses the relationship (400) and
        rolls back: neither the entities nor audits of them are left.
        """
        names = [f"{_PROBE}/{uuid.uuid4().hex}/{number}" for number in range(2)]
        inputs = {"inputs": [{"typeName": "Process", "guid": "-2"}]}
        entities = [
            {"typeName": "Process", "guid": guid, "attributes": {"qualifiedName": name, "name": _PROBE, **more}}
            for guid, name, more in zip(("-1", "-2"), names, (inputs, {}), strict=True)
        ]
        try:
            self._http.call("POST", f"{API}/entity/bulk", json={"entities": entities}, attempts=1)
        except RequestFailure as failure:
            if failure.code not in WRONG_RELATIONSHIP:
                raise
            return
        raise CatalogError(
            f"{self.url} took two entities that an Atlas refuses: {', '.join(names)}.",
            "Delete them, and check the catalog's url and version.",
        )

    def entity_types(self) -> set[str]:
        """GET /types/typedefs."""
        return {typedef["name"] for typedef in self._typedefs().get("entityDefs") or []}

    def ensure_types(self) -> list[str]:
        """GET /types/typedefs; POST what is missing, PUT what is extended."""
        ensured: list[str] = []
        try:
            for attempt in self._resend_until_known(_TYPES_PAUSE_SECONDS):
                missing, extended = difference(expected_typedefs(), self._typedefs())
                ensured += [name for name in type_names(missing, extended) if name not in ensured]
                with attempt:
                    self._write_types(missing, extended)
        except RequestFailure as failure:
            raise failure.to_catalog_error() from None
        return ensured

    def _write_types(self, missing: Typedefs, extended: Typedefs) -> None:
        """What another sync has made meanwhile counts as a lost answer: the types are looked at again."""
        try:
            if any(missing.values()):
                self._client.upload_typedefs(missing)
            if any(extended.values()):
                self._client.update_typedefs(extended)
        except RequestFailure as failure:
            if failure.code in TYPE_EXISTS:
                failure.is_answer_lost = True
            raise

    def find(self, keys: Iterable[Key], *, relationships: bool = True) -> Iterator[Entity]:
        """GET /entity/bulk/uniqueAttribute/type/{type}, split by bytes of URL.

        Entities of a type that Atlas does not know are left out, and those whose name fits no URL.
        """
        by_type: dict[str, list[str]] = {}
        for key in keys:
            by_type.setdefault(key.type_name, []).append(key.qualified_name)
        for type_name, names in sorted(by_type.items()):
            for chunk in _by_length(names, self.capabilities.longest_url):
                params = [(f"attr_{index}:qualifiedName", name) for index, name in enumerate(chunk)]
                if not relationships:
                    params += [("minExtInfo", "true"), ("ignoreRelationships", "true")]
                try:
                    answer = self._http.call(
                        "GET", f"{API}/entity/bulk/uniqueAttribute/type/{type_name}", params=params
                    )
                except RequestFailure as failure:
                    if failure.code not in UNKNOWN_TYPE:
                        raise
                    break
                yield from map(payload.to_entity, (answer or {}).get("entities") or [])

    def keys(self, type_name: str, managed_by: str | None) -> Iterator[Key]:
        """POST /search/basic, by pages."""
        criterion = {"attributeName": MANAGED_BY, "operator": "eq", "attributeValue": managed_by}
        filters = {"condition": "AND", "criterion": [criterion]} if managed_by is not None else None
        for offset in itertools.count(0, _FOUND_PER_PAGE):
            query = {
                "typeName": type_name,
                "excludeDeletedEntities": True,
                "includeSubTypes": False,
                "entityFilters": filters,
                "attributes": ["qualifiedName"],
                "sortBy": "qualifiedName",
                "limit": _FOUND_PER_PAGE,
                "offset": offset,
            }
            try:
                answer = self._http.call("POST", f"{API}/search/basic", json=query)
            except RequestFailure as failure:
                if failure.code not in UNKNOWN_TYPE:
                    raise
                return
            found = (answer or {}).get("entities") or []
            yield from (Key(type_name, header["attributes"]["qualifiedName"]) for header in found)
            if len(found) < _FOUND_PER_PAGE:
                return

    def get(self, guid: str) -> Entity:
        """GET /entity/guid/{guid}; also for deleted entities."""
        return payload.to_entity(self._http.call("GET", f"{API}/entity/guid/{guid}")["entity"])

    def write(self, changes: Sequence[Change]) -> dict[Key, Written]:
        """POST /entity/bulk: all of them or none."""
        return payload.written(changes, self.post_entities(payload.from_changes(changes)))

    def touch(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """POST /entity/bulk with one entity."""
        self.post_entities([payload.from_attributes(key, attributes)])

    def post_entities(self, entities: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """POST /entity/bulk; its answer."""
        answer: dict[str, Any] = self._client.upload_entities({"entities": list(entities)})
        return answer

    def relate(self, relationship: str, end1: Key, end2: Key) -> None:
        """POST /relationship, without propagation."""
        document = {
            "typeName": relationship,
            "end1": payload.object_id(end1),
            "end2": payload.object_id(end2),
            "propagateTags": "NONE",
        }
        self._write_once(lambda: self._client.upload_relationship(document), ALREADY_RELATED)

    def unrelate(self, relationship_guid: str) -> None:
        """DELETE /relationship/guid/{guid}?deleteType=HARD.

        Atlas heeds the type where the server sets atlas.rest.enable.delete.type.override; elsewhere it deletes softly.
        """
        path, params = f"{API}/relationship/guid/{relationship_guid}", {"deleteType": "HARD"}
        self._write_once(lambda: self._http.call("DELETE", path, params=params, write=True), NO_SUCH_RELATIONSHIP)

    def retains(self, relationship_guid: str) -> bool:
        """GET /relationship/guid/{guid}."""
        try:
            self._http.call("GET", f"{API}/relationship/guid/{relationship_guid}")
        except RequestFailure as failure:
            if failure.code in NO_SUCH_RELATIONSHIP or failure.status == 404:
                return False
            raise
        return True

    def classify(self, guid: str, name: str, attributes: Mapping[str, Any]) -> None:
        """POST /entity/guid/{guid}/classifications, without propagation."""
        path = f"{API}/entity/guid/{guid}/classifications"
        document = {"typeName": name, "attributes": attributes, "propagate": False}
        self._write_once(lambda: self._http.call("POST", path, json=[document], write=True), ALREADY_CLASSIFIED)

    def declassify(self, guid: str, name: str) -> None:
        """DELETE /entity/guid/{guid}/classification/{name}."""
        path = f"{API}/entity/guid/{guid}/classification/{quote(name)}"
        self._write_once(lambda: self._http.call("DELETE", path, write=True), NOT_CLASSIFIED)

    def _typedefs(self) -> Typedefs:
        typedefs: Typedefs = self._http.call("GET", f"{API}/types/typedefs")
        return typedefs

    def _write_once(self, write: Callable[[], Any], done_codes: frozenset[str]) -> None:
        """Sends a write again while its answer is lost; an error code that says "it is so already" is success."""
        try:
            self._resend_until_known(_PAUSE_SECONDS)(write)
        except RequestFailure as failure:
            if failure.code not in done_codes:
                raise

    def _resend_until_known(self, pause_seconds: float) -> tenacity.Retrying:
        return resend_until_known(min(self.settings.settle_seconds, pause_seconds))


def open_catalog(endpoint: Endpoint, settings: CatalogSettings) -> Catalog:
    """The catalog's client; nothing is sent yet."""
    return AtlasClient(endpoint, settings)


def _by_length(names: Sequence[str], longest: int) -> Iterator[list[str]]:
    """The names in chunks whose URLs stay short, without those that fit none; longest: in bytes."""
    chunk: list[str] = []
    length = 0
    for name in names:
        size = len(quote(name, safe="")) + len("&attr_0000%3AqualifiedName=")
        if size > longest:
            continue
        if chunk and length + size > _LONGEST_QUERY:
            yield chunk
            chunk, length = [], 0
        chunk.append(name)
        length += size
    if chunk:
        yield chunk
