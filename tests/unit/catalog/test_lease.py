"""The lease in the catalog: it is kept while its holder lives, ends with a holder that died, and is lost for good."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from include.governance.catalog import catalog_lease
from include.governance.catalog.marker import MARKER_TYPE
from include.governance.model import qualified_names
from include.governance.staging.outcome import Outcome
from include.governance.staging.plan import Key
from tests.support.catalog_estate import CatalogEstate, wide_estate
from tests.support.waiting import wait_for
from tests.unit.catalog.fake_server import FakeServer

MARKER = qualified_names.marker("here")
Sync = Callable[..., Outcome]


@pytest.fixture
def estate() -> CatalogEstate:
    return wide_estate("mine", 4)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog_lease, "_SHORTEST_LEASE_SECONDS", 0.6)
    monkeypatch.setattr(catalog_lease, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(catalog_lease, "_CHECK_SECONDS", 0.0)


def marked(server: FakeServer) -> dict[str, Any]:
    entity = server.named(MARKER)
    assert entity is not None
    return dict(entity["attributes"])


def until(server: FakeServer) -> float:
    return float(marked(server)["lease_until"]) / 1000


def millis(seconds: float) -> int:
    return int(seconds * 1000)


def during_the_first_batch(server: FakeServer, happens: Callable[[], None]) -> None:
    """What happens while the server has the first request for entities of the plan and has not answered it."""
    happened: list[bool] = []

    def fault(request: httpx.Request) -> None:
        is_batch = request.url.path.endswith("/entity/bulk") and MARKER.encode() not in request.content
        if is_batch and not happened:
            happened.append(True)
            happens()

    server.faults.append(fault)


def test_it_is_kept_during_a_batch_that_takes_longer(server: FakeServer, sync: Sync, estate: CatalogEstate) -> None:
    def take_long() -> None:
        first = until(server)
        wait_for(lambda: until(server) > first + 0.6)

    during_the_first_batch(server, take_long)
    outcome = sync(estate, timeout_seconds=0.1)
    assert (outcome.error, outcome.entities) == (None, len(estate.entities))
    assert marked(server)["lease_holder"] is None
    assert sync(estate).writes == 0


def test_a_beat_that_fails_is_made_good_by_the_next(server: FakeServer, sync: Sync, estate: CatalogEstate) -> None:
    refused: list[bool] = []

    def refuse_one(request: httpx.Request) -> httpx.Response | None:
        is_beat = request.url.path.endswith("/entity/bulk") and b'"lease_until":1' in request.content
        if not is_beat or refused or len(server.posted()) < 3:
            return None
        refused.append(True)
        return httpx.Response(503)

    def take_long() -> None:
        first = until(server)
        wait_for(lambda: refused and until(server) > first)

    during_the_first_batch(server, take_long)
    server.faults.append(refuse_one)
    assert sync(estate, timeout_seconds=0.1).error is None
    assert refused == [True]


def test_that_of_a_holder_that_died_ends(server: FakeServer, sync: Sync, estate: CatalogEstate) -> None:
    key = Key(MARKER_TYPE, MARKER)
    held = {"qualifiedName": MARKER, "lease_holder": "a sync (of elsewhere)", "lease_until": millis(time.time() + 600)}
    server.entities["there"] = {"typeName": key.type_name, "guid": "there", "attributes": held}
    busy = sync(estate, lock_wait_seconds=0)
    assert busy.error is not None
    assert busy.error["error"] == "CatalogBusy"
    ends = time.time() + 0.3
    held["lease_until"] = millis(ends)
    assert sync(estate, lock_wait_seconds=30).error is None
    assert time.time() >= ends


def test_who_lost_it_writes_no_more_and_leaves_it_to_the_other(
    server: FakeServer, sync: Sync, estate: CatalogEstate
) -> None:
    theirs = {"lease_holder": "a sync (of elsewhere)", "lease_until": millis(time.time() + 600)}

    def lose_it() -> None:
        entity = server.named(MARKER)
        assert entity is not None
        entity["attributes"] |= theirs
        asked = len(server.requests)
        wait_for(lambda: len(server.requests) > asked, "a beat")

    during_the_first_batch(server, lose_it)
    outcome = sync(estate, timeout_seconds=0.1, batch_size=1)
    assert outcome.error is not None
    assert outcome.error["error"] == "CatalogBusy"
    assert "of elsewhere" in outcome.error["message"]
    assert outcome.left == len(estate.entities) - 1
    assert theirs.items() <= marked(server).items()
