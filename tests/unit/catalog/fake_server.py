"""A small Apache Atlas in memory, behind httpx: what the real client meets in the publisher's unit tests.

It keeps entities and types, answers in the shapes of the v2 REST API and knows no relationships. Faults are functions
that see each request first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import orjson

API = "/api/atlas/v2"
Fault = Callable[[httpx.Request], httpx.Response | None]
Entity = dict[str, Any]


class FakeServer:
    """entities: by guid. requests: all that came in, in order, with those that a fault answered."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.typedefs: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[httpx.Request] = []
        self.faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def sent(self, method: str, path: str) -> list[httpx.Request]:
        """Requests of that method whose path ends so."""
        return [seen for seen in self.requests if seen.method == method and seen.url.path.endswith(path)]

    def posted(self) -> list[list[str]]:
        """The qualified names of every entity request."""
        bodies = [orjson.loads(seen.content)["entities"] for seen in self.sent("POST", "/entity/bulk")]
        return [[entity["attributes"]["qualifiedName"] for entity in body] for body in bodies]

    def named(self, qualified_name: str) -> Entity | None:
        matches = (item for item in self.entities.values() if item["attributes"]["qualifiedName"] == qualified_name)
        return next(matches, None)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        for fault in self.faults:
            if (answer := fault(request)) is not None:
                return answer
        return self.apply(request)

    def apply(self, request: httpx.Request) -> httpx.Response:
        """The answer of a healthy server, with its effect."""
        path = request.url.path.removeprefix(API)
        body: Any = orjson.loads(request.content) if request.content else None
        if path.endswith("/admin/status"):
            return _json({"Status": "ACTIVE"})
        if path.endswith("/admin/version"):
            return _json({"Version": "2.1.0"})
        if path == "/types/typedefs":
            return self._types(request.method, body)
        if path == "/entity/bulk":
            return self._upsert(body["entities"])
        if path.startswith("/entity/bulk/uniqueAttribute/type/"):
            return self._found(path.rsplit("/", 1)[1], request.url.params.values())
        if path == "/search/basic":
            return _json({"entities": [one for one in self.entities.values() if one["typeName"] == body["typeName"]]})
        if path.startswith("/entity/guid/") and request.method == "GET":
            entity = self.entities.get(path.rsplit("/", 1)[1])
            return _json({"entity": entity}) if entity else refusal("ATLAS-404-00-005", 404)
        return httpx.Response(204)  # relationships and classifications: taken, and not kept

    def _types(self, method: str, body: Any) -> httpx.Response:
        if method == "GET":
            return _json(self.typedefs)
        for section, typedefs in body.items():
            names = {item["name"] for item in typedefs}
            others = [item for item in self.typedefs.get(section, []) if item["name"] not in names]
            self.typedefs[section] = [*others, *typedefs]
        return _json(body)

    def _upsert(self, entities: list[Entity]) -> httpx.Response:
        assigned, created = {}, []
        for entity in entities:
            held = self.named(entity["attributes"]["qualifiedName"])
            guid = held["guid"] if held else f"guid-{next(self._numbers)}"
            if held is None:
                created.append({"guid": guid})
            attributes = (held["attributes"] if held else {}) | entity["attributes"]
            self.entities[guid] = (held or {}) | {
                "typeName": entity["typeName"],
                "guid": guid,
                "attributes": attributes,
            }
            assigned[entity["guid"]] = guid
        return _json({"mutatedEntities": {"CREATE": created}, "guidAssignments": assigned})

    def _found(self, type_name: str, names: Iterable[str]) -> httpx.Response:
        wanted = set(names)
        return _json(
            {
                "entities": [
                    entity
                    for entity in self.entities.values()
                    if entity["typeName"] == type_name and entity["attributes"]["qualifiedName"] in wanted
                ]
            }
        )


def refusal(code: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"errorCode": code, "errorMessage": "refused"})


def _json(content: Any) -> httpx.Response:
    return httpx.Response(200, content=orjson.dumps(content))
