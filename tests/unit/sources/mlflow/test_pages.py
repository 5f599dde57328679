"""Listings that are too much for one request: too many experiments, pages that are too large or take too long."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.sources.mlflow import page_sizes
from include.governance.sources.mlflow.page_sizes import SMALLEST
from include.sandbox.faults import Fault
from tests.support.fault_proxy import FaultProxy
from tests.unit.sources.mlflow.conftest import Read, ids

RUNS = 40


@pytest.fixture(scope="module")
def run_ids(client: Any) -> set[str]:
    """Runs in four experiments."""
    made = set()
    for name in range(4):
        experiment = client.create_experiment(f"pages {name}")
        made |= {client.create_run(experiment).info.run_id for _ in range(RUNS // 4)}
    return made


def searches(proxy: FaultProxy, listing: str = "runs") -> list[dict[str, Any]]:
    return [json.loads(seen.body) for seen in proxy.requests if seen.path.endswith(f"/{listing}/search")]


def _many(most: int) -> Any:
    return lambda body: len(json.loads(body).get("experiment_ids", ())) > most


@pytest.mark.parametrize(
    ("words", "sizes"),
    [("Maximum number of experiment_ids is 3. Found {}.", {1, 2, 3}), ("Found {}.", None)],
    ids=["told", "not told"],
)
@pytest.mark.parametrize("listing", ["runs", "logged-models"])
def test_too_many_experiments_are_searched_in_portions(
    read: Read, proxy: FaultProxy, run_ids: set[str], listing: str, words: str, sizes: set[int] | None
) -> None:
    refused = {
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": f"Too many experiment_ids specified in SearchRuns request. {words}",
    }
    proxy.fault(Fault("status", path=f"/{listing}/search", body=_many(3), status=400, times=None, content=refused))
    snapshot = read()
    assert snapshot.complete, snapshot.collections()
    assert run_ids <= ids(snapshot, AssetKind.RUN)
    asked = [body["experiment_ids"] for body in searches(proxy, listing)]
    allowed = [one for some in asked if len(some) <= 3 for one in some]
    assert len(allowed) == len(set(allowed)) == len(ids(snapshot, AssetKind.EXPERIMENT))
    assert sizes is None or {len(some) for some in asked[1:]} <= sizes


def _larger_than(most: int) -> Any:
    return lambda body: json.loads(body).get("max_results", 0) > most


@pytest.mark.parametrize("status", [413, 502, 504])
def test_a_page_that_is_too_much_is_asked_for_smaller(
    read: Read, proxy: FaultProxy, run_ids: set[str], status: int
) -> None:
    fault = Fault("status", path="/runs/search", body=_larger_than(SMALLEST), status=status, times=None, content="no")
    proxy.fault(fault)
    snapshot = read(page_size=100)
    assert snapshot.complete, snapshot.collections()
    assert run_ids <= ids(snapshot, AssetKind.RUN)
    sizes = [body["max_results"] for body in searches(proxy)]
    assert sizes[:5] == [100, 50, 25, 12, SMALLEST]
    assert set(sizes[5:]) == {SMALLEST}
    assert {body["max_results"] for body in searches(proxy, "experiments")} == {100}


def test_a_page_that_takes_too_long_is_asked_for_smaller(read: Read, proxy: FaultProxy, run_ids: set[str]) -> None:
    proxy.fault(Fault("timeout_before", path="/runs/search", body=_larger_than(16), seconds=30, times=None))
    snapshot = read(page_size=32, timeout_seconds=2)
    assert snapshot.complete, snapshot.collections()
    assert run_ids <= ids(snapshot, AssetKind.RUN)


def test_a_page_that_is_too_large_is_broken_off_and_asked_for_smaller(
    read: Read, proxy: FaultProxy, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = client.create_experiment("large pages")
    wide = {client.create_run(experiment, tags={"notes": "x" * 4_000}).info.run_id for _ in range(24)}
    monkeypatch.setattr(page_sizes, "MOST_BYTES", 50_000)
    snapshot = read(page_size=1_000, experiments={"allow": ["large pages"]})
    assert snapshot.complete, snapshot.collections()
    assert ids(snapshot, AssetKind.RUN) == wide
    assert min(body["max_results"] for body in searches(proxy)) < 16


def test_one_page_of_the_smallest_size_is_taken_however_large(
    read: Read, proxy: FaultProxy, run_ids: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_sizes, "MOST_BYTES", 100)
    snapshot = read(page_size=64)
    assert snapshot.complete, snapshot.collections()
    assert run_ids <= ids(snapshot, AssetKind.RUN)


def test_what_fails_at_any_size_fails(read: Read, proxy: FaultProxy, run_ids: set[str]) -> None:
    proxy.fault(Fault("status", path="/runs/search", status=504, times=None))
    state = read(page_size=32).collections()["runs"]
    assert (state.state, state.pages) == (ReadStatus.FAILED, 0)
    assert [body["max_results"] for body in searches(proxy)] == [32, 16, 8]


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "runs"])
def test_a_server_that_reads_the_first_experiment_only(
    read: Read, proxy: FaultProxy, client: Any, run_ids: set[str], empty: bool
) -> None:
    """Whatever its address: with the ids in reverse it answers otherwise."""
    if empty:
        client.create_experiment("pages 9")
    first: list[str] = []

    def note(body: bytes) -> bool:
        ids = json.loads(body)["experiment_ids"]
        first[:] = ids[:1]
        return len(ids) > 1

    def only_first(answer: dict[str, Any]) -> None:
        answer["runs"] = [run for run in answer.get("runs", []) if run["info"]["experiment_id"] == first[0]]

    proxy.fault(Fault("rewrite", path="/runs/search", body=note, times=None, edit=only_first))
    snapshot = read(experiments={"allow": ["pages *"]})
    assert snapshot.complete, snapshot.collections()
    assert ids(snapshot, AssetKind.RUN) == run_ids
    assert {len(body["experiment_ids"]) for body in searches(proxy)[2:]} == {1}


def test_a_server_with_runs_in_the_first_experiment_only_is_asked_once_more(
    read: Read, proxy: FaultProxy, client: Any
) -> None:
    ids_made = [client.create_experiment(f"only first {name}") for name in range(2)]
    listed = [
        row["native_id"]
        for row in read(experiments={"allow": ["only first *"]}).assets(AssetKind.EXPERIMENT).to_pylist()
    ]
    assert sorted(listed) == sorted(ids_made)
    run = client.create_run(listed[0]).info.run_id
    proxy.clear()
    snapshot = read(experiments={"allow": ["only first *"]})
    assert ids(snapshot, AssetKind.RUN) == {run}
    assert [body["experiment_ids"] for body in searches(proxy)] == [listed, listed[::-1]]
