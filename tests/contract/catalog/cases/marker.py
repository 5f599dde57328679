"""Our mark in the catalog is put back where somebody took it away, whatever else there is to do."""

from __future__ import annotations

from pathlib import Path

from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import small_estate


class MarkerContract(CatalogCase):
    def test_a_deleted_mark_is_put_back_and_the_ledger_read_back_once(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        site.delete([site.marker])
        outcome = site.sync(estate)
        assert outcome.ledger_rebuilt
        assert (outcome.error, outcome.entities, outcome.writes) == (None, 0, 1)
        assert site.there(site.marker)["attributes"]["marker_id"] == site.ledger.marker_id()
        again = site.sync(estate)
        assert (again.ledger_rebuilt, again.writes) == ("", 0)

    def test_a_lost_state_is_called_that(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        mark = site.ledger.marker_id()
        site.lose_state(tmp_path)
        outcome = site.sync(estate)
        assert "the state database does not know this catalog" in outcome.ledger_rebuilt
        assert site.ledger.marker_id() == mark

    def test_another_catalog_is_called_that(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        site.ledger.replace(site.ledger.entries().values(), "the mark of another catalog")
        outcome = site.sync(estate)
        assert "another one than last time" in outcome.ledger_rebuilt
        assert (outcome.error, outcome.writes) == (None, 0)
