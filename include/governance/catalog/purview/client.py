"""One Microsoft Purview account over the Data Map's REST API (`/datamap/api`, 2023-09-01).

Its v2 API is that of Apache Atlas; here is what differs. Search is asynchronous: nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from ...config.catalogs import CatalogSettings, PurviewCatalog
from ...config.connections import Endpoint
from ...config.register.people import Person
from ...errors import CatalogError
from ...model.catalog_types import MANAGED_BY
from ...model.vocabularies import Action
from ...staging.plan import Change, Key
from ..atlas_api import AtlasApi, payload
from ..contract import Capabilities, Catalog, Entity, Listed, RequestFailure, Written
from .contacts import contacts_of
from .errors import ALREADY_CLASSIFIED
from .http import PurviewHttp

_FOUND_PER_PAGE = 1_000
_BASE_TYPE = "Process"


class PurviewClient(AtlasApi):
    """Reads and writes of one account, as the contract has them."""

    not_propagated: Mapping[str, Any] = {}  # Purview propagates nothing, and its models have no words for it
    not_propagating: Mapping[str, Any] = {}
    already_classified = ALREADY_CLASSIFIED

    def __init__(self, endpoint: Endpoint, settings: PurviewCatalog, people: Sequence[Person]) -> None:
        http = PurviewHttp(endpoint, settings)
        super().__init__(http, settings)
        self._root, self._people, self._settings = http.root, people, settings
        self._exists: dict[Key, bool] = {}  # what this session has read or written
        self.most_per_read = settings.read_batch_size
        self.longest_of_several = settings.longest_query

    @property
    def capabilities(self) -> Capabilities:
        """What is deleted counts as gone for good: sources disagree on whether Purview keeps it."""
        return Capabilities(
            soft_delete=False,
            purge=False,
            business_metadata=True,
            largest_batch=200,
            longest_url=self._settings.longest_query,
        )

    def check(self) -> str:
        """GET /atlas/v2/types/entitydef/name/Process: address, token and the right to read, in one small answer."""
        try:
            answer = self._http.call("GET", f"{self.api}/types/entitydef/name/{_BASE_TYPE}")
        except RequestFailure as failure:
            if failure.status == 404:
                raise self._no_account() from None
            raise failure.to_catalog_error() from None
        if not isinstance(answer, dict) or answer.get("name") != _BASE_TYPE:
            raise self._no_account()
        return f"Microsoft Purview at {self.url}"

    def find(self, keys: Iterable[Key], *, relationships: bool = True) -> Iterator[Entity]:
        """GET /atlas/v2/entity/bulk/uniqueAttribute/type/{type}."""
        asked = list(keys)
        found = list(super().find(asked, relationships=relationships))
        self._exists |= dict.fromkeys(asked, False) | dict.fromkeys((entity.key for entity in found), True)
        return iter(found)

    def listed(self, type_name: str, managed_by: str | None) -> Iterator[Listed]:
        """POST /search/query, by continuation token; each hit is confirmed by a read, which knows who manages it.

        A read by name finds one entity of each name at most; further hits are read by their guid.
        """
        guids = {str(hit.get("id")): hit["qualifiedName"] for hit in self._hits(type_name)}
        found = list(self.find([Key(type_name, name) for name in sorted({*guids.values()})], relationships=False))
        further = sorted(guids.keys() - {entity.guid for entity in found})
        found += [content.entity for guid in further if (content := self.content(guid))]
        for entity in found:
            stamp = entity.attributes.get(MANAGED_BY) or None
            if managed_by is None or stamp == managed_by:
                yield Listed(entity.key, entity.guid, stamp)

    def _hits(self, type_name: str) -> Iterator[dict[str, Any]]:
        body: dict[str, Any] = {"filter": {"and": [{"entityType": type_name}]}, "limit": _FOUND_PER_PAGE}
        while True:
            answer = self._search(body)
            hits = answer.get("value") or []
            yield from (hit for hit in hits if hit.get("entityType", type_name) == type_name)
            token = answer.get("continuationToken")
            if not token or not hits or token == body.get("continuationToken"):
                return
            body = {**body, "continuationToken": token}

    def write(self, changes: Sequence[Change]) -> dict[Key, Written]:
        """POST /atlas/v2/entity/bulk: with the collection for what is new, then without it for what exists.

        A collection that is sent for an asset that exists would move it. What a change creates and the account has
        already (a lost state, an interrupted sync) is found by a read; within one session each asset is asked for once.
        """
        absent = self._missing([change.key for change in changes])
        new = {change.key for change in changes if change.key in absent and self._is_new(change)}
        written: dict[Key, Written] = {}
        parts = ([change for change in changes if (change.key in new) is is_new] for is_new in (True, False))
        for part, is_new in zip(parts, (True, False), strict=True):
            if part:
                written |= self._write_part(part, is_new=is_new)
        return written

    def touch(self, key: Key, attributes: Mapping[str, Any]) -> None:
        """POST /atlas/v2/entity/bulk with one entity."""
        self._post([payload.from_attributes(key, attributes)], [key], is_new=bool(self._missing([key])))

    def classify(self, guid: str, name: str, attributes: Mapping[str, Any]) -> None:
        """POST /atlas/v2/entity/guid/{guid}/classifications; what says "it is so already" is verified by a read."""
        try:
            self._add_classification(guid, name, attributes)
        except RequestFailure as failure:
            if failure.code not in ALREADY_CLASSIFIED or name not in self.get(guid).classifications:
                raise

    def unrelate(self, relationship_guid: str) -> None:
        """DELETE /atlas/v2/relationship/guid/{guid}."""
        self._delete_relationship(relationship_guid, {})

    def creation_parameters(self) -> Mapping[str, str]:
        """Query of a request that creates entities."""
        return {"collectionId": self._settings.collection, **self.update_parameters()}

    def update_parameters(self) -> Mapping[str, str]:
        """Query of a request that updates entities."""
        return {"businessAttributeUpdateBehavior": self._settings.business_attributes}

    def _search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._http.call("POST", f"{self._root}/search/query", json=body)
        if not isinstance(answer, dict):
            raise self._no_account()
        return answer

    def _missing(self, keys: Sequence[Key]) -> set[Key]:
        """Those that the account does not have."""
        unknown = [key for key in keys if key not in self._exists]
        if unknown:
            list(self.find(unknown, relationships=False))
        return {key for key in keys if not self._exists[key]}

    def _is_new(self, change: Change) -> bool:
        """Whether an asset that no read has found is new: one whose name fits no URL cannot be found."""
        return change.action == Action.CREATE or len(quote(change.qualified_name)) < self._settings.longest_query

    def _write_part(self, changes: Sequence[Change], *, is_new: bool) -> dict[Key, Written]:
        documents = payload.from_changes(changes)
        for change, document in zip(changes, documents, strict=True):
            for classification in document.get("classifications") or []:
                classification.pop("propagate", None)
            contacts = contacts_of(change, self._settings.contacts, self._people)
            if contacts is not None:
                document["contacts"] = contacts
        answer = self._post(documents, [change.key for change in changes], is_new=is_new)
        return payload.written(changes, self._with_assignments(changes, answer))

    def _post(self, documents: Sequence[dict[str, Any]], keys: Sequence[Key], *, is_new: bool) -> dict[str, Any]:
        self._refuse_large(documents)
        params = self.creation_parameters() if is_new else self.update_parameters()
        try:
            answer = self.post_entities(documents, params)
        except RequestFailure:
            for key in keys:  # whether they exist now is not known
                self._exists.pop(key, None)
            raise
        self._exists |= dict.fromkeys(keys, True)
        return answer

    def _refuse_large(self, documents: Sequence[dict[str, Any]]) -> None:
        for document in documents:
            size = len(orjson.dumps(document))
            if size > self._settings.largest_asset:
                name = document["attributes"]["name"]
                most = self._settings.largest_asset
                raise RequestFailure(
                    f"{name} is {size / 1e6:.1f} MB; Purview takes assets of at most {most / 1e6:.1f} MB "
                    "(`largest_asset`): it was not sent."
                )

    def _with_assignments(self, changes: Sequence[Change], answer: dict[str, Any]) -> dict[str, Any]:
        """The answer with the guids of all that was sent.

        Purview may name other numbers in `guidAssignments` than the request does; its headers say whose guid it is.
        """
        assigned = dict(answer.get("guidAssignments") or {})
        headers = [header for group in (answer.get("mutatedEntities") or {}).values() for header in group or []]
        by_key = {_key_of(header): header.get("guid") for header in headers}
        for index, change in enumerate(changes, start=1):
            guid = assigned.get(str(-index)) or by_key.get(change.key)
            if guid:
                assigned[str(-index)] = guid
        return {**answer, "guidAssignments": assigned}

    def _no_account(self) -> CatalogError:
        return CatalogError(
            f"{self.url} does not answer like a Purview account.", "Check `url` and `base_path` of the catalog."
        )


def _key_of(header: Mapping[str, Any]) -> Key:
    attributes = header.get("attributes") or {}
    return Key(str(header.get("typeName")), str(attributes.get("qualifiedName") or header.get("qualifiedName")))


def open_catalog(endpoint: Endpoint, settings: CatalogSettings, people: Sequence[Person]) -> Catalog:
    """The catalog's client; nothing is sent yet. Raises ConfigurationError where address or credential are unusable."""
    assert isinstance(settings, PurviewCatalog)
    return PurviewClient(endpoint, settings, people)
