"""Rate, waits and counts of a principal's requests."""

from __future__ import annotations

from typing import Any

import pytest

from include.governance.net.azure import rate_limit as pacing
from include.governance.net.azure.rate_limit import CappedRetry, RateLimiter, rate_limiter_for
from include.governance.net.http import Traffic
from include.sandbox.azure.emulator import azure_emulator
from include.sandbox.faults import Fault
from tests.unit.sources.ai_foundry.estate import write


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pacing, "time", made)
    return made


def test_a_burst_of_one_second_and_then_the_rate(clock: Clock) -> None:
    pace = RateLimiter(10)
    started = clock.now
    for _ in range(10):
        pace.wait()
    assert clock.now == started
    for _ in range(50):
        pace.wait()
    assert clock.now - started == pytest.approx(5.0)


def test_a_rate_below_one_a_second(clock: Clock) -> None:
    pace, started = RateLimiter(0.5), clock.now
    for _ in range(3):
        pace.wait()
    assert clock.now - started == pytest.approx(4.0)


def test_few_reads_left_halve_the_rate(clock: Clock) -> None:
    pace = RateLimiter(10)
    pace.factor = 0.5
    for _ in range(10):
        pace.wait()
    started = clock.now
    for _ in range(10):
        pace.wait()
    assert clock.now - started == pytest.approx(2.0)


def test_one_pace_for_one_principal() -> None:
    assert rate_limiter_for("a", 20) is rate_limiter_for("a", 20)
    assert rate_limiter_for("a", 20) is not rate_limiter_for("b", 20)


class Answer:
    def __init__(self, **headers: str) -> None:
        self.http_response = self
        self.headers = headers


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("3600", 30)])
def test_a_retry_after_is_honoured_up_to_a_cap(asked: str, waited: int) -> None:
    retry = CappedRetry(Traffic(), attempts=4, max_wait=30)
    assert retry.get_retry_after(Answer(**{"Retry-After": asked})) == waited
    assert retry.get_retry_after(Answer()) is None


def read(tmp_path: Any, azure: Any, **more: Any) -> Any:
    from include.governance import sources
    from include.governance.config.connections import from_environment
    from include.governance.staging.folder import Folder

    settings = azure.settings("ai_foundry", access=False, **more)
    return sources.read(settings, Folder(str(tmp_path)), from_environment)


def test_retries_waits_and_what_is_left_are_told(tmp_path: Any) -> None:
    with azure_emulator(write(tmp_path / "estate")) as azure:
        azure.fault(
            Fault("status", path=r"accounts/acct/deployments\?", status=429, headers={"Retry-After": "3600"}, times=1)
        )
        remaining = {"x-ms-ratelimit-remaining-subscription-reads": "41"}
        azure.fault(Fault("status", path=r"accounts/acct/raiPolicies\?", status=503, headers=remaining, times=1))
        # uncapped the wait would outlast the test's time limit
        document = read(tmp_path / "read", azure, max_wait_seconds=0.2).document
        assert document["retries"] == 2
        assert document["remaining_reads"] == 41
        assert document["calls"] == len(azure.reads)


def test_the_number_of_tries_is_the_settings(tmp_path: Any) -> None:
    with azure_emulator(write(tmp_path / "estate")) as azure:
        fault = azure.fault(
            Fault("status", path=r"acct/deployments\?", status=503, headers={"Retry-After": "0"}, times=None)
        )
        read(tmp_path / "read", azure, attempts=3)
        assert fault.hits == 3
