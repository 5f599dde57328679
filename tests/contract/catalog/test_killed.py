"""kill -9 in the middle of publishing: the next sync goes on, and the catalog ends up as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.catalog.estate import wide_estate
from tests.contract.catalog.site import Site
from tests.support.fault_proxy import Fault, FaultProxy

pytestmark = pytest.mark.atlas

ROOT = Path(__file__).parents[3]
DATASETS, BATCH = 30, 10


def start(site: Site, url: str, lock_wait: float = 30) -> subprocess.Popen[str]:
    folder = str(Path(site.database.removeprefix("sqlite:///")).parent)
    arguments = [url, site.user, site.tag, folder, str(DATASETS), str(BATCH), str(lock_wait)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contract.catalog.publishing", *arguments],
        cwd=ROOT,
        env={**os.environ, "PUBLISHING_PASSWORD": site.password, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
@pytest.mark.parametrize("writes", [1, 3])
def test_the_next_sync_finishes_what_a_killed_one_began(
    new_site: Callable[[], Site], proxy: FaultProxy, writes: int, applied: bool
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

    outcome = site.sync(estate, batch_size=BATCH)
    assert (outcome.error, outcome.refused, outcome.dropped, outcome.left) == (None, [], [], 0)
    assert any("taking over the lock" in said and f"run-{process.pid}" in said for said in site.said)
    undisturbed.sync(wide_estate(undisturbed.tag, DATASETS), batch_size=BATCH)
    assert site.dump(estate) == undisturbed.dump(wide_estate(undisturbed.tag, DATASETS))
    assert site.count(site.marker) == 1
    assert site.sync(estate).writes == 0
