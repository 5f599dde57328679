"""What its source does not list any more is marked in the catalog, and unmarked when it is back. Nothing is deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.governance.config.models import MissingEntities
from include.governance.estate import Coverage
from include.governance.plan.entities.verdicts import VERDICT_CLASSIFICATIONS
from include.governance.plan.removal import Removal
from include.governance.staging.plan import MISSING, RETIRED, Absence, Key
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.listing import listing_of
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import small_estate
from tests.support.fault_proxy import FaultProxy

NOW = datetime(2026, 6, 30, tzinfo=UTC)


def removal(read: Coverage, *missing: Key, days: int = 7, listings: int = 2) -> Removal:
    """Of a sync that finds those keys missing once more, so many days after the first that did."""
    absence = Absence(NOW - timedelta(days=days), listings, "an earlier sync")
    return Removal(MissingEntities(), dict.fromkeys(missing, absence), read, "this sync", NOW)


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

    def test_retired_when_long_gone_and_restored_with_all_it_had(
        self, site: Site, tmp_path: Path, proxy: FaultProxy
    ) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        before = site.dump(estate)
        run, version, promotion = estate.run(1), estate.version(1), estate.promotion
        site.edit(run, displayName="written by a steward")

        left = small_estate(site.tag)
        for key in (run, version):
            del left.entities[key]
        for key in left.all_keys():
            for targets in left[key].references.values():
                targets[:] = [target for target in targets if target not in (run, version) or key == promotion]
        snapshots = [listing_of(left, tmp_path / "left")]
        read = Coverage(snapshots)
        site.sync(left, snapshots=snapshots)
        assert site.plan(left, snapshots, removal(read, run, version, days=6)).changes == []
        assert site.plan(left, snapshots, removal(read, run, version, listings=1)).changes == []
        outcome = site.sync(left, snapshots=snapshots, removal=removal(read, run, version), through=proxy.url)
        assert outcome.acknowledged == {"retire": {"ai_model_version": 1, "ai_training_run": 1}}
        assert site.edges(run, "outputs") == [version.qualified_name]  # its origin, whatever becomes of both
        for key in (run, version):
            assert {MISSING, RETIRED} <= set(site.classifications(key))
        assert site.edges(promotion, "inputs") == [version.qualified_name]  # what was promoted then stays
        assert site.plan(left, snapshots, removal(read, run, version)).changes == []

        back = [listing_of(estate, tmp_path / "back")]
        outcome = site.sync(estate, snapshots=back)
        assert outcome.acknowledged["restore"] == {"ai_model_version": 1, "ai_training_run": 1}
        assert site.dump(estate) == before
        assert site.there(run)["attributes"]["displayName"] == "written by a steward"
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
