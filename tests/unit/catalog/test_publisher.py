"""The publisher on a catalog in memory: batches, refusals, lost answers, outages, cycles, impossible references."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import orjson
import pytest

from include.governance.model import qualified_names
from include.governance.staging.outcome import Outcome
from include.governance.state.ledger import Ledger
from tests.support.catalog_estate import CatalogEstate, small_estate, wide_estate
from tests.unit.catalog.fake_server import FakeServer, Fault, refusal

Sync = Callable[..., Outcome]
LOST = httpx.ReadTimeout("no answer")


def writes_of(text: str, answer: httpx.Response | Exception, times: int = 1_000) -> Fault:
    """That answer to the next entity requests with such a text in them, without any effect."""
    left = iter(range(times))

    def fault(request: httpx.Request) -> httpx.Response | None:
        is_hit = request.url.path.endswith("/entity/bulk") and text in request.content.decode()
        if not is_hit or next(left, None) is None:
            return None
        if isinstance(answer, Exception):
            raise answer
        return answer

    return fault


def assert_published(server: FakeServer, ledger: Ledger, estate: CatalogEstate) -> None:
    names = [entity["attributes"]["qualifiedName"] for entity in server.entities.values()]
    assert sorted(names) == sorted([key.qualified_name for key in estate.all_keys()] + [qualified_names.marker("here")])
    assert sorted(ledger.entries()) == estate.all_keys()


def test_everything_is_published_once_and_the_second_time_nothing(
    server: FakeServer, sync: Sync, ledger: Ledger
) -> None:
    estate = small_estate("mine")
    outcome = sync(estate)
    assert (outcome.error, outcome.refused, outcome.dropped, outcome.left) == (None, [], [], 0)
    assert_published(server, ledger, estate)
    server.requests.clear()
    assert (sync(estate).mode, [seen.method for seen in server.requests]) == ("none", ["GET"] * 3)


def test_batches_have_the_configured_size(server: FakeServer, sync: Sync) -> None:
    estate = wide_estate("mine", 10)
    sync(estate, batch_size=5)
    taken, *batches, given_up = [len(batch) for batch in server.posted()]  # the lease is in the marker
    assert (taken, given_up) == (1, 1)
    assert max(batches) == 5
    assert sum(batches) == len(estate.entities)


def test_a_refused_batch_is_split_until_the_bad_entity_is_alone(server: FakeServer, sync: Sync, ledger: Ledger) -> None:
    estate = wide_estate("mine", 30)
    bad = estate.add("ai_dataset", estate.dataset(50).qualified_name, "POISON")
    server.faults.append(writes_of("POISON", refusal("ATLAS-400-00-01A")))
    outcome = sync(estate)
    assert [(item["qualified_name"], item["name"]) for item in outcome.refused] == [(bad.qualified_name, "POISON")]
    assert "ATLAS-400-00-01A" in outcome.refused[0]["reason"]
    assert (outcome.error, outcome.left, outcome.entities) == (None, 0, len(estate.entities) - 1)
    assert bad not in ledger.entries()
    assert len([batch for batch in server.posted() if bad.qualified_name in batch]) <= 7  # 2^6 entities at most


def test_a_reference_to_a_refused_entity_is_dropped_until_it_is_accepted(
    server: FakeServer, sync: Sync, ledger: Ledger
) -> None:
    estate = small_estate("mine")
    bad = estate.add("ai_dataset", estate.dataset(50).qualified_name, "POISON")
    estate[estate.run(1)].references["inputs"].append(bad)
    server.faults.append(writes_of("POISON", refusal("ATLAS-400-00-01A")))
    outcome = sync(estate)
    dropped = {"qualified_name": estate.run(1).qualified_name, "attribute": "inputs", "target": bad.qualified_name}
    assert dropped in outcome.dropped
    server.faults.clear()
    outcome = sync(estate)
    assert (outcome.refused, outcome.dropped) == ([], [])
    assert [*bad] in ledger.entries()[estate.run(1)].references["inputs"]


def test_a_reference_to_what_is_neither_published_nor_planned_is_dropped(server: FakeServer, sync: Sync) -> None:
    estate = small_estate("mine")
    lost = estate.dataset(99)
    estate[estate.run(1)].references["inputs"].append(lost)
    outcome = sync(estate)
    assert [item["target"] for item in outcome.dropped] == [lost.qualified_name]
    assert all(lost.qualified_name not in seen.content.decode() for seen in server.requests if seen.method == "POST")


def test_a_lost_answer_whose_write_was_applied_creates_nothing_twice(
    server: FakeServer, sync: Sync, ledger: Ledger
) -> None:
    estate = small_estate("mine")

    def apply_and_lose(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/entity/bulk") or len(server.posted()) != 2:
            return None
        server.faults.clear()
        server.apply(request)
        raise LOST

    server.faults.append(apply_and_lose)
    outcome = sync(estate, settle_seconds=5)
    assert (outcome.error, outcome.refused) == (None, [])
    assert_published(server, ledger, estate)
    sent = [index for index, seen in enumerate(server.requests) if seen.url.path.endswith("/entity/bulk")]
    _, first, second, _ = sent
    looks = server.requests[first + 1 : second]
    assert looks
    assert {seen.method for seen in looks} == {"GET"}


def test_a_lost_answer_whose_write_was_not_applied_is_sent_again(
    server: FakeServer, sync: Sync, ledger: Ledger
) -> None:
    estate = small_estate("mine")
    server.faults.append(writes_of(estate.server.qualified_name, LOST, times=2))
    outcome = sync(estate)
    assert (outcome.error, outcome.refused) == (None, [])
    assert_published(server, ledger, estate)


def test_answers_that_stay_lost_are_an_outage(server: FakeServer, sync: Sync) -> None:
    estate = small_estate("mine")
    server.faults.append(writes_of(estate.server.qualified_name, LOST))
    outcome = sync(estate)
    assert outcome.error is not None
    assert (outcome.error["error"], outcome.error["retriable"]) == ("CatalogUnavailable", True)
    assert (outcome.refused, outcome.left) == ([], len(estate.entities))
    assert len(server.posted()) == 1 + 4  # the marker, then one try and three more


@pytest.mark.parametrize("status", [429, 503])
def test_an_outage_stops_and_the_next_sync_continues(
    server: FakeServer, sync: Sync, ledger: Ledger, status: int
) -> None:
    estate = wide_estate("mine", 20)
    server.faults.append(lambda _: httpx.Response(status) if len(server.posted()) > 3 else None)
    outcome = sync(estate, batch_size=5)
    assert outcome.error is not None
    assert outcome.error["retriable"]
    assert (outcome.entities, outcome.left, outcome.refused) == (10, len(estate.entities) - 10, [])
    assert len(ledger.entries()) == 10
    server.faults.clear()
    outcome = sync(estate, batch_size=5)
    assert (outcome.error, outcome.entities) == (None, len(estate.entities) - 10)
    assert_published(server, ledger, estate)


def test_a_refused_permission_stops(server: FakeServer, sync: Sync) -> None:
    estate = small_estate("mine")
    server.faults.append(writes_of(estate.server.qualified_name, httpx.Response(403)))
    outcome = sync(estate)
    assert outcome.error is not None
    assert (outcome.error["error"], outcome.error["retriable"], outcome.refused) == ("CatalogError", False, [])


def test_server_errors_on_single_entities_are_an_outage_where_the_probe_fails_too(
    server: FakeServer, sync: Sync
) -> None:
    estate = wide_estate("mine", 20)
    server.faults.append(lambda _: httpx.Response(500) if len(server.posted()) > 2 else None)
    outcome = sync(estate, batch_size=5)
    assert outcome.error is not None
    assert outcome.error["error"] == "CatalogUnavailable"
    assert 0 < len(outcome.refused) < 5


def test_server_errors_on_single_entities_cost_those_where_the_probe_succeeds(server: FakeServer, sync: Sync) -> None:
    estate = wide_estate("mine", 5)
    bad = [estate.add("ai_dataset", estate.dataset(50 + n).qualified_name, f"POISON {n}") for n in range(5)]
    server.faults.append(writes_of("POISON", httpx.Response(500)))
    outcome = sync(estate)
    assert outcome.error is None
    assert sorted(item["qualified_name"] for item in outcome.refused) == sorted(key.qualified_name for key in bad)
    assert [qualified_names.marker("here")] in server.posted()[1:]  # the probe


def test_a_cycle_is_linked_at_the_end(server: FakeServer, sync: Sync, ledger: Ledger) -> None:
    estate = small_estate("mine")
    estate[estate.run(0)].references["parent_run"] = [estate.run(2)]
    outcome = sync(estate, batch_size=1)
    assert (outcome.refused, outcome.dropped, outcome.relationships) == ([], [], 1)
    [edge] = server.sent("POST", "/relationship")
    assert {orjson.loads(edge.content)[end]["uniqueAttributes"]["qualifiedName"] for end in ("end1", "end2")} == {
        estate.run(0).qualified_name,
        estate.run(2).qualified_name,
    }
    for run, parent in ((0, 2), (2, 0)):
        assert ledger.entries()[estate.run(run)].references["parent_run"] == [[*estate.run(parent)]]


def test_an_entity_that_was_deleted_in_the_catalog_is_created_again(
    server: FakeServer, sync: Sync, ledger: Ledger
) -> None:
    estate = small_estate("mine")
    sync(estate)
    key = estate.version(1)
    del server.entities[ledger.entries()[key].guid]
    estate[key].attributes["stage"] = "Production"
    outcome = sync(estate)
    assert (outcome.error, outcome.acknowledged) == (None, {"update": {"ai_model_version": 1}})
    recreated = server.named(key.qualified_name)
    assert recreated is not None
    assert recreated["guid"] == ledger.entries()[key].guid
    assert (recreated["attributes"]["stage"], recreated["attributes"]["version"]) == ("Production", 1)


def test_an_update_sends_only_what_changed(server: FakeServer, sync: Sync) -> None:
    estate = small_estate("mine")
    sync(estate)
    server.requests.clear()
    estate[estate.version(1)].attributes |= {"stage": "Archived", "description": None}
    sync(estate)
    _, request, _ = server.sent("POST", "/entity/bulk")  # between taking the lease and giving it up
    [entity] = orjson.loads(request.content)["entities"]
    assert entity["attributes"] == {
        "name": "v1 fraud scorer",
        "qualifiedName": estate.version(1).qualified_name,
        "stage": "Archived",
        "description": None,
    }


def test_an_answer_without_guids_is_no_catalogs(server: FakeServer, sync: Sync) -> None:
    estate = small_estate("mine")
    server.faults.append(writes_of(estate.server.qualified_name, httpx.Response(200, json={})))
    outcome = sync(estate)
    assert outcome.error is not None
    assert (outcome.error["error"], outcome.entities, outcome.refused) == ("CatalogUnavailable", 0, [])


def test_waiting_for_a_lost_write_ends_with_the_settle_time(
    server: FakeServer, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = small_estate("mine")
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    server.faults.append(writes_of(estate.server.qualified_name, LOST, times=1))
    assert sync(estate, settle_seconds=5).error is None
    assert now == [1_005.0]
