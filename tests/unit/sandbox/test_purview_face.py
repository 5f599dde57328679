"""The face refuses what Purview refuses; what it lets through is tested with the catalog's contract."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.governance.config import load
from include.sandbox.purview import PurviewFace, configuration, purview_face
from include.sandbox.purview.calls import CALLS, call_of
from include.sandbox.purview.refusals import Capacity, Refused
from include.sandbox.purview.search import as_basic, as_purview

V2, VERSION = "/datamap/api/atlas/v2", "api-version=2023-09-01"
AUDIENCE = "https://purview.azure.net"
NO_ATLAS = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def face() -> Iterator[PurviewFace]:
    """In front of nothing: what it refuses never gets there."""
    with purview_face(NO_ATLAS, ("u", "p")) as face:
        yield face


def ask(face: PurviewFace, method: str, target: str, body: Any = None, *, audience: str = AUDIENCE) -> httpx.Response:
    headers = {"Authorization": f"Bearer {face.authority.make(audience)}"} if audience else {}
    return httpx.request(method, face.url + target, json=body, headers=headers, verify=False)


def entities(count: int = 1, **more: Any) -> dict[str, Any]:
    one = {"typeName": "DataSet", "attributes": {"qualifiedName": "q", "name": "q"}, **more}
    return {"entities": [one] * count}


ID = "00000000-0000-0000-0000-000000000001"
BULK = f"{V2}/entity/bulk?{VERSION}"


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "says"),
    [
        ("POST", f"{V2}/search/basic", {}, 404, "RequestInvalid"),
        ("GET", "/api/atlas/v2/types/typedefs", None, 404, "RequestInvalid"),
        ("GET", f"{V2}/types/typedefs", None, 400, "api-version"),
        ("GET", f"{V2}/types/typedefs?api-version=2019-01-01", None, 400, "api-version"),
        ("GET", f"{V2}/entity/guid/g?{VERSION}", None, 400, "takes no api-version"),
        ("POST", f"{BULK}&collectionId=nowhere", entities(), 400, "nowhere does not exist"),
        ("POST", BULK, entities(201), 400, "201 entities"),
        ("POST", BULK, entities(note="x" * 2_000_001), 413, "2 MB"),
        ("POST", BULK, entities(contacts={"Owner": [{"id": ID}] * 21}), 400, "21 contacts"),
        ("POST", BULK, entities(contacts={"Expert": [{"id": "ada@example.com"}]}), 400, "object id"),
        ("POST", BULK, entities(contacts={"Steward": []}), 400, "no Steward"),
        ("GET", f"{V2}/entity/bulk?{VERSION}" + f"&guid={ID}" * 200, None, 414, "too long"),
        ("DELETE", f"{V2}/entity/bulk?guid=" + "&guid=".join("g" * 121), None, 400, "120 guids"),
        ("POST", f"/datamap/api/search/query?{VERSION}", {"offset": 3}, 400, "offset"),
        ("POST", f"/datamap/api/search/query?{VERSION}", {"limit": 1_001}, 400, "limit"),
    ],
    ids=[
        "Atlas' search",
        "Atlas' base",
        "no version",
        "another version",
        "a version not taken",
        "unknown collection",
        "too many",
        "too large",
        "too many contacts",
        "a contact without id",
        "another kind of contact",
        "too long",
        "too many deleted",
        "an offset",
        "too many hits",
    ],
)
def test_what_is_refused(face: PurviewFace, method: str, target: str, body: Any, status: int, says: str) -> None:
    answer = ask(face, method, target, body)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert "requestId" in answer.json() or "error" in answer.json()


@pytest.mark.parametrize("audience", ["", "https://management.azure.com", "https://ai.azure.com"])
def test_tokens_are_for_purview(face: PurviewFace, audience: str) -> None:
    assert ask(face, "GET", f"{V2}/entity/guid/g", audience=audience).status_code == 401


def test_tokens_expire(face: PurviewFace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face.authority, "lifetime", -1)
    assert "ExpiredAuthenticationToken" in ask(face, "GET", f"{V2}/entity/guid/g").text


def test_the_older_base_has_its_own_version(face: PurviewFace) -> None:
    path = "/catalog/api/atlas/v2/types/typedefs?api-version="
    assert ask(face, "GET", f"{path}2023-09-01").status_code == 400
    assert ask(face, "GET", f"{path}2022-03-01-preview").status_code == 500  # let through, to no Atlas


def test_capacity_is_granted_by_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    capacity = Capacity(2)
    capacity.use(150)  # one large request may overdraw
    with pytest.raises(Refused) as refused:
        capacity.use(1)
    answer = refused.value.answer
    assert (answer.status, answer.headers) == (429, {"Retry-After": "3"})
    now += 3
    capacity.use(1)
    assert capacity.used == 151


def test_a_page_of_hits_leads_to_the_next() -> None:
    body = {"keywords": "fraud", "filter": {"and": [{"entityType": "ai_model"}]}, "limit": 2}
    header = {"guid": "g", "typeName": "ai_model", "attributes": {"name": "n", "qualifiedName": "q"}}
    first = as_purview(body, {"entities": [header, header], "approximateCount": 3})
    token = first["continuationToken"]
    assert as_basic({**body, "continuationToken": token})["offset"] == 2
    assert "continuationToken" not in as_purview({**body, "continuationToken": token}, {"entities": [header]})
    with pytest.raises(Refused):
        as_basic({**body, "keywords": "other", "continuationToken": token})


def test_the_demo_has_a_configuration_for_it(face: PurviewFace, tmp_path: Path) -> None:
    file = configuration.write(tmp_path, face, "http://127.0.0.1:21000")
    loaded = load(file)
    assert (loaded.settings.catalog.kind, loaded.settings.catalog.url) == ("purview", face.url)
    assert [source.name for source in loaded.settings.sources] == [
        source.name for source in load(None).settings.sources
    ]
    assert loaded.register == load(None).register


def test_every_call_is_found_by_its_own_path() -> None:
    for call in CALLS:
        assert call_of(call.method, call.path.replace("*", "x")) == call
