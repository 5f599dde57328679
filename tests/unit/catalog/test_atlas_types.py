"""What a catalog lacks of our types, and what it must not have."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from include.governance.catalog import Catalog
from include.governance.catalog.atlas_api.types import Typedef, Typedefs, difference, expected_typedefs, type_names
from include.governance.errors import CatalogError
from include.governance.model.catalog_texts import TYPE_VERSION
from tests.unit.catalog.fake_server import FakeServer

# Of all texts of a version of the types. Other texts need another TYPE_VERSION: else no catalog takes them over
TEXTS_OF_VERSION = {"1.2": "f4124f697a0f3301"}


@pytest.fixture
def existing() -> Typedefs:
    return copy.deepcopy(expected_typedefs())


def entity_type(typedefs: Typedefs, name: str) -> Typedef:
    return next(item for item in typedefs["entityDefs"] if item["name"] == name)


def described(typedefs: Typedefs) -> Iterator[tuple[str, Typedef]]:
    """(what it is called, definition) of every type, attribute and end that has texts."""
    for items in typedefs.values():
        for typedef in items:
            yield typedef["name"], typedef
            for attribute in typedef.get("attributeDefs") or []:
                yield f"{typedef['name']}.{attribute['name']}", attribute
            for end in ("endDef1", "endDef2"):
                if end in typedef:
                    yield f"{typedef['name']}.{end}", typedef[end]


def without_texts(typedefs: Typedefs, version: str | None = "1.0") -> Typedefs:
    """As a catalog has them that an earlier release has made, or that keeps no texts; version: None for none."""
    bare = copy.deepcopy(typedefs)
    for _, definition in described(bare):
        definition.pop("displayName", None)
        definition.pop("description", None)
    for items in bare.values():
        for typedef in items:
            typedef["typeVersion"] = version
    return bare


def test_every_type_attribute_and_end_says_what_it_is() -> None:
    for name, definition in described(expected_typedefs()):
        text = definition.get("description", "")
        assert len(text) >= 10, name
        assert text != name, name
        if "typeName" in definition:
            assert definition.get("displayName", "")[:1].isupper(), name


def test_texts_belong_to_a_version_of_the_types() -> None:
    texts = [(name, item.get("displayName"), item.get("description")) for name, item in described(expected_typedefs())]
    digest = hashlib.sha256(orjson.dumps(sorted(texts, key=lambda text: text[0]))).hexdigest()[:16]
    assert TEXTS_OF_VERSION[TYPE_VERSION] == digest, "other texts: raise TYPE_VERSION, and note their digest here"


def test_types_of_an_earlier_version_get_the_texts_once(server: FakeServer, catalog: Catalog) -> None:
    server.typedefs = without_texts(expected_typedefs())
    assert catalog.ensure_types() == type_names(expected_typedefs())
    assert server.typedefs == expected_typedefs()
    assert catalog.ensure_types() == []
    assert [seen.method for seen in server.requests] == ["GET", "PUT", "GET"]


@pytest.mark.parametrize("dropped", ["texts", "version"])
def test_a_catalog_that_drops_texts_or_version_is_not_written_again(
    server: FakeServer, catalog: Catalog, dropped: str
) -> None:
    def drop(request: httpx.Request) -> httpx.Response | None:
        if request.method not in ("PUT", "POST"):
            return None
        answer = server.apply(request)
        if dropped == "texts":
            server.typedefs = without_texts(server.typedefs, TYPE_VERSION)
        else:
            for typedef in (item for items in server.typedefs.values() for item in items):
                typedef["typeVersion"] = "1.0"
        return answer

    server.typedefs = without_texts(expected_typedefs())
    server.faults.append(drop)
    assert catalog.ensure_types() == type_names(expected_typedefs())
    assert catalog.ensure_types() == []
    assert len(server.sent("PUT", "/types/typedefs")) == 1


@pytest.mark.parametrize(
    ("version", "written"),
    [("1.0", True), (None, True), ("", True), ("mine", True), (TYPE_VERSION, False), ("2.0", False)],
)
def test_texts_of_this_and_of_a_later_version_stay(existing: Typedefs, version: Any, written: bool) -> None:
    for _, definition in described(existing):
        definition["description"] = "theirs"
    for typedef in (item for items in existing.values() for item in items):
        typedef["typeVersion"] = version
    _, extended = difference(expected_typedefs(), existing)
    assert type_names(extended) == (type_names(expected_typedefs()) if written else [])


def test_what_others_added_to_a_type_keeps_its_texts(existing: Typedefs) -> None:
    old = without_texts(existing)
    theirs = {"name": "theirs", "typeName": "int", "isOptional": True, "description": "Of theirs"}
    entity_type(old, "ai_dataset")["attributeDefs"].append(theirs)
    _, extended = difference(expected_typedefs(), old)
    assert entity_type(extended, "ai_dataset")["attributeDefs"] == [
        *entity_type(existing, "ai_dataset")["attributeDefs"],
        theirs,
    ]


def test_an_empty_catalog_lacks_everything() -> None:
    missing, extended = difference(expected_typedefs(), {})
    assert missing == expected_typedefs()
    assert type_names(extended) == []


def test_a_complete_catalog_lacks_nothing(existing: Typedefs) -> None:
    existing["entityDefs"].append({"name": "someone's", "attributeDefs": []})
    assert [type_names(group) for group in difference(expected_typedefs(), existing)] == [[], []]


def test_a_missing_attribute_extends_the_type_and_keeps_what_others_added(existing: Typedefs) -> None:
    dataset = entity_type(existing, "ai_dataset")
    removed = dataset["attributeDefs"].pop()
    theirs = {"name": "theirs", "typeName": "int", "isOptional": True}
    dataset["attributeDefs"].append(theirs)
    missing, extended = difference(expected_typedefs(), existing)
    assert type_names(missing) == []
    [changed] = extended["entityDefs"]
    assert changed["attributeDefs"][-2:] == [theirs, removed]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"superTypes": ["Process"]}, "does not derive from DataSet"),
        ({"attributeDefs": [{"name": "digest", "typeName": "int"}]}, "digest, and it is int, not string"),
        ({"attributeDefs": [{"name": "x", "typeName": "int", "isOptional": False}]}, "mandatory and unknown to us"),
    ],
)
def test_a_contradicting_entity_type_is_a_conflict(existing: Typedefs, fault: Typedef, message: str) -> None:
    entity_type(existing, "ai_dataset").update(fault)
    with pytest.raises(CatalogError, match=message) as caught:
        difference(expected_typedefs(), existing)
    assert caught.value.data["type"] == "ai_dataset"


def test_another_end_of_a_relationship_is_a_conflict(existing: Typedefs) -> None:
    existing["relationshipDefs"][0]["endDef1"]["type"] = "Table"
    with pytest.raises(CatalogError, match=r"endDef1\.type, and it is Table"):
        difference(expected_typedefs(), existing)


def test_a_name_that_is_taken_by_another_category_is_a_conflict(existing: Typedefs) -> None:
    existing["classificationDefs"].append(existing["entityDefs"].pop())
    with pytest.raises(CatalogError, match="one of its classificationDefs"):
        difference(expected_typedefs(), existing)


def test_types_are_created_once_then_extended(server: FakeServer, catalog: Catalog) -> None:
    assert catalog.ensure_types() == type_names(expected_typedefs())
    assert catalog.ensure_types() == []
    dataset = entity_type(server.typedefs, "ai_dataset")
    dataset["attributeDefs"] = dataset["attributeDefs"][:-1]
    assert catalog.ensure_types() == ["ai_dataset"]
    assert [seen.method for seen in server.requests] == ["GET", "POST", "GET", "GET", "PUT"]


def test_a_lost_answer_is_looked_for_before_types_are_sent_again(server: FakeServer, catalog: Catalog) -> None:
    def apply_and_lose(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        server.apply(request)
        raise httpx.ReadError("broken")

    server.faults.append(apply_and_lose)
    assert catalog.ensure_types() == type_names(expected_typedefs())
    assert [seen.method for seen in server.requests] == ["GET", "POST", "GET"]


def test_an_answer_that_stays_lost_is_an_outage_after_three_more_tries(server: FakeServer, catalog: Catalog) -> None:
    def lose(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ReadError("broken")
        return None

    server.faults.append(lose)
    with pytest.raises(CatalogError) as caught:
        catalog.ensure_types()
    assert caught.value.retriable
    assert len(server.sent("POST", "/types/typedefs")) == 4
