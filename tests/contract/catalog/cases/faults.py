"""Bad networks and a sick catalog, by a proxy in front of the real one: nothing is lost, nothing is there twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from include.governance.errors import CatalogError, CatalogUnavailable
from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase, is_bulk
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import CatalogEstate, small_estate, wide_estate
from tests.support.fault_proxy import FaultProxy, SeenRequest
from tests.support.samples import sampled
from tests.support.waiting import wait_for

BULK = r"/entity/bulk(\?|$)"
LOST: list[dict[str, Any]] = [
    {"kind": "timeout_after"},
    {"kind": "timeout_before"},
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "truncate"},
    {"kind": "garbage", "forward": True},
]


class FaultsContract(CatalogCase):
    def test_nobody_answers(self, site: Site) -> None:
        outcome = site.sync(small_estate(site.tag), through="http://127.0.0.1:9", attempts=2)
        assert outcome.error is not None
        assert (outcome.error["error"], outcome.error["retriable"]) == ("CatalogUnavailable", True)
        assert "127.0.0.1:9" in outcome.error["message"]
        assert outcome.error["remedy"]
        assert CatalogUnavailable.exit_code == 4
        assert site.ledger.entries() == {}

    def test_a_wrong_password_is_said(self, site: Site, proxy: FaultProxy) -> None:
        outcome = site.sync(small_estate(site.tag), through=proxy.url, password="not-this-one")
        assert outcome.error is not None
        assert (outcome.error["error"], outcome.error["retriable"]) == ("CatalogError", False)
        assert CatalogError.exit_code == 4
        assert self.login in outcome.error["remedy"]
        assert "not-this-one" not in str(outcome)
        assert (proxy.writes(), len(proxy.requests)) == (0, self.refused_requests)  # no second try: accounts get locked

    def test_something_else_answers(self, site: Site, proxy: FaultProxy) -> None:
        proxy.fault(Fault("garbage", path=self.check, times=None))
        outcome = site.sync(small_estate(site.tag), through=proxy.url)
        assert outcome.error is not None
        assert outcome.error["error"] == "CatalogUnavailable"  # a gateway in its place, or a wrong address
        assert "not JSON" in outcome.error["message"]
        assert proxy.writes() == 0

    @pytest.mark.heavy
    def test_retry_after_is_honoured(self, site: Site, proxy: FaultProxy) -> None:
        proxy.fault(Fault("status", method="POST", path=BULK, status=429, headers={"Retry-After": "2"}, after=1))
        started = time.monotonic()
        outcome = site.sync(small_estate(site.tag), through=proxy.url, max_wait_seconds=10)
        assert time.monotonic() - started >= 2
        assert (outcome.error, outcome.retries) == (None, 1)
        assert_published(site, small_estate(site.tag))

    @pytest.mark.heavy
    def test_retry_after_is_capped(self, site: Site, proxy: FaultProxy) -> None:
        proxy.fault(Fault("status", method="POST", path=BULK, status=429, headers={"Retry-After": "3600"}))
        outcome = site.sync(small_estate(site.tag), through=proxy.url, max_wait_seconds=0.5)
        assert (outcome.error, outcome.retries) == (None, 1)

    @pytest.mark.heavy
    def test_a_short_outage_is_sat_out(self, site: Site, proxy: FaultProxy) -> None:
        fault = proxy.fault(Fault("status", method="POST", path=BULK, status=503, times=2))
        outcome = site.sync(small_estate(site.tag), through=proxy.url)
        assert (outcome.error, outcome.retries, fault.hits) == (None, 2, 2)
        assert_published(site, small_estate(site.tag))

    @pytest.mark.parametrize("status", sampled([429, 500, 503], 429))
    def test_a_long_outage_stops_the_sync_and_the_next_one_finishes(
        self, site: Site, proxy: FaultProxy, status: int
    ) -> None:
        estate = small_estate(site.tag)
        fault = proxy.fault(Fault("status", method="POST", path=BULK, status=status, times=None, after=3))
        outcome = site.sync(estate, through=proxy.url, batch_size=5, attempts=2)
        assert outcome.error is not None
        assert (outcome.error["error"], outcome.error["retriable"]) == ("CatalogUnavailable", True)
        assert outcome.acknowledged  # the batches before
        assert outcome.left == len(estate.entities) - outcome.entities - len(outcome.refused) > 0
        assert len(site.ledger.entries()) == outcome.entities
        assert fault.hits < 40  # it is not asked again and again for every entity
        proxy.clear()
        second = site.sync(estate, through=proxy.url)
        assert (second.error, second.left) == (None, 0)
        assert second.entities == len(estate.entities) - outcome.entities
        assert_published(site, estate)

    @pytest.mark.parametrize("fault", sampled(LOST, LOST[0]), ids=lambda fault: fault["kind"])
    @pytest.mark.parametrize("after", sampled([0, 2], 2), ids=["the marker", "a batch"])
    def test_an_answer_is_lost(self, site: Site, proxy: FaultProxy, fault: dict[str, Any], after: int) -> None:
        estate = small_estate(site.tag)
        hit = proxy.fault(Fault(method="POST", path=BULK, after=after, **fault))
        outcome = site.sync(estate, through=proxy.url, batch_size=5, timeout_seconds=4, settle_seconds=1)
        assert (outcome.error, outcome.refused, outcome.left, hit.hits) == (None, [], 0, 1)
        assert site.count(site.marker) == 1
        assert_published(site, estate)

    @pytest.mark.heavy
    def test_the_answer_comes_too_late(self, site: Site, proxy: FaultProxy) -> None:
        """The server is still at work when the client gives up: sending at once would make everything twice."""
        estate = wide_estate(site.tag, 60)
        fault = proxy.fault(Fault("slow", method="POST", path=BULK, after=1, seconds=60))

        def lookups() -> list[SeenRequest]:
            """What was read after the request that is held and before the next one."""
            sent = [index for index, seen in enumerate(proxy.requests) if is_bulk(seen)]
            between = proxy.requests[sent[1] + 1 : sent[2] if len(sent) > 2 else None]
            return [seen for seen in between if seen.method == "GET" and "uniqueAttribute" in seen.path]

        with ThreadPoolExecutor(1) as pool:
            syncing = pool.submit(site.sync, estate, through=proxy.url, timeout_seconds=4, settle_seconds=40)
            wait_for(lambda: fault.hits)
            wait_for(lambda: len(lookups()) > 1)
            fault.release()
            outcome = syncing.result()
        assert (outcome.error, outcome.left, fault.hits) == (None, 0, 1)
        assert_published(site, estate)

    @pytest.mark.parametrize("kind", sampled(["reset_after", "reset_before", "truncate"], "reset_after"))
    @pytest.mark.parametrize("write", sampled(["relationship", "classification"], "relationship"))
    def test_an_answer_to_one_write_is_lost(self, site: Site, proxy: FaultProxy, kind: Any, write: str) -> None:
        estate = small_estate(site.tag)
        site.sync(estate)
        for number in (1, 2):
            estate[estate.version(number)].classifications = ["incomplete"]
        estate[estate.run(1)].references["inputs"] = [estate.dataset(2)]
        of_one = f"/guid/{site.there(estate.version(1))['guid']}/classification"  # both versions' ones change
        path = {"relationship": "/relationship", "classification": of_one}[write]
        hits = [proxy.fault(Fault(kind, method=method, path=path)) for method in ("POST", "DELETE")]
        outcome = site.sync(estate, through=proxy.url, settle_seconds=0.2)
        assert (outcome.error, outcome.refused, [hit.hits for hit in hits]) == (None, [], [1, 1])
        assert site.edges(estate.run(1), "inputs") == [estate.dataset(2).qualified_name]
        assert site.classifications(estate.version(1)) == ["incomplete"]
        assert_published(site, estate)

    @pytest.mark.heavy
    def test_reads_break_off(self, site: Site, proxy: FaultProxy) -> None:
        faults = [
            proxy.fault(Fault("reset_before", method="GET", path=self.check, times=2)),
            proxy.fault(Fault("truncate", method="GET", path="/types/typedefs")),
            proxy.fault(Fault("reset_before", method="GET", path="/uniqueAttribute/type/ai_governance_deployment")),
        ]
        estate = small_estate(site.tag)
        assert site.sync(estate, through=proxy.url).error is None
        assert [fault.hits for fault in faults] == [2, 1, 1]
        assert_published(site, estate)


def assert_published(site: Site, estate: CatalogEstate) -> None:
    """Everything is there once, the ledger says so and knows the right guids."""
    site.dump(estate)  # counts each entity
    for key, entry in site.ledger.entries().items():
        assert entry.guid == site.there(key)["guid"]
    assert site.plan(estate).changes == []
    assert site.sync(estate).writes == 0
