"""An Apache Atlas, asked directly over its v2 REST API."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from include.governance.staging.plan import Key
from tests.contract.catalog.inspector import Document

_AT_ONCE, _TRIES = 3, 40  # of two, one may be rolled back


class AtlasInspector:
    api = "/api/atlas/v2"
    version: ClassVar[dict[str, str]] = {}  # query of entity requests

    def __init__(self, url: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, auth=(user, password), timeout=60)

    def get(self, key: Key) -> Document | None:
        path = f"{self.api}/entity/uniqueAttribute/type/{key.type_name}"
        answer = self._http.get(path, params={"attr:qualifiedName": key.qualified_name})
        if answer.status_code in (400, 404):
            return None
        entity: Document = answer.raise_for_status().json()["entity"]
        return entity

    def by_guid(self, guid: str) -> Document:
        entity: Document = self._get(f"entity/guid/{guid}")["entity"]
        return entity

    def count(self, key: Key) -> int:
        matches = self._search(key.type_name, entityFilters=_equal("qualifiedName", key.qualified_name))
        return matches.count(key.qualified_name)

    def containing(self, type_name: str, text: str) -> list[str]:
        rule = {"attributeName": "qualifiedName", "operator": "contains", "attributeValue": text}
        return self._search(type_name, entityFilters={"condition": "AND", "criterion": [rule]})

    def named(self, type_name: str, name: str) -> list[str]:
        return self._search(type_name, entityFilters=_equal("name", name))

    def search(self, type_name: str, text: str) -> list[str]:
        return self._search(type_name, query=text)

    def lineage(self, guid: str, direction: str, depth: int) -> set[tuple[str, str]]:
        answer = self._get(f"lineage/{guid}", direction=direction, depth=depth)
        names = {guid: header["attributes"]["qualifiedName"] for guid, header in answer["guidEntityMap"].items()}
        return {(names[edge["fromEntityId"]], names[edge["toEntityId"]]) for edge in answer["relations"]}

    def delete(self, guids: Sequence[str]) -> None:
        for start in range(0, len(guids), 50):
            part = list(guids[start : start + 50])
            self._http.delete(f"{self.api}/entity/bulk", params={"guid": part}).raise_for_status()

    def purge(self, guids: Sequence[str]) -> None:
        """An Atlas without audit types purges, then answers 500."""
        self._http.put("/api/atlas/admin/purge", json=list(guids))
        assert all(self._http.get(f"{self.api}/entity/guid/{guid}").status_code == 404 for guid in guids)

    def delete_edge(self, relationship_guid: str) -> None:
        self._http.delete(f"{self.api}/relationship/guid/{relationship_guid}").raise_for_status()

    def edit(self, key: Key, attributes: Document) -> None:
        path = f"{self.api}/entity/uniqueAttribute/type/{key.type_name}?attr:qualifiedName={quote(key.qualified_name)}"
        entity = {"typeName": key.type_name, "attributes": attributes}
        self._http.put(path, json={"entity": entity}).raise_for_status()

    def create_at_once(self, entity: Document) -> list[str]:
        for _ in range(_TRIES):
            together = threading.Barrier(_AT_ONCE)
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                answers = pool.map(lambda _: self._create_with_others(entity, together), range(_AT_ONCE))  # noqa: B023
                made = sorted({guid for guid in answers if guid})
            if len(made) == 2:
                return made
            self.delete(made)  # one came after the other, or none was rolled back; the name is free again
        raise AssertionError("the catalog did not take two entities of one name")

    def _create_with_others(self, entity: Document, together: threading.Barrier) -> str | None:
        """None where the catalog rolled it back."""
        together.wait()
        self._get("types/entitydef/name/Process")  # on a connection of its own, which is then there
        together.wait()
        answer = self._upsert({**entity, "guid": "-1"})
        return answer.json()["guidAssignments"]["-1"] if answer.status_code != 500 else None

    def create(self, entity: Document) -> str:
        guid: str = self._upsert({**entity, "guid": "-1"}).raise_for_status().json()["guidAssignments"]["-1"]
        return guid

    def relate(self, relationship: str, end1: str, end2: str) -> None:
        self._post("relationship", {"typeName": relationship, "end1": {"guid": end1}, "end2": {"guid": end2}})

    def edit_by_guid(self, guid: str, entity: Document) -> None:
        held = self.by_guid(guid)
        required = {name: held["attributes"][name] for name in ("name", "qualifiedName")}
        attributes = {**required, **entity.get("attributes", {})}
        document = {**entity, "typeName": held["typeName"], "guid": guid, "attributes": attributes}
        self._upsert(document).raise_for_status()

    def assign_term(self, name: str, guid: str) -> str:
        glossary = self._made("glossary", {"name": f"glossary of {name}"})
        term = self._made("glossary/term", {"name": name, "anchor": {"glossaryGuid": glossary}})
        self._post(f"glossary/terms/{term}/assignedEntities", [{"guid": guid}])
        return term

    def classify(self, guid: str, name: str) -> None:
        self._post(f"entity/guid/{guid}/classifications", [{"typeName": name, "propagate": False}])

    def label(self, guid: str, labels: Sequence[str]) -> None:
        self._post(f"entity/guid/{guid}/labels", list(labels))

    def set_business_metadata(self, guid: str, group: str, fields: Document) -> None:
        self._post(f"entity/guid/{guid}/businessmetadata", {group: fields})

    def typedef(self, section: str, name: str) -> Document:
        return self._get(f"types/{section}/name/{name}")

    def define(self, section: str, typedef: Document) -> None:
        answer = self._http.post(f"{self.api}/types/typedefs", json={section: [typedef]})
        assert answer.is_success or answer.status_code == 409, answer.text

    def drop_type(self, name: str) -> None:
        self._http.delete(f"{self.api}/types/typedef/name/{name}")

    def close(self) -> None:
        self._http.close()

    def _search(self, type_name: str, **question: Any) -> list[str]:
        """POST /search/basic: qualified names of live entities."""
        body = {"typeName": type_name, "excludeDeletedEntities": True, "limit": 1_000, **question}
        answer = self._http.post(f"{self.api}/search/basic", json=body).raise_for_status().json()
        return [entity["attributes"]["qualifiedName"] for entity in answer.get("entities") or []]

    def _get(self, path: str, **params: Any) -> Document:
        document: Document = self._http.get(f"{self.api}/{path}", params=params).raise_for_status().json()
        return document

    def _upsert(self, entity: Document) -> httpx.Response:
        return self._http.post(f"{self.api}/entity/bulk", params=self.version, json={"entities": [entity]})

    def _made(self, path: str, body: Document) -> str:
        guid: str = self._http.post(f"{self.api}/{path}", json=body).raise_for_status().json()["guid"]
        return guid

    def _post(self, path: str, body: Any) -> None:
        self._http.post(f"{self.api}/{path}", json=body).raise_for_status()


def _equal(attribute: str, value: str) -> Document:
    rule = {"attributeName": attribute, "operator": "=", "attributeValue": value}
    return {"condition": "AND", "criterion": [rule]}
