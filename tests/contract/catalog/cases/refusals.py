"""One entity that the catalog will not take costs that entity, and what refers to it only the reference."""

from __future__ import annotations

import pytest

from include.governance.staging.plan import Key
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import CatalogEstate, wide_estate
from tests.support.fault_proxy import FaultProxy

GOOD = 150


class RefusalsContract(CatalogCase):
    @pytest.mark.heavy
    def test_a_server_error_on_one_of_many(self, site: Site, proxy: FaultProxy) -> None:
        estate, poison = estate_with_poison(site)
        proxy.fault(Fault("status", path="/entity/bulk", body=lambda body: b"POISON" in body, status=500, times=None))
        outcome = site.sync(estate, through=proxy.url, attempts=2)
        assert outcome.error is None
        assert [one["qualified_name"] for one in outcome.refused] == [poison.qualified_name]
        assert "500" in outcome.refused[0]["reason"]
        assert {(one["qualified_name"], one["attribute"], one["target"]) for one in outcome.dropped} == {
            (estate.run(1).qualified_name, "inputs", poison.qualified_name),
            (estate.record.qualified_name, "datasets", poison.qualified_name),
        }
        assert len(outcome.dropped) == 2
        assert (outcome.entities, outcome.left) == (len(estate.entities) - 1, 0)
        assert_only_missing(site, estate, poison)

        proxy.clear()
        second = site.sync(estate, through=proxy.url)
        assert (second.error, second.refused, second.dropped) == (None, [], [])
        assert second.acknowledged["create"] == {"ai_dataset": 1}
        assert_whole(site, estate, poison)

    def test_a_really_invalid_entity(self, site: Site) -> None:
        estate, poison = estate_with_poison(site)
        experiment = estate.add(
            "ai_experiment", f"{estate.experiment.qualified_name}9", "bad", {"run_count": "not a number"}
        )
        del estate.entities[poison]
        estate[estate.run(1)].references["inputs"].remove(poison)
        estate[estate.record].references["datasets"].remove(poison)
        estate[estate.run(2)].references["experiment"] = [experiment]
        outcome = site.sync(estate)
        assert outcome.error is None
        assert [one["qualified_name"] for one in outcome.refused] == [experiment.qualified_name]
        assert "ATLAS-404-00-007" in outcome.refused[0]["reason"]
        assert [one["target"] for one in outcome.dropped] == [experiment.qualified_name]
        assert site.edges(estate.run(2), "experiment") == []

        estate[experiment].attributes["run_count"] = 7
        second = site.sync(estate)
        assert (second.error, second.refused) == (None, [])
        assert site.edges(estate.run(2), "experiment") == [experiment.qualified_name]
        assert site.plan(estate).changes == []

    def test_a_refused_update_leaves_what_is_there(self, site: Site) -> None:
        estate = wide_estate(site.tag, 0)
        site.sync(estate)
        estate[estate.experiment].attributes["run_count"] = "not a number"
        estate[estate.version(1)].attributes["stage"] = "Archived"
        outcome = site.sync(estate)
        assert [one["qualified_name"] for one in outcome.refused] == [estate.experiment.qualified_name]
        assert outcome.dropped == []
        assert site.there(estate.version(1))["attributes"]["stage"] == "Archived"
        assert [change.key for change in site.plan(estate).changes] == [estate.experiment]

    @pytest.mark.heavy
    def test_a_refused_edge_is_reported_and_the_rest_lands(self, site: Site, proxy: FaultProxy) -> None:
        estate = wide_estate(site.tag, 0)
        site.sync(estate)
        for number in (1, 2):
            estate[estate.run(number)].references["parent_run"] = []
            estate[estate.run(number)].attributes["status"] = "FAILED"
        edge = site.there(estate.run(1))["relationshipAttributes"]["parent_run"]["relationshipGuid"]
        refusal = {"errorCode": "ATLAS-400-00-036"}
        proxy.fault(Fault("status", method="DELETE", path=f"/relationship/guid/{edge}", status=400, content=refusal))
        outcome = site.sync(estate, through=proxy.url)
        assert outcome.error is None
        assert [item["qualified_name"] for item in outcome.refused] == [estate.run(1).qualified_name]
        assert (outcome.entities, outcome.left) == (1, 0)
        second = site.sync(estate)
        assert (second.refused, second.entities) == ([], 1)
        assert site.edges(estate.run(1), "parent_run") == site.edges(estate.run(2), "parent_run") == []
        assert site.plan(estate).changes == []


def estate_with_poison(site: Site) -> tuple[CatalogEstate, Key]:
    """150 good entities and one bad dataset that a run read, an entity that others refer to."""
    estate = wide_estate(site.tag, GOOD)
    poison = estate.add("ai_dataset", estate.dataset(50).qualified_name, "POISON", {"digest": "d50"})
    estate[estate.run(1)].references["inputs"].append(poison)
    estate[estate.record].references["datasets"].append(poison)
    return estate, poison


def assert_only_missing(site: Site, estate: CatalogEstate, poison: Key) -> None:
    assert site.get(poison) is None
    for key in estate.all_keys():
        assert key == poison or site.get(key), key
    assert site.edges(estate.run(1), "inputs") == [estate.dataset(1).qualified_name]
    assert site.edges(estate.run(1), "outputs") == [estate.version(1).qualified_name]
    assert site.edges(estate.record, "datasets") == [estate.dataset(1).qualified_name]


def assert_whole(site: Site, estate: CatalogEstate, poison: Key) -> None:
    wanted = sorted([estate.dataset(1).qualified_name, poison.qualified_name])
    assert site.edges(estate.run(1), "inputs") == wanted
    assert site.edges(estate.record, "datasets") == wanted
    assert site.count(poison) == 1
    assert site.plan(estate).changes == []
