"""Faults on single requests, and answers that take long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from include.sandbox.azure import AzureEmulator, Fault, azure_emulator

from .conftest import FRAUD, Caller

JOBS = f"{FRAUD}/jobs"


@pytest.fixture(scope="module")
def running() -> Iterator[AzureEmulator]:
    with azure_emulator(page_size=3) as azure:
        yield azure


@pytest.fixture
def azure(running: AzureEmulator) -> Iterator[AzureEmulator]:
    yield running
    running.clear()


@pytest.fixture
def caller(azure: AzureEmulator, calling: Callable[[AzureEmulator], Caller]) -> Caller:
    return calling(azure)


def test_too_many_requests_once(azure: AzureEmulator, caller: Caller) -> None:
    azure.fault(Fault("status", path="/jobs", status=429, headers={"Retry-After": "2"}))
    refused = caller.get(JOBS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert caller.get(JOBS).status_code == 200


def test_the_second_page_fails(azure: AzureEmulator, caller: Caller) -> None:
    azure.fault(Fault("status", path="/jobs", after=1, status=403, times=None))
    first = caller.get(JOBS)
    assert first.status_code == 200
    assert caller.get(first.json()["nextLink"], None).status_code == 403


def test_an_item_is_gone_between_list_and_get(azure: AzureEmulator, caller: Caller) -> None:
    azure.fault(Fault("status", path="/models/payment-scoring/versions", status=404, content={"error": {"code": "X"}}))
    models = caller.get(f"{FRAUD}/models", "2023-08-01-preview").json()["value"]
    assert "payment-scoring" in {item["name"] for item in models}
    assert caller.get(f"{FRAUD}/models/payment-scoring/versions", "2023-08-01-preview").status_code == 404


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate"])
def test_the_connection_breaks(azure: AzureEmulator, caller: Caller, kind: Any) -> None:
    azure.fault(Fault(kind, path="/jobs"))
    with pytest.raises(httpx.TransportError):
        caller.get(JOBS)
    assert caller.get(JOBS).status_code == 200


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after"])
def test_no_answer_comes(azure: AzureEmulator, caller: Caller, kind: Any) -> None:
    azure.fault(Fault(kind, path="/jobs", seconds=0.2))
    began = time.perf_counter()
    with pytest.raises(httpx.TransportError):
        caller.get(JOBS)
    assert time.perf_counter() - began >= 0.2
    assert azure.requests[-1].status == 0


def test_garbage(azure: AzureEmulator, caller: Caller) -> None:
    azure.fault(Fault("garbage", path="/jobs"))
    with pytest.raises(ValueError, match="Expecting value"):
        caller.get(JOBS).json()


def test_an_item_nobody_can_parse(azure: AzureEmulator, caller: Caller) -> None:
    def spoil(page: dict[str, Any]) -> None:
        page["value"][1] = {"id": 7, "name": None}

    azure.fault(Fault("rewrite", path="/jobs", edit=spoil))
    assert caller.get(JOBS).json()["value"][1] == {"id": 7, "name": None}


def test_slow(azure: AzureEmulator, caller: Caller) -> None:
    azure.fault(Fault("slow", path="/jobs", seconds=0.3))
    began = time.perf_counter()
    assert caller.get(JOBS).status_code == 200
    assert time.perf_counter() - began >= 0.3


def test_a_delay_does_not_queue_requests(calling: Callable[[AzureEmulator], Caller]) -> None:
    with azure_emulator(delay_seconds=2) as azure:
        caller = calling(azure)
        began = time.perf_counter()
        with ThreadPoolExecutor(24) as pool:
            statuses = list(pool.map(lambda _: caller.get(JOBS).status_code, range(24)))
        assert statuses == [200] * 24
        assert time.perf_counter() - began < 24 * 2  # one after the other they cannot take less
