"""What its source does not list any more is marked in the catalog, and unmarked when it is back. Nothing is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.governance.plan.entities.verdicts import VERDICT_CLASSIFICATIONS
from include.governance.staging.plan import MISSING
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.listing import listing_of
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import small_estate
from tests.support.fault_proxy import FaultProxy


class MissingContract(CatalogCase):
    def test_marked_when_gone_and_unmarked_when_back(self, site: Site, tmp_path: Path, proxy: FaultProxy) -> None:
        estate = small_estate(site.tag)
        site.sync(estate, snapshots=[listing_of(estate, tmp_path / "0")])
        before = site.dump(estate)

        left = small_estate(site.tag)
        gone = [left.version(2), left.run(2)]
        for key in gone:
            del left.entities[key]
        snapshots = [listing_of(left, tmp_path / "1")]
        outcome = site.sync(left, snapshots=snapshots, through=proxy.url)
        assert outcome.acknowledged == {"missing": {"ai_model_version": 1, "ai_training_run": 1}}
        deleted = [seen.path for seen in proxy.written() if seen.method == "DELETE"]
        assert all("/classification/" in path for path in deleted)
        for key in gone:
            assert MISSING in site.classifications(key)
        kept = [name for name in estate[gone[0]].classifications if name not in VERDICT_CLASSIFICATIONS]
        assert site.classifications(gone[0]) == sorted([MISSING, *kept])
        held = site.there(gone[0])["attributes"]
        assert (held["lifecycle_state"], held["aliases"], held["verdict"]) == ("gone", None, None)
        assert site.edges(estate.run(2), "outputs") == [estate.version(2).qualified_name]
        assert site.plan(left, snapshots).changes == []

        back = [listing_of(estate, tmp_path / "2")]
        outcome = site.sync(estate, snapshots=back)
        assert outcome.acknowledged == {"restore": {"ai_model_version": 1, "ai_training_run": 1}}
        assert site.dump(estate) == before
        assert site.plan(estate, back).changes == []

    def test_not_marked_while_the_listing_is_not_there(self, site: Site, proxy: FaultProxy) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        del estate.entities[estate.version(2)]
        assert (
            site.sync(estate, through=proxy.url).acknowledged == {"update": {"ai_training_run": 1}}
            or proxy.writes() == 0
        )
        assert site.classifications(small_estate(site.tag).version(2)) == ["owner missing", "unauditable"]

    @pytest.mark.heavy
    def test_marked_after_the_state_was_lost_too(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        (tmp_path / "fresh").mkdir()
        site.lose_state(tmp_path / "fresh")
        site.sync(estate)
        gone = estate.version(2)
        del estate.entities[gone]
        outcome = site.sync(estate, snapshots=[listing_of(estate, tmp_path / "1")])
        assert outcome.acknowledged["missing"] == {"ai_model_version": 1}
        assert MISSING in site.classifications(gone)
