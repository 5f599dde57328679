"""The first publish puts everything there; the second one has nothing to do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import orjson
import pytest

from include.governance.model.catalog_types import REFERENCES
from tests.contract.catalog.case import CatalogCase, is_bulk
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import CatalogEstate, small_estate, wide_estate
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled


class PublishContract(CatalogCase):
    def test_everything_is_there_after_the_first_publish(self, site: Site) -> None:
        estate = small_estate(site.tag)
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused, outcome.dropped, outcome.left) == (None, [], [], 0)
        assert outcome.entities == len(estate.entities)
        for key, wanted in estate.entities.items():
            entity = site.there(key)
            stated = {name: value for name, value in wanted.attributes.items() if value is not None}
            assert {name: entity["attributes"][name] for name in stated} == stated
            assert site.classifications(key) == sorted(wanted.classifications)
            assert all(item.get("propagate", False) is False for item in entity.get("classifications") or [])
            for attribute, targets in wanted.references.items():
                assert site.edges(key, attribute) == sorted(target.qualified_name for target in targets), (
                    key,
                    attribute,
                )

    def test_relations_show_from_both_ends(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        other_end = {
            "model": "versions",
            "experiment": "runs",
            "parent_run": "child_runs",
            "inputs": "inputToProcesses",
            "outputs": "outputFromProcesses",
            "source": None,
            "governed_model": "promotions",
        }
        for key, wanted in estate.entities.items():
            for attribute, targets in wanted.references.items():
                back = "governed_models" if key.type_name == "ai_governed_model" else other_end[attribute]
                for target in targets if back else []:
                    assert back is not None
                    assert key.qualified_name in site.edges(target, back), (target, back)
        assert site.edges(estate.server, "experiments") == [estate.experiment.qualified_name]
        assert site.edges(estate.server, "models") == [estate.model.qualified_name]

    def test_lineage_leads_from_the_data_to_the_governed_record(self, site: Site) -> None:
        self.require("lineage")
        estate = small_estate(site.tag)
        site.sync(estate)
        edges = site.lineage(estate.record, "BOTH")
        way = [estate.dataset(1), estate.run(1), estate.version(1), estate.promotion, estate.record]
        for before, after in pairwise(way):
            assert (before.qualified_name, after.qualified_name) in edges

    def test_a_person_finds_the_model_by_its_name(self, site: Site) -> None:
        self.require("search")
        estate = small_estate(site.tag)
        site.sync(estate)
        assert site.inspector.search("ai_model", site.tag) == [estate.model.qualified_name]

    def test_the_second_publish_writes_nothing(self, site: Site, proxy: FaultProxy) -> None:
        estate = small_estate(site.tag)
        first = site.sync(estate, through=proxy.url)
        assert first.writes == proxy.writes() > 0
        proxy.clear()
        assert site.plan(estate).changes == []
        second = site.sync(estate, through=proxy.url)
        assert (second.error, second.mode, second.writes, proxy.writes()) == (None, "none", 0, 0)
        assert proxy.requests  # it went through the proxy all the same

    @pytest.mark.parametrize("batch_size", sampled([1, 7, 100], 7))
    def test_batches_keep_their_size_and_their_dependencies(
        self, site: Site, proxy: FaultProxy, batch_size: int
    ) -> None:
        estate = wide_estate(site.tag, 5)
        outcome = site.sync(estate, through=proxy.url, batch_size=batch_size)
        assert (outcome.error, outcome.refused, outcome.relationships) == (None, [], 0)
        posts = [orjson.loads(seen.body)["entities"] for seen in proxy.written() if is_bulk(seen)]
        batches = [batch for batch in posts if batch[0]["typeName"] != site.marker.type_name]
        assert max(map(len, batches)) == min(batch_size, len(estate.entities))
        assert sum(map(len, batches)) == len(estate.entities)
        stored: set[str] = set()
        for batch in batches:
            mine = {entity["guid"] for entity in batch}
            for entity in batch:
                for target in _targets(entity):
                    known = target["guid"] in mine if "guid" in target else _name(target) in stored
                    assert known, (entity, target)
            stored |= {entity["attributes"]["qualifiedName"] for entity in batch}

    @pytest.mark.heavy
    def test_runs_that_name_each_other_as_parent_are_published(self, site: Site) -> None:
        estate = small_estate(site.tag)
        estate[estate.run(0)].references["parent_run"] = [estate.run(2)]
        estate[estate.run(1)].references["parent_run"] = [estate.run(1)]  # and one that names itself
        outcome = site.sync(estate, batch_size=1)
        assert (outcome.error, outcome.refused, outcome.dropped) == (None, [], [])
        assert site.edges(estate.run(0), "parent_run") == [estate.run(2).qualified_name]
        assert site.edges(estate.run(2), "parent_run") == [estate.run(0).qualified_name]
        assert site.plan(estate).changes == []

    def test_a_reference_to_what_no_one_has_is_dropped_and_said(self, site: Site) -> None:
        """Desired tables may refer to what an older catalog had and a wiped one lacks."""
        estate: CatalogEstate = small_estate(site.tag)
        lost = estate.dataset(99)
        estate[estate.run(1)].references["inputs"].append(lost)
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        noted = {"qualified_name": estate.run(1).qualified_name, "attribute": "inputs", "target": lost.qualified_name}
        assert outcome.dropped == [noted]
        assert site.edges(estate.run(1), "inputs") == [estate.dataset(1).qualified_name]
        estate.add("ai_dataset", lost.qualified_name, "found again")
        assert site.sync(estate).dropped == []
        assert lost.qualified_name in site.edges(estate.run(1), "inputs")
        assert site.plan(estate).changes == []


def _targets(entity: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for attribute, value in (entity.get("relationshipAttributes") or {}).items():
        assert (entity["typeName"], attribute) in REFERENCES
        found += value if isinstance(value, list) else [value]
    return found


def _name(target: dict[str, Any]) -> str:
    name: str = target["uniqueAttributes"]["qualifiedName"]
    return name
