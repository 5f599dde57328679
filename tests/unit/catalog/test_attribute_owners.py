"""Whose an attribute is decides what is sent over what somebody wrote in the catalog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from include.governance.catalog import Catalog, PublishSession, publish
from include.governance.estate import Coverage
from include.governance.model.attribute_owners import AttributeOwners, why_no_owner
from include.governance.model.vocabularies import AttributeOwner
from include.governance.plan.diff import plan
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Plan
from include.governance.state.ledger import Ledger
from tests.support.catalog_estate import CatalogEstate, small_estate
from tests.unit.catalog.fake_server import FakeServer

Sync = Callable[..., Outcome]
FIRST = AttributeOwners({"ai_model.description": AttributeOwner.FIRST})
CURATOR = AttributeOwners({"*.description": AttributeOwner.CURATOR, "ai_model.description": AttributeOwner.CURATOR})
SOURCES = AttributeOwners()


@pytest.fixture
def estate() -> CatalogEstate:
    return small_estate("mine")


def of_model(server: FakeServer, estate: CatalogEstate) -> dict[str, Any]:
    entity = server.named(estate.model.qualified_name)
    assert entity is not None
    attributes: dict[str, Any] = entity["attributes"]
    return attributes


def writes(server: FakeServer) -> int:
    return sum(seen.method != "GET" for seen in server.requests)


def say(estate: CatalogEstate, text: str | None) -> None:
    estate[estate.model].attributes["description"] = text


def test_what_is_the_sources_is_sent_over_an_edit_and_both_values_are_reported(
    server: FakeServer, sync: Sync, estate: CatalogEstate
) -> None:
    sync(estate)
    of_model(server, estate)["description"] = "A curator's."
    assert sync(estate).edited == []  # nothing moved at the source: the edit stays
    say(estate, "Scores refunds.")
    [edit] = sync(estate).edited
    assert (edit.attribute, edit.acknowledged) == ("description", "Scores payments.")
    assert (edit.catalog, edit.source, edit.stays) == (
        "A curator's.",
        "Scores refunds.",
        "source",
    )
    assert of_model(server, estate)["description"] == "Scores refunds."


def test_an_edit_that_says_what_the_source_says_is_no_conflict(
    server: FakeServer, sync: Sync, estate: CatalogEstate
) -> None:
    sync(estate)
    say(estate, "Scores refunds.")
    of_model(server, estate)["description"] = "Scores refunds."
    assert sync(estate).edited == []


@pytest.mark.parametrize("owners", [SOURCES, FIRST], ids=["source", "first"])
def test_a_value_cleared_at_the_source_is_cleared_where_it_owns_it(
    server: FakeServer, sync: Sync, estate: CatalogEstate, owners: AttributeOwners
) -> None:
    sync(estate, owners)
    say(estate, None)
    sync(estate, owners)
    assert of_model(server, estate)["description"] == (None if owners is SOURCES else "Scores payments.")


def test_what_is_a_curators_is_never_sent(server: FakeServer, sync: Sync, estate: CatalogEstate) -> None:
    sync(estate, CURATOR)
    assert "description" not in of_model(server, estate)
    of_model(server, estate)["description"] = "A curator's."
    say(estate, "Something else.")
    estate[estate.model].attributes["owner"] = "ana"
    outcome = sync(estate, CURATOR)
    assert (of_model(server, estate)["description"], of_model(server, estate)["owner"]) == ("A curator's.", "ana")
    assert outcome.edited == []
    server.requests.clear()
    assert (sync(estate, CURATOR).mode, writes(server)) == ("none", 0)


def test_a_curators_value_is_not_cleared_of_an_entity_that_is_there_already(
    server: FakeServer, sync: Sync, estate: CatalogEstate, ledger: Ledger
) -> None:
    """The ledger is lost: what is created is there already, and what the change does not state would be cleared."""
    owners = AttributeOwners({"ai_dataset.digest": AttributeOwner.CURATOR})
    sync(estate, owners)
    held = server.named(estate.dataset(1).qualified_name)
    assert held is not None
    held["attributes"]["digest"] = "a curator's"
    for entity in (one for one in server.entities.values() if one["typeName"] == "ai_governance_deployment"):
        entity["attributes"]["marker_id"] = ledger.marker_id()
    with_nothing = {key: entry for key, entry in ledger.entries().items() if key != estate.dataset(1)}
    ledger.replace(with_nothing.values(), ledger.marker_id())
    sync(estate, owners)
    assert held["attributes"]["digest"] == "a curator's"


def test_the_first_value_stays_whatever_the_source_says_later(
    server: FakeServer, sync: Sync, estate: CatalogEstate, ledger: Ledger
) -> None:
    sync(estate, FIRST)
    of_model(server, estate)["description"] = "A curator's."
    say(estate, "Scores refunds.")
    server.requests.clear()
    assert (sync(estate, FIRST).mode, writes(server)) == ("none", 0)
    made = plan(estate.table(), ledger.entries(), Coverage([]), owners=FIRST)
    [omission] = made.omitted
    assert omission.reason == (
        'the first value counts: description stays "Scores payments." although the source has "Scores refunds."'
    )
    estate[estate.model].attributes["owner"] = "ana"
    [change] = plan(estate.table(), ledger.entries(), Coverage([]), owners=FIRST).changes
    assert change.attributes == {"owner": "ana"} and "description stays" in change.reason
    sync(estate, FIRST)
    assert (of_model(server, estate)["description"], of_model(server, estate)["owner"]) == ("A curator's.", "ana")
    assert ledger.entries()[estate.model].attributes["description"] == "Scores payments."


def test_where_a_curator_was_first_that_value_stays_and_nothing_is_written(
    server: FakeServer, sync: Sync, estate: CatalogEstate, ledger: Ledger
) -> None:
    say(estate, None)
    sync(estate, FIRST)
    of_model(server, estate)["description"] = "A curator's."
    say(estate, "Scores payments.")
    server.requests.clear()
    outcome = sync(estate, FIRST)
    assert [(edit.catalog, edit.source, edit.stays) for edit in outcome.edited] == [
        ("A curator's.", "Scores payments.", "catalog")
    ]
    assert (of_model(server, estate)["description"], writes(server)) == ("A curator's.", 0)
    assert ledger.entries()[estate.model].attributes["description"] == "A curator's."
    assert sync(estate, FIRST).edited == []


def test_a_plan_that_is_applied_keeps_them_too(
    server: FakeServer, sync: Sync, estate: CatalogEstate, ledger: Ledger, engine: Engine, catalog: Catalog
) -> None:
    say(estate, None)
    sync(estate, FIRST)
    of_model(server, estate)["description"] = "A curator's."
    say(estate, "Scores payments.")
    estate[estate.model].attributes["owner"] = "ana"

    def refuse() -> Plan:
        raise AssertionError("the plan is not made again")

    made = plan(estate.table(), ledger.entries(), Coverage([]), owners=FIRST)
    made.ledger_revision = ledger.revision()
    session = PublishSession(catalog, ledger, engine, "here", "run", estate.all_keys(), refuse, owners=FIRST)
    assert publish(made, session).entities == 1
    assert (of_model(server, estate)["description"], of_model(server, estate)["owner"]) == ("A curator's.", "ana")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ai_model.description", ""),
        ("*.owner", ""),
        ("ai_dataset.digest", ""),
        ("ai_model.qualifiedName", "is always the source's"),
        ("*.verdict", "is always the source's"),
        ("ai_model.colour", "is no attribute of that type"),
        ("*.colour", "is no attribute of any type"),
        ("description", "write type.attribute"),
        ("hive_table.owner", "is no attribute of a type"),
    ],
    ids=["shared", "every type", "own", "identity", "judgement", "unknown", "unknown of all", "no type", "foreign"],
)
def test_only_attributes_that_a_curator_may_have_can_be_named(name: str, why: str) -> None:
    assert why in why_no_owner(name) and bool(why_no_owner(name)) == bool(why)
