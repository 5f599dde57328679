"""One writer a catalog: two at once would create everything twice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from include.governance.state.database import open_database
from include.governance.state.tables import writer_locks
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase, is_bulk
from tests.contract.catalog.publishing import DATASETS, start
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import wide_estate
from tests.support.fault_proxy import FaultProxy
from tests.support.waiting import wait_for


class WritersContract(CatalogCase):
    @pytest.mark.heavy
    def test_two_processes_at_once(self, site: Site, proxy: FaultProxy) -> None:
        processes = [start(site, proxy.url), start(site, proxy.url)]
        answers = [json.loads(process.communicate()[0]) for process in processes]
        estate = wide_estate(site.tag, DATASETS)
        assert [answer["outcome"]["error"] for answer in answers] == [None, None]
        written = sorted(sum(sum(n.values()) for n in a["outcome"]["acknowledged"].values()) for a in answers)
        assert written == [0, len(estate.entities)]
        site.dump(estate)  # counts each entity
        assert site.plan(estate).changes == []

    @pytest.mark.heavy
    def test_the_second_waits_and_then_finds_nothing_to_do(self, site: Site, proxy: FaultProxy) -> None:
        estate = wide_estate(site.tag, 20)
        slow = proxy.fault(Fault("slow", method="POST", path="/entity/bulk", seconds=60, after=1))
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(site.sync, estate, through=proxy.url, run_id="the first", timeout_seconds=120)
            wait_for(lambda: slow.hits == 1)
            waiting = pool.submit(site.sync, estate, run_id="the second")
            wait_for(lambda: "waiting for the first, which writes" in " ".join(site.said))
            slow.release()
            second = waiting.result()
        assert first.result().error is None
        assert (second.error, second.writes, second.entities) == (None, 0, 0)
        assert site.plan(estate).changes == []

    def test_the_second_stops_where_it_may_not_wait(self, site: Site, proxy: FaultProxy) -> None:
        estate = wide_estate(site.tag, 20)
        slow = proxy.fault(Fault("slow", method="POST", path="/entity/bulk", seconds=60, after=1))
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(site.sync, estate, through=proxy.url, run_id="the first", timeout_seconds=120)
            wait_for(lambda: slow.hits == 1)
            second = site.sync(estate, run_id="the second", lock_wait_seconds=0)
            slow.release()
        assert first.result().error is None
        assert second.error is not None
        assert (second.error["error"], second.error["retriable"]) == ("CatalogBusy", True)
        assert "the first" in second.error["message"]
        assert second.writes == 0
        assert site.plan(estate).changes == []

    def test_who_lost_the_lock_writes_no_more(self, site: Site, proxy: FaultProxy) -> None:
        estate = wide_estate(site.tag, 40)

        def lose_it(_: bytes) -> bool:
            with open_database(site.database).begin() as connection:
                connection.execute(
                    update(writer_locks).where(writer_locks.c.catalog == site.tag).values(token="another's")
                )
            return False

        lost = proxy.fault(Fault("slow", method="POST", path="/entity/bulk", body=lose_it, times=1))
        outcome = site.sync(estate, through=proxy.url, batch_size=10)
        assert lost.hits == 0
        assert outcome.error is not None
        assert outcome.error["error"] == "CatalogBusy"
        posts = [seen for seen in proxy.written() if is_bulk(seen)]
        assert len(posts) == 1  # the marker: the lock was lost while it was written
        assert outcome.left == len(estate.entities)
