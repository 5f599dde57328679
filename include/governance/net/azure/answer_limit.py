"""The time limit of a whole answer for clients on `requests`, which limits only each single wait."""

from __future__ import annotations

import http.client
import io
import socket
from typing import Any

from azure.core.exceptions import ServiceResponseTimeoutError
from requests.adapters import HTTPAdapter

from ..answer_limit import AnswerLimit


class AnswerTooSlow(ServiceResponseTimeoutError):
    """A whole answer took longer than it may, although its server was never silent for long."""


class LimitedAdapter(HTTPAdapter):
    """Every answer, that of a proxy to CONNECT too, may take five times as long as a server may keep silent.

    Reading it raises AnswerTooSlow after that.
    """

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Makes the pools of direct connections."""
        super().init_poolmanager(*args, **options)
        _limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """The pools of connections through that proxy."""
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if is_new:
            _limit(manager)
        return manager


def _limit(manager: Any) -> None:
    """The manager's own kinds of pool and connection (plain, TLS, SOCKS), with another class of answers."""
    limited = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        connection = type(f"Limited{pool.ConnectionCls.__name__}", (pool.ConnectionCls,), {"response_class": _Answer})
        limited[scheme] = type(f"Limited{pool.__name__}", (pool,), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = limited


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        if sock.gettimeout():
            self.fp = io.BufferedReader(_LimitedReader(self.fp.detach(), sock))


class _LimitedReader(io.RawIOBase):
    def __init__(self, received: Any, sock: socket.socket) -> None:
        super().__init__()
        self._received, self._socket = received, sock
        self._limit = AnswerLimit(sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        wait = self._limit.next_wait
        try:
            if not wait:
                raise TimeoutError
            self._socket.settimeout(wait)
            count: int | None = self._received.readinto(buffer)
        except TimeoutError:
            if self._limit.is_over:
                raise AnswerTooSlow(str(self._limit)) from None
            raise
        self._limit.bytes_came()
        return count

    def close(self) -> None:
        self._received.close()
        super().close()
