"""One Apache Atlas over its v2 REST API (`/api/atlas/v2`), as much of it as publishing needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ...config.connections import Endpoint
from ...config.models import AtlasCatalog
from ...errors import CatalogError, CatalogUnavailable
from ...net.http import HttpClient, HttpFailure, Traffic
from ...staging.plan import Key
from .transport import API, PooledAtlasClient

# Jetty's header buffer holds 16 kB; a URL beyond it is answered 414
_LONGEST_QUERY, _LONGEST_URL = 8_000, 15_500
_EXISTS = "ATLAS-409-00-004"
_GONE = {"ATLAS-404-00-00C", "ATLAS-404-00-00F"}
_NOT_CLASSIFIED = {"ATLAS-400-00-06D", "ATLAS-404-00-003"}
_UNKNOWN_TYPE = "ATLAS-400-00-014"
_UNKNOWN_REFERENCE = {"ATLAS-400-00-07D", "ATLAS-404-00-00A", "ATLAS-404-00-009", "ATLAS-404-00-005"}
_RESENDS = 3
_PAUSE_SECONDS = 2.0

Entity = dict[str, Any]


class Atlas:
    """Reads and writes of one Atlas. Raises HttpFailure where the caller decides, CatalogError where all is lost."""

    def __init__(self, endpoint: Endpoint, settings: AtlasCatalog) -> None:
        self.url = endpoint.url.rstrip("/")
        self.settings = settings
        self._http = HttpClient(
            endpoint,
            timeout=settings.timeout_seconds,
            attempts=settings.attempts,
            max_wait=settings.max_wait_seconds,
        )
        self.client = PooledAtlasClient(self._http)

    @property
    def traffic(self) -> Traffic:
        return self._http.traffic

    def close(self) -> None:
        self._http.close()

    def check(self) -> str:
        """The server's version. Raises CatalogError or CatalogUnavailable saying what is wrong.

        GET /api/atlas/admin/status (open) and /api/atlas/admin/version (needs the login).
        """
        try:
            status = self._http.call("GET", "/api/atlas/admin/status")
            if status.get("Status") != "ACTIVE":
                raise CatalogUnavailable(
                    f"Atlas at {self.url} is {status.get('Status', 'in an unknown state')}, not ACTIVE.",
                    "Wait until it is active, or address the active instance.",
                )
            return str(self._http.call("GET", "/api/atlas/admin/version").get("Version"))
        except HttpFailure as failure:
            if failure.status != 404:
                raise explained(failure) from None
        except AttributeError:
            pass
        raise CatalogError(f"{self.url} does not answer like an Atlas.", "Check the catalog's url.")

    def typedefs(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = self._http.call("GET", f"{API}/types/typedefs")
        return found

    def find(self, keys: Iterable[Key], *, relationships: bool = True) -> Iterator[Entity]:
        """The entities that are there and not deleted, with their relationships unless they are not asked for.

        GET /entity/bulk/uniqueAttribute/type/{type}: missing ones are left out, also those of a type that the catalog
        does not know and those whose name fits no URL; split by bytes of URL.
        """
        by_type: dict[str, list[str]] = {}
        for key in keys:
            by_type.setdefault(key.type_name, []).append(key.qualified_name)
        for type_name, names in sorted(by_type.items()):
            for chunk in _by_length(names):
                params = [(f"attr_{index}:qualifiedName", name) for index, name in enumerate(chunk)]
                if not relationships:
                    params += [("minExtInfo", "true"), ("ignoreRelationships", "true")]
                try:
                    answer = self._http.call(
                        "GET", f"{API}/entity/bulk/uniqueAttribute/type/{type_name}", params=params
                    )
                except HttpFailure as failure:
                    if error_code(failure) != _UNKNOWN_TYPE:
                        raise
                    break
                yield from (answer or {}).get("entities") or []

    def get(self, guid: str) -> Entity:
        """GET /entity/guid/{guid}; also for deleted entities."""
        answer: Entity = self._http.call("GET", f"{API}/entity/guid/{guid}")["entity"]
        return answer

    def post_entities(self, entities: Sequence[Entity]) -> dict[str, Any]:
        """POST /entity/bulk: all of them or none."""
        answer: dict[str, Any] = self.client.upload_entities({"entities": list(entities)})
        return answer

    def relate(self, relationship: str, end1: Key, end2: Key) -> None:
        """POST /relationship; an active one that is there already is fine."""
        payload = {"typeName": relationship, "end1": object_id(end1), "end2": object_id(end2), "propagateTags": "NONE"}
        try:
            self._until_known(lambda: self.client.upload_relationship(payload))
        except HttpFailure as failure:
            if error_code(failure) != _EXISTS:
                raise

    def unrelate(self, relationship_guid: str) -> None:
        """DELETE /relationship/guid/{guid}; one that is deleted already is fine."""
        try:
            self._until_known(lambda: self.client.delete_relationship(relationship_guid))
        except HttpFailure as failure:
            if error_code(failure) not in _GONE:
                raise

    def classify(self, guid: str, name: str, attributes: dict[str, Any]) -> None:
        """POST /entity/guid/{guid}/classifications, without propagation; one that is there already is fine."""
        path = f"{API}/entity/guid/{guid}/classifications"
        classification = {"typeName": name, "attributes": attributes, "propagate": False}
        try:
            self._until_known(lambda: self._http.call("POST", path, json=[classification], write=True))
        except HttpFailure as failure:
            if error_code(failure) != "ATLAS-400-00-01A":
                raise

    def declassify(self, guid: str, name: str) -> None:
        """DELETE /entity/guid/{guid}/classification/{name}; one that is not there is fine."""
        path = f"{API}/entity/guid/{guid}/classification/{quote(name)}"
        try:
            self._until_known(lambda: self._http.call("DELETE", path, write=True))
        except HttpFailure as failure:
            if error_code(failure) not in _NOT_CLASSIFIED:
                raise

    def _until_known(self, write: Callable[[], Any]) -> None:
        """Sends a write that does no harm twice, again while its answer is lost."""
        for attempt in range(_RESENDS + 1):
            try:
                write()
                return
            except HttpFailure as failure:
                if failure.applied != "unknown" or attempt == _RESENDS:
                    raise
            time.sleep(min(self.settings.settle_seconds, _PAUSE_SECONDS))

    def page_of(self, guid: str, tab: str = "lineage") -> str:
        """The entity's page in Atlas' own web UI."""
        return f"{self.url}/index.html#!/detailPage/{guid}?tabActive={tab}"


def object_id(key: Key) -> dict[str, Any]:
    return {"typeName": key.type_name, "uniqueAttributes": {"qualifiedName": key.qualified_name}}


def error_code(failure: HttpFailure) -> str:
    return str(failure.body.get("errorCode", "")) if isinstance(failure.body, dict) else ""


def is_unknown_reference(failure: HttpFailure) -> bool:
    return error_code(failure) in _UNKNOWN_REFERENCE


def is_outage(failure: HttpFailure) -> bool:
    """Whether the catalog as a whole cannot take writes now, whatever the payload.

    An answer that stays unknown is one: something in between answers in the catalog's place.
    """
    return failure.status in (0, 429, 502, 503, 504) or failure.applied == "unknown"


def explained(failure: HttpFailure) -> CatalogError:
    """What a failed request means to whoever is on call."""
    if failure.status in (401, 403):
        return CatalogError(
            f"the catalog refused the login or the permission: {failure.sentence}",
            "Check the catalog's username and password, and that this user may create types and entities.",
        )
    if is_outage(failure) or failure.status == 500:
        return CatalogUnavailable(
            failure.sentence, "Check that the catalog is up, then run the sync again: it goes on where it stopped."
        )
    return CatalogError(failure.sentence, "See the catalog's log for this request.")


def _by_length(names: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    length = 0
    for name in names:
        size = len(quote(name, safe="")) + len("&attr_0000%3AqualifiedName=")
        if size > _LONGEST_URL:
            continue
        if chunk and length + size > _LONGEST_QUERY:
            yield chunk
            chunk, length = [], 0
        chunk.append(name)
        length += size
    if chunk:
        yield chunk
