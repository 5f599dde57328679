"""Several installations in one catalog: what another one manages is not written, two never write at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.governance.catalog import catalog_lease
from include.governance.errors import ConfigurationError
from include.governance.model.catalog_types import MANAGED_BY
from include.governance.model.timestamps import to_millis
from include.governance.staging.plan import Key
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import SINCE, managed_estate
from tests.support.fault_proxy import FaultProxy
from tests.support.waiting import wait_for


class InstallationsContract(CatalogCase):
    def test_what_another_installation_manages_is_not_written(
        self, site: Site, new_site: Callable[[], Site], proxy: FaultProxy
    ) -> None:
        site.sync(managed_estate(site.tag))
        other, theirs = new_site(), managed_estate(site.tag)
        before = site.dump(theirs)
        for key in theirs.all_keys():
            theirs[key].attributes[MANAGED_BY] = other.tag
        with pytest.raises(ConfigurationError, match=f"another installation manages.*{site.tag}") as stopped:
            other.sync(theirs, through=proxy.url)
        assert "--adopt" in stopped.value.remedy
        assert proxy.written() == []
        assert site.dump(managed_estate(site.tag)) == before

    def test_a_person_may_adopt_it(self, site: Site, new_site: Callable[[], Site]) -> None:
        site.sync(managed_estate(site.tag))
        other, estate = new_site(), managed_estate(site.tag)
        for key in estate.all_keys():
            estate[key].attributes[MANAGED_BY] = other.tag
        outcome = other.sync(estate, adopts=True)
        assert (outcome.error, outcome.refused) == (None, [])
        assert f"adopted from {site.tag}" in outcome.claimed[0]
        assert {other.there(key)["attributes"][MANAGED_BY] for key in estate.all_keys()} == {other.tag}
        assert other.sync(estate).writes == 0

    @pytest.mark.heavy
    def test_promotions_that_are_adopted_go_on_with_their_dates(self, site: Site, new_site: Callable[[], Site]) -> None:
        site.sync(estate := managed_estate(site.tag))
        promotion = estate.promotion
        wait_for(lambda: promotion in site.keys("ai_promotion"))
        other = new_site()
        version = estate[promotion].references["inputs"][0][1]
        assert other.adopt_promotions(["mlflow://of/another"]) == []
        (row,) = other.adopt_promotions([version])
        assert (row["qualified_name"], row["version"], row["until"]) == (promotion.qualified_name, version, None)
        assert to_millis(row["since"]) == SINCE
        assert MANAGED_BY not in other.ledger.entries()[promotion].attributes
        assert other.adopt_promotions([version]) == []

    @pytest.mark.heavy
    def test_what_both_read_is_left_to_the_first(self, site: Site, new_site: Callable[[], Site]) -> None:
        model = Key("ai_base_model", f"azure://models/{site.tag}/gpt/1")
        first, second = managed_estate(site.tag), managed_estate((other := new_site()).tag)
        for estate, owner in ((first, site), (second, other)):
            estate.add(*model, f"by {owner.tag}", {MANAGED_BY: owner.tag})
        site.sync(first)
        outcome = other.sync(second)
        assert (outcome.error, outcome.refused) == (None, [])
        assert site.count(model) == 1
        assert site.there(model)["attributes"]["name"] == f"by {site.tag}"
        assert other.sync(second).writes == 0

    @pytest.mark.heavy
    def test_a_source_at_another_address_stops_before_the_first_write(self, site: Site, proxy: FaultProxy) -> None:
        estate = managed_estate(site.tag)
        estate[estate.server].attributes["address"] = "https://one.example.com"
        site.sync(estate)
        estate[estate.server].attributes["address"] = "https://two.example.com"
        with pytest.raises(ConfigurationError, match="so far, and is now at https"):
            site.sync(estate, through=proxy.url)
        assert proxy.written() == []
        assert site.sync(estate, adopts=True).acknowledged == {"update": {"ai_source": 1}}

    def test_two_state_databases_never_write_at_once(self, site: Site, proxy: FaultProxy, tmp_path: Path) -> None:
        estate = managed_estate(site.tag)
        slow = proxy.fault(Fault("slow", method="POST", path="/entity/bulk", after=1, times=1))
        again = Site(site.dialect, (site.url, site.user, site.password), site.tag, tmp_path)
        again.database = f"sqlite:///{tmp_path / 'another.db'}"
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(site.sync, estate, through=proxy.url, run_id="the first", timeout_seconds=120)
            wait_for(lambda: slow.hits == 1)
            second = again.sync(estate, run_id="the second", lock_wait_seconds=0)
            slow.release()
        assert first.result().error is None
        assert second.error is not None
        assert second.error["error"] == "CatalogBusy"
        assert "the first" in second.error["message"]
        assert second.writes == 0
        assert again.sync(estate).error is None
        assert again.sync(estate).writes == 0
        assert all(site.count(key) == 1 for key in estate.all_keys())

    @pytest.mark.heavy
    def test_a_batch_that_takes_longer_than_the_lease_does_not_lose_it(
        self, site: Site, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(catalog_lease, "_SHORTEST_LEASE_SECONDS", 3.0)
        monkeypatch.setattr(catalog_lease, "_ANSWERS", 0)
        estate, marker = managed_estate(site.tag), site.marker.qualified_name.encode()
        batch = Fault("slow", method="POST", path="/entity/bulk", body=lambda sent: marker not in sent, seconds=600)
        slow = proxy.fault(batch)
        again = Site(site.dialect, (site.url, site.user, site.password), site.tag, tmp_path)
        again.database = f"sqlite:///{tmp_path / 'another.db'}"
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(site.sync, estate, through=proxy.url, run_id="the first", timeout_seconds=120)
            wait_for(lambda: slow.hits == 1)
            ends = site.there(site.marker)["attributes"]["lease_until"] / 1000
            wait_for(lambda: time.time() > ends)
            second = again.sync(estate, run_id="the second", lock_wait_seconds=0)
            slow.release()
        assert second.error is not None
        assert "the first" in second.error["message"]
        assert second.writes == 0
        assert first.result().error is None
        assert site.sync(estate).writes == 0
        assert all(site.count(key) == 1 for key in estate.all_keys())

    @pytest.mark.heavy
    def test_the_keys_of_an_installation_are_found(self, site: Site, new_site: Callable[[], Site]) -> None:
        other = new_site()
        site.sync(mine := managed_estate(site.tag))
        other.sync(managed_estate(other.tag))
        expected = {key for key in mine.all_keys() if key.type_name == "ai_model_version"}
        wait_for(lambda: set(site.keys("ai_model_version")) == expected)
