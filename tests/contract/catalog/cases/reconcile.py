"""The ledger against the live catalog: what differs is named and put right; what people decided stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.governance.errors import CatalogError
from include.governance.model.vocabularies import DifferenceKind
from include.governance.staging.plan import Key
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import managed_estate
from tests.support.waiting import wait_for


class ReconcileContract(CatalogCase):
    def test_a_catalog_that_nobody_touched_has_no_difference(self, site: Site) -> None:
        site.sync(estate := managed_estate(site.tag))
        found = site.reconcile()
        assert found.differences == []
        assert (found.plan.changes, found.compared) == ([], len(estate.entities))
        assert site.heal(found).writes == 0

    def test_what_was_changed_in_the_catalog_is_put_right(self, site: Site) -> None:
        site.sync(estate := managed_estate(site.tag))
        before = site.dump(estate)
        site.delete([estate.dataset(2), estate.use_case])
        site.edit(estate.version(1), lifecycle_state="retired", stage="Archived")
        site.delete_edges(estate.version(2), "model")
        site.classify(estate.version(2), "auditable")

        found = site.reconcile()
        assert {(one.kind, one.qualified_name, one.attribute) for one in found.differences} == {
            (DifferenceKind.DELETED, estate.dataset(2).qualified_name, ""),
            (DifferenceKind.DELETED, estate.use_case.qualified_name, ""),
            (DifferenceKind.RELATION, estate.run(2).qualified_name, "inputs"),
            (DifferenceKind.RELATION, estate.record.qualified_name, "use_case"),
            (DifferenceKind.ATTRIBUTE, estate.version(1).qualified_name, "lifecycle_state"),
            (DifferenceKind.ATTRIBUTE, estate.version(1).qualified_name, "stage"),
            (DifferenceKind.RELATION, estate.version(2).qualified_name, "model"),
            (DifferenceKind.CLASSIFICATION, estate.version(2).qualified_name, "auditable"),
        }
        outcome = site.heal(found)
        assert (outcome.error, outcome.refused, outcome.dropped) == (None, [], [])
        assert site.dump(estate) == before
        assert site.reconcile().differences == []
        assert site.sync(estate).writes == 0

    def test_what_a_steward_wrote_stays(self, site: Site) -> None:
        site.sync(estate := managed_estate(site.tag))
        site.edit(estate.model, description="Written by a steward.", userDescription="And this.")
        site.edit(estate.version(1), owner="a steward")
        found = site.reconcile()
        assert {(one.kind, one.attribute, one.held, one.is_healed) for one in found.differences} == {
            (DifferenceKind.CURATED, "description", "Written by a steward.", False)
        }
        assert site.heal(found).writes == 0
        assert site.there(estate.model)["attributes"]["description"] == "Written by a steward."
        assert site.there(estate.version(1))["attributes"]["owner"] == "a steward"

    @pytest.mark.heavy
    def test_what_only_the_catalog_knows_enters_the_ledger(self, site: Site) -> None:
        site.sync(estate := managed_estate(site.tag))
        known = site.ledger.entries()
        forgotten = Key(*estate.promotion)
        wait_for(lambda: forgotten in site.keys("ai_promotion"))
        site.ledger.replace([entry for key, entry in known.items() if key != forgotten], site.ledger.marker_id())
        found = site.reconcile()
        assert [(one.kind, one.qualified_name) for one in found.differences] == [
            (DifferenceKind.UNKNOWN, forgotten.qualified_name)
        ]
        assert site.heal(found).error is None
        assert site.ledger.entries()[forgotten].guid == known[forgotten].guid
        assert site.reconcile().differences == []

    @pytest.mark.heavy
    def test_another_ledger_is_refused(self, site: Site, tmp_path: Path) -> None:
        site.sync(managed_estate(site.tag))
        site.lose_state(tmp_path)
        with pytest.raises(CatalogError, match="belongs to another state database"):
            site.reconcile()
