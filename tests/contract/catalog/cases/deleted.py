"""What a person deletes in the catalog comes back whole as soon as a sync touches it."""

from __future__ import annotations

import pytest

from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import CatalogEstate, small_estate
from tests.support.samples import sampled


class DeletedContract(CatalogCase):
    @pytest.mark.parametrize("purge", sampled([False, True], True))
    @pytest.mark.heavy
    def test_an_updated_entity_is_made_anew(self, site: Site, purge: bool) -> None:
        if purge:
            self.require("purge")
        estate = small_estate(site.tag)
        site.sync(estate)
        whole = site.dump(estate)
        site.delete([estate.version(1)], purge)
        estate[estate.version(1)].attributes["stage"] = "Production"
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused, outcome.left) == (None, [], 0)
        key = site.neutral(f"ai_model_version {estate.version(1).qualified_name}")
        whole[key]["attributes"]["stage"] = "Production"
        assert site.dump(estate) == whole
        assert site.plan(estate).changes == []

    @pytest.mark.parametrize("what", sampled(["classification", "edge", "edge to it", "missing target"], "edge"))
    def test_a_touched_entity_is_made_anew(self, site: Site, what: str) -> None:
        """Not only attributes touch it: its marks, its edges and new edges to it do as well."""
        estate = small_estate(site.tag)
        site.sync(estate)
        if what == "classification":
            gone = estate.version(1)
            estate[gone].classifications = ["incomplete"]
        elif what == "edge":
            gone = estate.run(1)
            estate[gone].references["inputs"].append(estate.dataset(2))
        elif what == "edge to it":
            gone = estate.dataset(2)
            estate[estate.run(1)].references["inputs"].append(gone)
        else:
            gone = estate.dataset(1)
            _one_more_run(estate)
        site.delete([gone])
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused, outcome.dropped, outcome.left) == (None, [], [], 0)
        for key, wanted in estate.entities.items():
            for attribute, targets in wanted.references.items():
                assert site.edges(key, attribute) == sorted(target.qualified_name for target in targets), (
                    key,
                    attribute,
                )
            assert site.classifications(key) == sorted(wanted.classifications)
            assert site.count(key) == 1
        assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_what_it_stood_on_comes_back_too(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        whole = site.dump(estate)
        site.delete([estate.run(1), estate.run(0), estate.dataset(1), estate.experiment])
        estate[estate.run(1)].attributes["status"] = "FAILED"
        outcome = site.sync(estate)
        assert (outcome.error, outcome.refused) == (None, [])
        whole[site.neutral(f"ai_training_run {estate.run(1).qualified_name}")]["attributes"]["status"] = "FAILED"
        assert site.dump(estate) == whole


def _one_more_run(estate: CatalogEstate) -> None:
    estate.add(
        "ai_training_run",
        estate.run(3).qualified_name,
        "run 3",
        {},
        {"inputs": [estate.dataset(1)], "experiment": [estate.experiment]},
    )
