"""A time limit for a whole answer, head and body: a server that sends a byte now and then is never silent for long."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

ANSWER_TIMEOUTS = 5  # a whole answer may take this many times as long as a server may keep silent
_SHORTEST_WAIT = 0.001  # seconds; 0 would be none at all


class AnswerLimit:
    """The time that one answer may take, from its first byte on.

    Args:
        silence: seconds that the server may send nothing.
    """

    def __init__(self, silence: float) -> None:
        self.silence, self.seconds = silence, silence * ANSWER_TIMEOUTS
        self._deadline: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether the answer has taken longer than it may."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    @property
    def next_wait(self) -> float:
        """Seconds that the next bytes may be waited for; 0 once the time is over."""
        if self._deadline is None:
            return self.silence
        return max(0.0, min(self.silence, self._deadline - time.monotonic()))

    def bytes_came(self) -> None:
        """Starts the time with the first bytes."""
        if self._deadline is None:
            self._deadline = time.monotonic() + self.seconds

    def __str__(self) -> str:
        return f"the answer was not complete after {self.seconds:,.0f} seconds"


_current: ContextVar[AnswerLimit | None] = ContextVar("answer_limit", default=None)


@contextmanager
def limited(limit: AnswerLimit) -> Iterator[None]:
    """What this thread receives in the block through a LimitedTransport belongs to one answer."""
    token = _current.set(limit)
    try:
        yield
    finally:
        _current.reset(token)


class LimitedTransport(httpx.HTTPTransport):
    """Raises httpx.ReadTimeout where the answer's limit is over. httpx itself limits only each single wait."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pool._network_backend = _LimitedBackend()  # noqa: SLF001 - httpcore's pools take it, httpx 0.28 does not


class _LimitedBackend(httpcore.SyncBackend):
    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _LimitedStream(super().connect_tcp(*args, **options))


class _LimitedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.write, self.close, self.get_extra_info = stream.write, stream.close, stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        limit = _current.get()
        if limit is None:
            return self._stream.read(max_bytes, timeout)
        if limit.is_over:
            raise httpcore.ReadTimeout(str(limit))
        received = self._stream.read(max_bytes, max(limit.next_wait, _SHORTEST_WAIT))
        limit.bytes_came()
        return received

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _LimitedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))
