"""A rate limit per principal, capped waits, and a count of all requests sent.

Azure throttles a principal by a token bucket; x-ms-ratelimit-remaining-subscription-reads says how much is left.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from azure.core.pipeline.policies import RetryPolicy
from azure.core.pipeline.transport import RequestsTransport

from ..http import Traffic
from ..proxies import requests_proxies
from .answer_limit import LimitedAdapter

_REMAINING = "x-ms-ratelimit-remaining-subscription-reads"
_LOW = 100  # reads left from which on only every second slot is taken


class RateLimiter:
    """At most `rate` requests a second, for all threads of this process that come as the same principal."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate)
        self._tokens = self._burst
        self._filled = time.monotonic()
        self._lock = threading.Lock()
        self.factor = 1.0

    def wait(self, cost: int = 1) -> None:
        """Blocks until the principal may send its next request.

        Args:
            cost: requests, or metered operations, that it counts as.
        """
        with self._lock:
            now = time.monotonic()
            rate = self._rate * self.factor
            self._tokens = min(self._burst, self._tokens + (now - self._filled) * rate) - cost
            self._filled = now
            pause = -self._tokens / rate if self._tokens < 0 else 0.0
        if pause:
            time.sleep(pause)


_limiters: dict[tuple[str, float], RateLimiter] = {}
_limiters_lock = threading.Lock()


def rate_limiter_for(identity: str, rate: float) -> RateLimiter:
    """The limiter that all sessions of that principal share, at that rate (requests a second)."""
    with _limiters_lock:
        return _limiters.setdefault((identity, rate), RateLimiter(rate))


class EnvironmentTransport(RequestsTransport):  # type: ignore[misc, unused-ignore]  # no types
    """A transport that uses a proxy where, and only where, every other client does. Azure's token requests use it.

    A whole answer may take five times as long as a server may keep silent. `requests` itself does not look into the
    environment: it walks over all variables, which another thread may change meanwhile.
    """

    def __init__(self, **options: Any) -> None:
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        super().__init__(use_env_settings=False, **{"connection_verify": bundle, **options})

    def open(self) -> None:
        """Opens the session, in which every answer has its time limit."""
        is_new = self.session is None
        super().open()
        if is_new:
            for prefix, adapter in list(self.session.adapters.items()):
                self.session.mount(prefix, LimitedAdapter(max_retries=adapter.max_retries))

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Sends one request."""
        kwargs["proxies"] = requests_proxies(request.url)
        return super().send(request, **kwargs)


class RateLimitedTransport(EnvironmentTransport):
    """The transport of every Azure client of one read: limits the rate of its requests and counts them."""

    def __init__(self, limiter: RateLimiter, traffic: Traffic, *, timeout: float, ca_bundle: str | None) -> None:
        options: dict[str, Any] = {"connection_timeout": min(timeout, 10.0), "read_timeout": timeout}
        if ca_bundle:
            options["connection_verify"] = ca_bundle
        super().__init__(**options)
        self._limiter, self._traffic = limiter, traffic
        self._counting = threading.Lock()

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Sends one request once the limiter lets it."""
        self._limiter.wait()
        started = time.perf_counter()
        status = None
        try:
            response = super().send(request, **kwargs)
            status = response.status_code
            self._watch(response.headers.get(_REMAINING))
            return response
        finally:
            with self._counting:
                self._traffic.calls += 1
                self._traffic.seconds += time.perf_counter() - started
                if status is not None:
                    self._traffic.statuses[status] = self._traffic.statuses.get(status, 0) + 1

    def close(self) -> None:
        """Stays open: clients share it, and each closes its transport. `shut` closes it."""

    def shut(self) -> None:
        """Closes the connections."""
        super().close()

    def _watch(self, remaining: str | None) -> None:
        if remaining is None or not remaining.isdecimal():
            return
        left = int(remaining)
        with self._counting:
            known = self._traffic.remaining
            self._traffic.remaining = left if known is None else min(known, left)
        self._limiter.factor = 0.5 if left < _LOW else 1.0


class CappedRetry(RetryPolicy[Any, Any]):
    """azure-core's retries, with Retry-After honoured up to a cap and every retry counted."""

    def __init__(self, traffic: Traffic, *, attempts: int, max_wait: float) -> None:
        tries = attempts - 1
        super().__init__(
            retry_total=tries,
            retry_connect=tries,
            retry_read=tries,
            retry_status=tries,
            retry_backoff_factor=0.3,
            retry_backoff_max=10,
        )
        self._traffic, self._max_wait = traffic, max_wait
        self._counting = threading.Lock()

    def get_retry_after(self, response: Any) -> float | None:
        """Seconds to wait, at most the cap; None where the answer names none."""
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, self._max_wait)

    def increment(self, settings: dict[str, Any], response: Any = None, error: Any = None) -> bool:
        """Whether the request is to be sent again."""
        again = super().increment(settings, response=response, error=error)
        if again:
            with self._counting:
                self._traffic.retries += 1
        return again
