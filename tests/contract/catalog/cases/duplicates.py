"""Several entities of one qualified name become one, and nothing that people wrote on either is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.governance.catalog import Catalog
from include.governance.model.catalog_types import MANAGED_BY
from include.governance.model.curated_fields import CURATED_METADATA
from include.governance.model.vocabularies import DifferenceKind
from include.governance.staging.plan import Key
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.inspector import Document
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import CatalogEstate, managed_estate
from tests.support.fault_proxy import FaultProxy

_PII = {"name": "pii of the stewards", "category": "CLASSIFICATION", "superTypes": [], "attributeDefs": []}
_PII_NAME = str(_PII["name"])
_PERSON = {"id": "1f1c62c5-33c5-4d37-a8a5-5e0ab0d9a6cf", "info": "asked first"}


class Twins:
    """A record of which the catalog has two entities; the sync has acknowledged one of them."""

    def __init__(self, site: Site, estate: CatalogEstate, key: Key) -> None:
        self.site, self.estate, self.key = site, estate, key
        held = estate[key].attributes
        made = site.inspector.create_at_once({"typeName": key.type_name, "attributes": dict(held)})
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        self.stays = site.ledger.entries()[key].guid
        (self.other,) = (guid for guid in made if guid != self.stays)

    def differences(self) -> list[tuple[DifferenceKind, str, bool]]:
        found = self.site.reconcile().differences
        return [(one.kind, one.attribute, one.is_healed) for one in found]

    def assert_one_is_left(self) -> Document:
        """What the name finds: the entity that stays, the only one."""
        site = self.site
        assert site.inspector.count(self.key) == 1
        found = site.there(self.key)
        assert found["guid"] == self.stays
        assert site.ledger.entries()[self.key].guid == self.stays
        assert site.reconcile().differences == []
        assert site.sync(self.estate).writes == 0
        return found


class DuplicatesContract(CatalogCase):
    @pytest.fixture
    def twins(self, site: Site, opened: Callable[[str], Catalog]) -> Callable[..., Twins]:
        def twins(key: Callable[[CatalogEstate], Key] = lambda estate: estate.record) -> Twins:
            opened(site.url).ensure_types()
            estate = managed_estate(site.tag)
            return Twins(site, estate, key(estate))

        return twins

    def test_what_people_wrote_on_a_duplicate_is_carried_over(self, site: Site, twins: Callable[..., Twins]) -> None:
        pair = twins()
        process = write_all(site, pair)
        before = site.reconcile()
        assert pair.differences() == [(DifferenceKind.DUPLICATED, "", True)]
        (one,) = before.differences
        assert pair.other in one.held
        assert all(text in one.held for text in ("userDescription", "label checked", f"classification {_PII_NAME}"))
        assert site.inspector.count(pair.key) == 2  # looking changes nothing

        outcome = site.heal(before)
        assert (outcome.error, outcome.refused, len(outcome.merged)) == (None, [], 1)
        found = pair.assert_one_is_left()
        assert_has_all(site, found, process)

    @pytest.mark.heavy
    def test_what_contradicts_is_kept_on_both_until_a_person_decides(
        self, site: Site, twins: Callable[..., Twins]
    ) -> None:
        pair = twins()
        site.inspector.edit_by_guid(pair.stays, {"attributes": {"userDescription": "Of the one."}})
        site.inspector.edit_by_guid(pair.other, {"attributes": {"userDescription": "Of the other."}})
        site.inspector.label(pair.other, ["checked"])
        found = site.reconcile()
        assert [(one.kind, one.attribute, one.is_healed) for one in found.differences] == [
            (DifferenceKind.DUPLICATED, "", False),
            (DifferenceKind.CONFLICT, "userDescription", False),
        ]
        assert (found.differences[1].expected, found.differences[1].held) == ("Of the one.", "Of the other.")
        outcome = site.heal(found)
        assert (outcome.error, outcome.refused, outcome.merged) == (None, [], [])
        assert site.inspector.count(pair.key) == 2
        held = [site.inspector.by_guid(guid) for guid in (pair.stays, pair.other)]
        assert [one["attributes"]["userDescription"] for one in held] == ["Of the one.", "Of the other."]
        assert held[0]["labels"] == ["checked"]
        # a person decides
        site.inspector.edit_by_guid(pair.other, {"attributes": {"userDescription": "Of the one."}})
        assert len(site.heal(site.reconcile()).merged) == 1
        pair.assert_one_is_left()

    @pytest.mark.heavy
    def test_neither_acknowledged_the_oldest_stays(self, site: Site, opened: Callable[[str], Catalog]) -> None:
        site.sync(estate := managed_estate(site.tag))
        key, held = estate.dataset(1), estate[estate.dataset(1)].attributes
        site.delete([key])
        made = site.inspector.create_at_once({"typeName": key.type_name, "attributes": dict(held)})
        oldest = min((site.inspector.by_guid(guid) for guid in made), key=lambda one: (one["createTime"], one["guid"]))
        outcome = site.heal(site.reconcile())
        assert (outcome.error, outcome.refused, len(outcome.merged)) == (None, [], 1)
        assert site.inspector.count(key) == 1
        assert site.there(key)["guid"] == site.ledger.entries()[key].guid == oldest["guid"]
        assert site.reconcile().differences == []

    @pytest.mark.heavy
    def test_what_refers_to_a_duplicate_refers_to_the_one_that_stays(
        self, site: Site, twins: Callable[..., Twins]
    ) -> None:
        """A version has one model: the edge to the duplicate must not hide the right one."""
        pair = twins(lambda estate: estate.model)
        version = site.there(pair.estate.version(1))
        site.delete_edges(pair.estate.version(1), "model")
        site.inspector.relate("ai_model_versions", pair.other, version["guid"])
        assert [(one.kind, one.qualified_name) for one in site.reconcile().differences] == [
            (DifferenceKind.DUPLICATED, pair.key.qualified_name)
        ]
        outcome = site.heal(site.reconcile())
        assert (outcome.error, outcome.refused, len(outcome.merged)) == (None, [], 1)
        assert site.edges(pair.estate.version(1), "model") == [pair.key.qualified_name]
        pair.assert_one_is_left()

    @pytest.mark.heavy
    def test_a_name_that_finds_nothing_is_entered_anew(self, site: Site, twins: Callable[..., Twins]) -> None:
        pair = twins()
        site.inspector.delete([pair.other])
        assert site.get(pair.key) is None  # the catalog indexes a name once
        assert pair.differences() == [(DifferenceKind.UNNAMED, "", True)]
        outcome = site.heal(site.reconcile())
        assert (outcome.error, outcome.refused, outcome.merged) == (None, [], [])
        pair.assert_one_is_left()

    @pytest.mark.heavy
    def test_anothers_duplicate_is_only_named(self, site: Site, twins: Callable[..., Twins]) -> None:
        pair = twins()
        site.inspector.edit_by_guid(pair.other, {"attributes": {MANAGED_BY: "another"}})
        found = site.reconcile()
        (one,) = found.differences
        assert (one.kind, one.is_healed, found.several) == (DifferenceKind.DUPLICATED, False, [])
        assert "another manages it" in one.reason
        assert site.heal(found).merged == []
        assert site.inspector.count(pair.key) == 2

    @pytest.mark.heavy
    @pytest.mark.parametrize("requests", range(9, 27, 2))
    def test_broken_off_at_any_point_a_rerun_finishes_it(
        self, site: Site, twins: Callable[..., Twins], proxy: FaultProxy, requests: int
    ) -> None:
        """After so many requests nothing goes through any more, as for a run that was killed."""
        pair = twins()
        process = write_all(site, pair)
        gone = Fault("status", status=403, path="/atlas/", after=requests, times=None, any_target=True)
        proxy.fault(gone)
        site.heal(site.reconcile(), through=proxy.url)
        outcome = site.heal(site.reconcile())
        assert (outcome.error, outcome.refused) == (None, [])
        assert_has_all(site, pair.assert_one_is_left(), process)

    @pytest.mark.heavy
    def test_what_the_catalog_does_not_keep_holds_the_duplicate_back(
        self, site: Site, twins: Callable[..., Twins], proxy: FaultProxy
    ) -> None:
        pair = twins()
        site.inspector.label(pair.other, ["checked"])
        dropped = proxy.fault(Fault("status", status=204, method="PUT", path="/labels"))
        outcome = site.heal(site.reconcile(), through=proxy.url)
        assert dropped.hits == 1
        assert "label checked" in outcome.refused[0]["reason"]
        assert outcome.merged == []
        assert site.inspector.count(pair.key) == 2

    def test_nothing_is_merged_while_the_catalog_cannot_be_read(
        self, site: Site, twins: Callable[..., Twins], proxy: FaultProxy, tmp_path: Path
    ) -> None:
        pair = twins()
        found = site.reconcile()
        proxy.fault(Fault("status", status=503, method="GET", path=f"/entity/guid/{pair.other}", times=100))
        outcome = site.heal(found, through=proxy.url)
        assert outcome.error is not None
        assert outcome.merged == []
        assert site.inspector.count(pair.key) == 2


def write_all(site: Site, pair: Twins) -> str:
    """All that people can write on a record, on the duplicate. Returns the guid of a process of theirs."""
    inspector, other = site.inspector, pair.other
    inspector.define("classificationDefs", _PII)
    more: dict[str, Any] = {"contacts": {"Owner": [_PERSON], "Expert": []}} if site.dialect.kind == "purview" else {}
    texts = {"attributes": {"userDescription": "By a steward."}, "customAttributes": {"cost_center": "4711"}}
    inspector.edit_by_guid(other, {**texts, **more})
    inspector.set_business_metadata(other, CURATED_METADATA, {"risk_tier": "high"})
    inspector.label(other, ["checked"])
    inspector.classify(other, _PII_NAME)
    inspector.assign_term(f"term of {site.tag}", other)
    attributes = {"qualifiedName": f"theirs://{site.tag}", "name": "their job", "inputs": [{"guid": other}]}
    return inspector.create({"typeName": "Process", "attributes": attributes})


def assert_has_all(site: Site, found: Document, process: str) -> None:
    assert found["attributes"]["userDescription"] == "By a steward."
    assert found["businessAttributes"][CURATED_METADATA]["risk_tier"] == "high"
    assert found["labels"] == ["checked"]
    assert found["customAttributes"]["cost_center"] == "4711"
    assert _PII_NAME in [one["typeName"] for one in found["classifications"]]
    related = found["relationshipAttributes"]
    assert [one["displayText"] for one in active(related["meanings"])] == [f"term of {site.tag}"]
    assert [one["guid"] for one in active(related["inputToProcesses"])] == [process]
    if site.dialect.kind == "purview":
        assert found["contacts"]["Owner"] == [_PERSON]


def active(related: list[Document]) -> list[Document]:
    return [one for one in related if (one["relationshipStatus"], one["entityStatus"]) == ("ACTIVE", "ACTIVE")]
