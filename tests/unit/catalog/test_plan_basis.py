"""What a plan rests on is told from the ledger and the live catalog; what is a curator's may change freely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, update

from include.governance.catalog import Catalog, plan_basis
from include.governance.errors import CatalogError
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Key
from include.governance.staging.plan_file import PlanBasis
from include.governance.state import tables
from include.governance.state.ledger import Ledger
from tests.support.catalog_estate import CatalogEstate, small_estate
from tests.unit.catalog.fake_server import FakeServer, refusal

Sync = Callable[..., Outcome]
Basis = Callable[[], PlanBasis]
NEW = Key("ai_model", "mlflow://mine/models/new")


@pytest.fixture
def estate(sync: Sync) -> CatalogEstate:
    estate = small_estate("mine")
    sync(estate)
    return estate


@pytest.fixture
def basis(estate: CatalogEstate, catalog: Catalog, ledger: Ledger) -> Basis:
    return lambda: plan_basis(catalog, ledger, "here", [estate.model, estate.version(1), NEW], {})


def held(server: FakeServer, key: Key) -> dict[str, Any]:
    entity = server.named(key.qualified_name)
    assert entity is not None
    return entity


def test_only_entities_of_the_plan_are_in_it_and_new_ones_in_neither(basis: Basis, estate: CatalogEstate) -> None:
    names = [f"{key.type_name} {key.qualified_name}" for key in (estate.model, estate.version(1))]
    made = basis()
    assert (sorted(made.ledger), sorted(made.catalog)) == (names, names)
    assert made.marker_id == made.catalog_marker_id
    assert made.catalog_revision == made.ledger_revision > 0
    assert made.moved(basis()) == ""


def test_a_batch_that_was_acknowledged_moves_the_ledger(basis: Basis, estate: CatalogEstate, ledger: Ledger) -> None:
    before = basis()
    ledger.acknowledge([ledger.entries()[estate.dataset(1)]])
    assert before.moved(basis()).startswith("the ledger moved on")


def test_a_row_of_the_ledger_that_is_otherwise_is_found_without_the_revision(
    basis: Basis, estate: CatalogEstate, engine: Engine
) -> None:
    before = basis()
    with engine.begin() as connection:
        rows = tables.ledger.c.qualified_name == estate.model.qualified_name
        connection.execute(update(tables.ledger).where(rows).values(content_hash="restored from a backup"))
    assert before.moved(basis()) == f"the ledger has other content for ai_model {estate.model.qualified_name}"


def test_another_ledger_is_found(basis: Basis, ledger: Ledger) -> None:
    before = basis()
    ledger.replace(ledger.entries().values(), "another", ledger.revision())
    assert before.moved(basis()) == "the ledger is another one"


@pytest.mark.parametrize(
    "edit",
    [
        lambda entity: entity["attributes"].update(description="a curator's"),
        lambda entity: entity["attributes"].pop("source_uri", None) or entity["attributes"].update(owner="bo"),
        lambda entity: entity.update(classifications=[{"typeName": "auditable", "entityGuid": entity["guid"]}]),
        lambda entity: entity.update(guid="created again"),
    ],
    ids=["an attribute", "an owner", "a classification of ours", "deleted and created again"],
)
def test_what_somebody_changed_of_an_entity_is_found(
    basis: Basis, estate: CatalogEstate, server: FakeServer, edit: Callable[[Any], Any]
) -> None:
    before = basis()
    edit(held(server, estate.model))
    assert before.moved(basis()) == (
        f"the catalog was changed by somebody else: ai_model {estate.model.qualified_name}"
    )


def test_an_entity_that_was_to_be_created_and_is_there_now_is_found(basis: Basis, server: FakeServer) -> None:
    before = basis()
    attributes = {"qualifiedName": NEW.qualified_name, "name": "new"}
    server.entities["theirs"] = {"typeName": "ai_model", "guid": "theirs", "attributes": attributes}
    assert before.moved(basis()).startswith("the catalog was changed by somebody else")


def test_what_a_sync_never_writes_may_change(basis: Basis, estate: CatalogEstate, server: FakeServer) -> None:
    before = basis()
    entity = held(server, estate.model)
    entity["attributes"]["userDescription"] = "a curator's"
    entity["labels"] = ["reviewed"]
    entity["businessAttributes"] = {"ai_governance": {"owner": "ana"}}
    entity["classifications"] = [{"typeName": "PII", "entityGuid": entity["guid"]}]
    assert before.moved(basis()) == ""


def test_another_state_database_that_wrote_is_found_by_the_marker(basis: Basis, server: FakeServer) -> None:
    before = basis()
    marker = next(one for one in server.entities.values() if one["typeName"] == "ai_governance_deployment")
    marker["attributes"]["ledger_revision"] = before.catalog_revision + 2
    assert before.moved(basis()).startswith("another sync has written into the catalog")


def test_a_catalog_that_cannot_be_read_has_no_basis(basis: Basis, server: FakeServer) -> None:
    server.faults.append(lambda request: refusal("ATLAS-500-00-001", 500))
    with pytest.raises(CatalogError):
        basis()
