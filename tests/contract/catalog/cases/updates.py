"""An update sends what changed and nothing else; what is a curator's stays a curator's."""

from __future__ import annotations

import os
from typing import Any

import orjson
import pytest

from include.governance.catalog.marker import MARKER_TYPE
from include.governance.staging.plan import Key
from tests.contract.catalog.case import CatalogCase, is_bulk
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import small_estate
from tests.support.fault_proxy import FaultProxy

RELATIONS = [
    ("run", "inputs"),  # many, Process
    ("run", "outputs"),
    ("run", "experiment"),  # one
    ("run", "parent_run"),
    ("promotion", "governed_model"),
    ("record", "versions"),  # many
    ("record", "use_case"),  # one of the first end
    ("promotion", "inputs"),
]


class UpdatesContract(CatalogCase):
    def test_only_changed_attributes_are_sent(self, site: Site, proxy: FaultProxy) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        estate[estate.version(1)].attributes["lifecycle_state"] = "retired"
        outcome = site.sync(estate, through=proxy.url)
        assert outcome.acknowledged == {"update": {"ai_model_version": 1}}
        [entity] = sent(proxy)
        assert {name for name, value in entity["attributes"].items() if value is not None} == {
            "name",
            "qualifiedName",
            "lifecycle_state",
        }
        held = site.there(estate.version(1))
        assert held["attributes"]["lifecycle_state"] == "retired"
        assert held["attributes"]["description"] == "Trained on payments."
        assert site.edges(estate.version(1), "model") == [estate.model.qualified_name]
        assert site.plan(estate).changes == []

    def test_a_removed_input_leaves_the_lineage_or_it_is_said(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        removed = (estate.dataset(2).qualified_name, estate.run(2).qualified_name)
        kept = (estate.dataset(1).qualified_name, estate.run(2).qualified_name)
        assert {removed, kept} <= site.lineage(estate.version(2))
        references = estate[estate.run(2)].references
        references["inputs"] = [target for target in references["inputs"] if target[1] != removed[0]]
        outcome = site.sync(estate)
        graph = site.lineage(estate.version(2))
        assert kept in graph
        assert outcome.retained_lineage == (removed in graph)
        if "CATALOG_URL" not in os.environ:  # the embedded server lets a request erase
            assert removed not in graph
        assert site.sync(estate).writes == 0

    def test_a_gone_attribute_is_cleared(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        attributes = estate[estate.version(1)].attributes
        for name in ("description", "aliases", "verdict", "critical_findings"):
            attributes.pop(name)
        site.sync(estate)
        held = site.there(estate.version(1))["attributes"]
        assert not any(held.get(name) for name in ("description", "aliases", "verdict", "critical_findings"))
        assert held["lifecycle_state"] == "production"
        assert site.plan(estate).changes == []

    def test_a_curators_edits_survive(self, site: Site) -> None:
        self.require("labels")
        self.require("business metadata")
        estate = small_estate(site.tag)
        site.sync(estate)
        key = estate.version(1)
        guid = site.there(key)["guid"]
        site.edit(key, name="v1 fraud scorer", userDescription="Looked at by risk.", displayName="The scorer")
        site.inspector.label(guid, ["reviewed"])
        foreign = _foreign_classification(site)
        site.classify(key, foreign)
        business = _business_metadata(site)
        site.inspector.set_business_metadata(guid, business, {"tier": "high"})

        estate[key].attributes |= {"lifecycle_state": "retired", "verdict": "unauditable"}
        estate[key].classifications = ["unauditable"]
        estate[key].references["model"] = []
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        held = site.there(key)
        assert held["attributes"]["lifecycle_state"] == "retired"
        assert held["attributes"]["userDescription"] == "Looked at by risk."
        assert held["attributes"]["displayName"] == "The scorer"
        assert held["labels"] == ["reviewed"]
        assert held["businessAttributes"] == {business: {"tier": "high"}}
        assert site.classifications(key) == sorted([foreign, "unauditable"])

    @pytest.mark.heavy
    def test_the_verdicts_classification_changes_hands(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        key = estate.version(2)
        foreign = _foreign_classification(site)
        site.classify(key, foreign)
        estate[key].classifications = ["auditable"]
        outcome = site.sync(estate)
        assert outcome.acknowledged == {"update": {"ai_model_version": 1}}
        assert outcome.classifications == 3
        assert site.classifications(key) == sorted(["auditable", foreign])
        assert all(
            item.get("propagate", False) is False
            for item in site.there(key)["classifications"]
            if item["typeName"] != foreign
        )
        assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_relations_that_go_and_come_back_are_active(self, site: Site) -> None:
        """Atlas 2.1 answers 200 when an entity names a deleted edge again, and leaves it deleted."""
        estate = small_estate(site.tag)
        site.sync(estate)
        keys: dict[str, Key] = {"run": estate.run(2), "promotion": estate.promotion, "record": estate.record}
        before = {one: list(estate[keys[one[0]]].references[one[1]]) for one in RELATIONS}
        for _ in range(2):
            for owner, attribute in RELATIONS:
                estate[keys[owner]].references[attribute] = []
            assert site.sync(estate).refused == []
            for owner, attribute in RELATIONS:
                assert site.edges(keys[owner], attribute) == [], (owner, attribute)
            assert site.plan(estate).changes == []
            for owner, attribute in RELATIONS:
                estate[keys[owner]].references[attribute] = list(before[owner, attribute])
            assert site.sync(estate).refused == []
            for owner, attribute in RELATIONS:
                wanted = sorted(key.qualified_name for key in before[owner, attribute])
                assert site.edges(keys[owner], attribute) == wanted, (owner, attribute)
            assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_a_reference_to_one_moves_to_another(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        other = estate.add("ai_experiment", f"{estate.experiment.qualified_name}2", "other")
        estate[estate.run(1)].references["experiment"] = [other]
        assert site.sync(estate).refused == []
        assert site.edges(estate.run(1), "experiment") == [other.qualified_name]
        assert estate.run(1).qualified_name not in site.edges(estate.experiment, "runs")
        assert site.edges(other, "runs") == [estate.run(1).qualified_name]
        estate[estate.run(1)].references["experiment"] = [estate.experiment]
        assert site.sync(estate).refused == []
        assert site.edges(estate.run(1), "experiment") == [estate.experiment.qualified_name]


def sent(proxy: FaultProxy) -> list[dict[str, Any]]:
    return [
        entity
        for seen in proxy.written()
        if is_bulk(seen)
        for entity in orjson.loads(seen.body)["entities"]
        if entity["typeName"] != MARKER_TYPE  # the lease is in it
    ]


def _foreign_classification(site: Site) -> str:
    typedef = {"name": "contract_foreign", "serviceType": "contract", "superTypes": [], "attributeDefs": []}
    site.inspector.define("classificationDefs", typedef)
    return "contract_foreign"


def _business_metadata(site: Site) -> str:
    attribute = {
        "name": "tier",
        "typeName": "string",
        "isOptional": True,
        "cardinality": "SINGLE",
        "options": {"applicableEntityTypes": '["DataSet"]', "maxStrLength": "50"},
    }
    typedef = {"name": "contract_review", "serviceType": "contract", "attributeDefs": [attribute]}
    site.inspector.define("businessMetadataDefs", typedef)
    return "contract_review"
