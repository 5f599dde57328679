"""The v2 REST API of Apache Atlas, as much of it as publishing needs; what differs by product is in its dialect."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import tenacity

from ...config.catalogs import CatalogSettings
from ...errors import CatalogError
from ...net.http import Traffic
from ...staging.plan import Change, Key
from ..contract import Addition, Capabilities, Content, Entity, Link, Listed, RequestFailure, Written, other_name
from ..resend import resend_until_known
from . import payload
from .content import TERM_ASSIGNMENT, from_addition, from_link, to_content
from .errors import (
    ALREADY_CLASSIFIED,
    ALREADY_RELATED,
    NO_SUCH_ENTITY,
    NO_SUCH_RELATIONSHIP,
    NOT_CLASSIFIED,
    TYPE_EXISTS,
    UNKNOWN_TYPE,
    WRONG_RELATIONSHIP,
)
from .transport import AtlasHttp, PooledAtlasClient
from .types import Typedefs, difference, expected_typedefs, type_names

_PAUSE_SECONDS = 2.0
_PROBE = "ai_governance_check_that_is_never_written"
_TYPES_PAUSE_SECONDS = 5.0  # after a lost answer, types may be half made for a while


class AtlasApi(ABC):
    """Reads and writes of one catalog, as the contract has them.

    Attributes:
        url: of the server, without a slash at its end.
        api: path of the API on it.
        most_per_read: names that one request may ask for.
        longest_of_several: bytes of a query that asks for several names.
        not_propagated: what says, of a classification, that it stays on its entity.
        not_propagating: what says, of a relationship, that it passes no classifications on.
        already_classified: error codes that say that an entity has a classification already.
    """

    most_per_read = 1_000
    longest_of_several = 8_000
    not_propagated: Mapping[str, Any] = {"propagate": False}
    not_propagating: Mapping[str, Any] = {"propagateTags": "NONE"}
    already_classified = ALREADY_CLASSIFIED

    def __init__(self, http: AtlasHttp, settings: CatalogSettings) -> None:
        self.url, self.api = http.base, http.api
        self.settings = settings
        self._http = http
        self._client = PooledAtlasClient(http)

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What the product can do."""

    @abstractmethod
    def check(self) -> str:
        """Product, version and address of the server. Raises CatalogError or CatalogUnavailable."""

    @abstractmethod
    def listed(self, type_name: str, managed_by: str | None) -> Iterator[Listed]:
        """The entities of that type that an installation manages, by the catalog's search."""

    @property
    def traffic(self) -> Traffic:
        """What has been sent so far."""
        return self._http.traffic

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

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
            taken = self.post_entities(entities, self.creation_parameters(), attempts=1, write=False)
        except RequestFailure as failure:
            if failure.code not in WRONG_RELATIONSHIP:
                raise
            return
        for guid in sorted(set((taken.get("guidAssignments") or {}).values())):
            self._http.call("DELETE", f"{self.api}/entity/guid/{guid}", write=True)
        raise CatalogError(
            f"{self.url} took two entities that an Atlas refuses: {', '.join(names)}.",
            "See that they are deleted, and check the catalog's url and version.",
        )

    def creation_parameters(self) -> Mapping[str, str]:
        """Query of a request that creates entities."""
        return {}

    def update_parameters(self) -> Mapping[str, str]:
        """Query of a request that updates entities."""
        return {}

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
            for chunk in self._chunks(names):
                params = [(f"attr_{index}:qualifiedName", name) for index, name in enumerate(chunk)]
                if not relationships:
                    params += [("minExtInfo", "true"), ("ignoreRelationships", "true")]
                try:
                    answer = self._http.call(
                        "GET", f"{self.api}/entity/bulk/uniqueAttribute/type/{type_name}", params=params
                    )
                except RequestFailure as failure:
                    if failure.code not in UNKNOWN_TYPE:
                        raise
                    break
                found = (answer or {}).get("entities") or []
                yield from (payload.to_entity(item) for item in found if item.get("status") != "DELETED")

    def get(self, guid: str) -> Entity:
        """GET /entity/guid/{guid}; also for deleted entities."""
        return payload.to_entity(self._http.call("GET", f"{self.api}/entity/guid/{guid}")["entity"])

    def content(self, guid: str) -> Content | None:
        """GET /entity/guid/{guid}."""
        try:
            return to_content(self._http.call("GET", f"{self.api}/entity/guid/{guid}")["entity"])
        except RequestFailure as failure:
            if failure.code in NO_SUCH_ENTITY:
                return None
            raise

    def write(self, changes: Sequence[Change]) -> dict[Key, Written]:
        """POST /entity/bulk: all of them or none."""
        return payload.written(changes, self.post_entities(payload.from_changes(changes)))

    def touch(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """POST /entity/bulk with one entity."""
        self.post_entities([payload.from_attributes(key, attributes)])

    def post_entities(
        self,
        entities: Sequence[dict[str, Any]],
        params: Mapping[str, str] | None = None,
        *,
        attempts: int = 0,
        write: bool = True,
    ) -> dict[str, Any]:
        """POST /entity/bulk; its answer."""
        body = {"entities": list(entities)}
        answer = self._http.call(
            "POST", f"{self.api}/entity/bulk", params=params or None, json=body, attempts=attempts, write=write
        )
        return answer or {}

    def relate(self, relationship: str, end1: Key, end2: Key) -> None:
        """POST /relationship, without propagation."""
        document = {
            "typeName": relationship,
            "end1": payload.object_id(end1),
            "end2": payload.object_id(end2),
            **self.not_propagating,
        }
        self._write_once(lambda: self._client.upload_relationship(document), ALREADY_RELATED)

    def unrelate(self, relationship_guid: str) -> None:
        """DELETE /relationship/guid/{guid}?deleteType=HARD.

        Atlas heeds the type where the server sets atlas.rest.enable.delete.type.override; elsewhere it deletes softly.
        """
        self._delete_relationship(relationship_guid, {"deleteType": "HARD"})

    def _delete_relationship(self, guid: str, params: Mapping[str, str]) -> None:
        path = f"{self.api}/relationship/guid/{guid}"
        self._write_once(lambda: self._http.call("DELETE", path, params=params, write=True), NO_SUCH_RELATIONSHIP)

    def retains(self, relationship_guid: str) -> bool:
        """GET /relationship/guid/{guid}."""
        try:
            self._http.call("GET", f"{self.api}/relationship/guid/{relationship_guid}")
        except RequestFailure as failure:
            if failure.code in NO_SUCH_RELATIONSHIP or failure.status == 404:
                return False
            raise
        return True

    def classify(self, guid: str, name: str, attributes: Mapping[str, Any]) -> None:
        """POST /entity/guid/{guid}/classifications, without propagation."""
        try:
            self._add_classification(guid, name, attributes)
        except RequestFailure as failure:
            if failure.code not in ALREADY_CLASSIFIED:
                raise

    def _add_classification(self, guid: str, name: str, attributes: Mapping[str, Any]) -> None:
        path = f"{self.api}/entity/guid/{guid}/classifications"
        document = {"typeName": name, "attributes": attributes, **self.not_propagated}
        self._write_once(lambda: self._http.call("POST", path, json=[document], write=True), frozenset())

    def declassify(self, guid: str, name: str) -> None:
        """DELETE /entity/guid/{guid}/classification/{name}."""
        path = f"{self.api}/entity/guid/{guid}/classification/{quote(name)}"
        self._write_once(lambda: self._http.call("DELETE", path, write=True), NOT_CLASSIFIED)

    def add(self, to: Content, addition: Addition) -> None:
        """One request for attributes and contacts, one for each of the rest: entity requests leave it as it is."""
        path = f"{self.api}/entity/guid/{to.guid}"
        document = from_addition(to, addition)
        if document:
            self._write_by_guid(to.entity.key, to.guid, document)
        if addition.business_metadata:
            self._post_again(f"{path}/businessmetadata", addition.business_metadata)
        if addition.labels:
            self._write_once(
                lambda: self._http.call("PUT", f"{path}/labels", json=sorted(addition.labels), write=True), frozenset()
            )
        for classification in addition.classifications.values():
            self._post_again(f"{path}/classifications", [classification], self.already_classified)
        for link in addition.links:
            self._copy_link(link, to.guid)

    def delete(self, guid: str) -> None:
        """DELETE /entity/guid/{guid}; answered alike for what is deleted already."""
        self._write_once(
            lambda: self._http.call("DELETE", f"{self.api}/entity/guid/{guid}", write=True), NO_SUCH_ENTITY
        )

    def give_name(self, key: Key, guid: str) -> None:
        """POST /entity/bulk twice, by guid: Atlas skips an update that changes nothing."""
        for name in (other_name(key.qualified_name), key.qualified_name):
            self._write_by_guid(Key(key.type_name, name), guid, {})

    def _write_by_guid(self, key: Key, guid: str, document: Mapping[str, Any]) -> None:
        """Writes an entity that is there, whatever entity its name finds; name and qualified name have to be sent."""
        held = self.get(guid).attributes
        attributes = {"name": held.get("name"), **document.get("attributes", {}), "qualifiedName": key.qualified_name}
        entity = {**document, "typeName": key.type_name, "guid": guid, "attributes": attributes}
        self._write_once(lambda: self.post_entities([entity], self.update_parameters()), frozenset())

    def _copy_link(self, link: Link, guid: str) -> None:
        """The same relationship from another entity: GET /relationship/guid/{guid}, POST /relationship.

        Of a glossary term, POST /glossary/terms/{guid}/assignedEntities.
        """
        if link.relationship == TERM_ASSIGNMENT:
            self._post_again(f"{self.api}/glossary/terms/{link.target}/assignedEntities", [{"guid": guid}])
            return
        held = self._http.call("GET", f"{self.api}/relationship/guid/{link.guid}")["relationship"]
        self._post_again(f"{self.api}/relationship", from_link(held, link, guid), ALREADY_RELATED)

    def _post_again(self, path: str, body: Any, done_codes: frozenset[str] = frozenset()) -> None:
        self._write_once(lambda: self._http.call("POST", path, json=body, write=True), done_codes)

    def _typedefs(self) -> Typedefs:
        typedefs: Typedefs = self._http.call("GET", f"{self.api}/types/typedefs")
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

    def _chunks(self, names: Sequence[str]) -> Iterator[list[str]]:
        """The names in chunks whose URLs stay short, without those that fit none."""
        chunk: list[str] = []
        length = 0
        for name in names:
            size = len(quote(name, safe="")) + len("&attr_0000%3AqualifiedName=")
            if size > self.capabilities.longest_url:
                continue
            if chunk and (length + size > self.longest_of_several or len(chunk) == self.most_per_read):
                yield chunk
                chunk, length = [], 0
            chunk.append(name)
            length += size
        if chunk:
            yield chunk
