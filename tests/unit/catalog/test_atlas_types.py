"""What a catalog lacks of our types, and what it must not have."""

from __future__ import annotations

import copy

import httpx
import pytest

from include.governance.catalog import Catalog
from include.governance.catalog.atlas.types import Typedef, Typedefs, difference, expected_typedefs, type_names
from include.governance.errors import CatalogError
from tests.unit.catalog.fake_server import FakeServer


@pytest.fixture
def existing() -> Typedefs:
    return copy.deepcopy(expected_typedefs())


def entity_type(typedefs: Typedefs, name: str) -> Typedef:
    return next(item for item in typedefs["entityDefs"] if item["name"] == name)


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
