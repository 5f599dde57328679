"""Catalogs that were wiped, state that was lost: noticed before the first write, nothing twice, nothing missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.governance.staging.plan import READ_BACK
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import small_estate, wide_estate
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled


class RebuiltContract(CatalogCase):
    @pytest.mark.parametrize("purge", sampled([False, True], True), ids=["deleted", "purged"])
    def test_a_wiped_catalog_is_filled_again(self, site: Site, proxy: FaultProxy, purge: bool) -> None:
        if purge:
            self.require("purge")
        estate = small_estate(site.tag)
        site.sync(estate)
        whole = site.dump(estate)
        site.delete([*estate.all_keys(), site.marker], purge)
        outcome = site.sync(estate, through=proxy.url)
        assert "new or wiped" in outcome.ledger_rebuilt
        assert "0 of" in outcome.ledger_rebuilt
        assert (outcome.error, outcome.refused, outcome.dropped) == (None, [], [])
        assert outcome.acknowledged.keys() == {"create"}
        assert (outcome.entities, outcome.relationships) == (len(estate.entities), 0)
        assert site.dump(estate) == whole
        assert site.plan(estate).changes == []
        assert site.sync(estate).writes == 0

    @pytest.mark.heavy
    def test_a_first_publish_that_failed_is_no_lost_state(self, site: Site, proxy: FaultProxy) -> None:
        """The catalog has the marker and nothing else: there is nothing to take over, and nothing to tell a person."""
        estate = small_estate(site.tag)
        proxy.fault(Fault("status", method="POST", path="/entity/bulk", after=1, times=None, status=500))
        outcome = site.sync(estate, through=proxy.url)
        assert outcome.error is not None
        assert outcome.acknowledged == {}
        assert site.recover() is None
        proxy.clear()
        outcome = site.sync(estate)
        assert (outcome.error, outcome.ledger_rebuilt, outcome.left) == (None, "", 0)

    def test_it_is_noticed_before_the_first_write(self, site: Site, proxy: FaultProxy) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        site.delete([*estate.all_keys(), site.marker])
        estate[estate.version(1)].attributes["stage"] = "Production"
        site.sync(estate, through=proxy.url)
        first_write = next(index for index, seen in enumerate(proxy.requests) if seen.method != "GET")
        looked = {seen.path.split("?")[0].rsplit("/", 1)[-1] for seen in proxy.requests[:first_write]}
        assert {key.type_name for key in estate.all_keys()} <= looked

    @pytest.mark.heavy
    def test_a_partly_wiped_catalog_is_completed(self, site: Site) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        whole = site.dump(estate)
        lost = [estate.run(1), estate.version(2), estate.dataset(1), estate.experiment, estate.record]
        site.delete([*lost, site.marker])
        outcome = site.sync(estate)
        assert f"{len(estate.entities) - len(lost)} of {len(estate.entities)}" in outcome.ledger_rebuilt
        assert (outcome.error, outcome.refused, outcome.dropped) == (None, [], [])
        assert sum(outcome.acknowledged["create"].values()) == len(lost)
        assert site.dump(estate) == whole
        assert site.plan(estate).changes == []

    def test_lost_state_of_an_unchanged_estate_writes_nothing(
        self, site: Site, tmp_path: Path, proxy: FaultProxy
    ) -> None:
        """What is read back is what was sent: numbers, dates, false, empty lists, maps."""
        estate = wide_estate(site.tag, 120)
        estate[estate.record].attributes |= {"verdict_provisional": False, "findings": None, "warning_findings": 0}
        estate[estate.use_case].attributes |= {"description": "Grüße, 'quotes' & <b>emoji</b> 🎉\n\ttab"}
        site.sync(estate)
        guids = site.ledger.guids()
        site.lose_state(tmp_path)
        outcome = site.sync(estate, through=proxy.url)
        assert "does not know this catalog" in outcome.ledger_rebuilt
        assert (outcome.error, outcome.writes, proxy.writes()) == (None, 0, 0)
        assert site.plan(estate).changes == []
        assert site.ledger.guids() == guids
        assert {entry.source for entry in site.ledger.entries().values()} == {site.tag, "governance"}
        assert site.sync(estate).ledger_rebuilt == ""

    @pytest.mark.heavy
    def test_lost_state_of_a_changed_estate_sends_the_change(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        site.lose_state(tmp_path)
        estate[estate.version(1)].attributes["lifecycle_state"] = "retired"
        estate[estate.version(1)].classifications = ["unauditable"]
        estate[estate.run(2)].references["inputs"] = [estate.dataset(2)]
        added = estate.add("ai_dataset", estate.dataset(3).qualified_name, "new one")
        outcome = site.sync(estate)
        assert outcome.acknowledged == {
            "create": {"ai_dataset": 1},
            "update": {"ai_model_version": 1, "ai_training_run": 1},
        }
        assert site.count(added) == 1
        assert site.classifications(estate.version(1)) == ["unauditable"]
        assert site.edges(estate.run(2), "inputs") == [estate.dataset(2).qualified_name]
        assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_lost_state_does_not_cost_a_curators_text(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        key = estate.dataset(1)  # its source states neither description nor owner
        site.edit(key, name="payments 1", description="All card payments.", owner="data office", displayName="Payments")
        site.lose_state(tmp_path)
        for digest in ("d1b", "d1c"):
            estate[key].attributes["digest"] = digest
            site.sync(estate)
            held = site.there(key)["attributes"]
            assert held["digest"] == digest
            assert (held["description"], held["owner"], held["displayName"]) == (
                "All card payments.",
                "data office",
                "Payments",
            )

    @pytest.mark.heavy
    def test_an_edge_that_the_catalog_lost_is_healed(self, site: Site, tmp_path: Path) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        for key, attribute in ((estate.run(1), "inputs"), (estate.version(1), "model"), (estate.record, "use_case")):
            assert len(site.edges(key, attribute)) == 1
            site.delete_edges(key, attribute)
            assert site.edges(key, attribute) == []
        site.lose_state(tmp_path)
        outcome = site.sync(estate)
        assert (outcome.error, outcome.relationships) == (None, 3)
        assert site.edges(estate.run(1), "inputs") == [estate.dataset(1).qualified_name]
        assert site.edges(estate.version(1), "model") == [estate.model.qualified_name]
        assert site.edges(estate.record, "use_case") == [estate.use_case.qualified_name]
        assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_an_old_state_is_brought_up_to_date(self, new_site: Callable[[], Site]) -> None:
        """The state database was restored from a backup: it lacks what is in the catalog, yet the marker fits."""
        site, reference = new_site(), new_site()
        old = small_estate(site.tag)
        extra = old.entities.pop(old.version(2))
        old[old.run(2)].references["outputs"] = []
        site.sync(old)
        backup = site.ledger.entries()
        new = small_estate(site.tag)
        new[new.version(2)].attributes |= {"stage": "Staging", "signature": "present"}
        new[new.version(2)].classifications = ["incomplete", "secret removed"]
        site.sync(new)
        site.ledger.replace(backup.values(), site.ledger.marker_id())

        last = small_estate(site.tag)
        last.entities[last.version(2)] = extra
        outcome = site.sync(last)
        assert (outcome.error, outcome.refused) == (None, [])
        expected = small_estate(reference.tag)
        reference.sync(expected)
        assert site.dump(last) == reference.dump(expected)
        assert site.plan(last).changes == []
        assert READ_BACK not in {entry.content_hash for entry in site.ledger.entries().values()}
