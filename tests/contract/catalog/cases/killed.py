"""kill -9 in the middle of publishing: the next sync goes on, and the catalog ends up as if nothing had happened."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from include.sandbox.faults import Fault
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.publishing import BATCH, DATASETS, start
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import wide_estate
from tests.support.fault_proxy import FaultProxy
from tests.support.samples import sampled
from tests.support.waiting import wait_for


class KilledContract(CatalogCase):
    @pytest.mark.parametrize("applied", sampled([True, False], True), ids=["applied", "not applied"])
    @pytest.mark.parametrize("writes", sampled([1, 3], 3))
    def test_the_next_sync_finishes_what_a_killed_one_began(
        self, new_site: Callable[[], Site], proxy: FaultProxy, writes: int, applied: bool
    ) -> None:
        site, undisturbed = new_site(), new_site()
        kind = "timeout_after" if applied else "timeout_before"
        proxy.fault(Fault(kind, method="POST", path="/entity/bulk", after=writes - 1))  # type: ignore[arg-type]
        process = start(site, proxy.url)
        try:
            wait_for(lambda: any(seen.fault and seen.answered == applied for seen in proxy.requests))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        estate = wide_estate(site.tag, DATASETS)
        assert len(site.ledger.entries()) < len(estate.entities)

        outcome = site.sync(estate, batch_size=BATCH, settle_seconds=0.5)  # the killed one's last request has ended
        assert (outcome.error, outcome.refused, outcome.dropped, outcome.left) == (None, [], [], 0)
        assert any("taking over the lock" in said and f"run-{process.pid}" in said for said in site.said)
        undisturbed.sync(wide_estate(undisturbed.tag, DATASETS), batch_size=BATCH)
        assert site.dump(estate) == undisturbed.dump(wide_estate(undisturbed.tag, DATASETS))
        assert site.count(site.marker) == 1
        assert site.sync(estate).writes == 0
