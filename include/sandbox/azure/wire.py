"""HTTPS on loopback: one thread a connection, requests recorded, faults injected."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from include.sandbox.faults import Fault, Faults
from include.sandbox.faulty_http import FaultyHandler, FaultyServer, MadeUp, edited_body

from .answers import Answer, Request, error


class SeenRequest(NamedTuple):
    """One request that was answered. path: with query, as sent. status: 0 where no answer went out."""

    method: str
    path: str
    status: int


class HttpsServer:
    """Listens on 127.0.0.1 from the start, and answers between `start` and `stop`.

    answer: what the cloud says to a request. delay: seconds that every answer takes on top.
    port: 0 takes a free one. Raises OSError when the port is taken.
    """

    def __init__(self, context: ssl.SSLContext, port: int, delay: float) -> None:
        self.answer: Callable[[Request], Answer] = lambda _request: error(503, "Starting", "Not ready yet.")
        self.delay, self.context = delay, context
        self.requests: list[SeenRequest] = []
        self.faults = Faults()
        self._lock = threading.Lock()
        self._server = _Server(port, _Handler)
        self._server.wire = self
        self.port: int = self._server.server_port

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def clear(self) -> None:
        """Forgets all requests and faults. Raises AmbiguousFault as `Faults.clear`."""
        with self._lock:
            self.requests.clear()
        self.faults.clear()

    def record(self, method: str, target: str, status: int) -> None:
        with self._lock:
            self.requests.append(SeenRequest(method, target, status))


class _Server(FaultyServer):
    wire: HttpsServer

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake happens here, in the connection's own thread."""
        request.settimeout(120)
        secured = self.wire.context.wrap_socket(request, server_side=True)
        try:
            super().finish_request(secured, client_address)
        finally:
            secured.close()


class _Handler(FaultyHandler[Request, Answer]):
    server: _Server

    def _serve(self) -> None:
        request = self._request()
        wire = self.server.wire
        if wire.delay:
            time.sleep(wire.delay)
        self.exchange(request, wire.faults.hit(request.method, request.target, request.body))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _request(self) -> Request:
        target = self.requestline.split()[1]
        path, _, query = target.partition("?")  # no urlsplit: of a path with two slashes it makes a host
        host = self.headers.get("Host") or f"127.0.0.1:{self.server.wire.port}"
        return Request(
            method=self.command,
            target=target,
            path=re.sub("/{2,}", "/", unquote(path)),
            query={name.lower(): value for name, value in parse_qsl(query, keep_blank_values=True)},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            origin=f"https://{host}",
        )

    def answer_to(self, request: Request) -> Answer:
        try:
            return self.server.wire.answer(request)
        except Exception as slip:  # noqa: BLE001 - a slip of the stand-in must show as an answer, not as a hanging client
            return error(500, "ServiceError", f"The stand-in failed: {slip!r}")

    def send(self, request: Request, answer: Answer, half: bool = False) -> None:
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if half:
            self.send_header("Connection", "close")
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        # before the client can know, so that a test never reads it too early
        self.server.wire.record(request.method, request.target, answer.status)
        self.wfile.flush()

    def made_up(self, answer: MadeUp) -> Answer:
        return Answer(answer.status, answer.body, dict(answer.headers), answer.content_type)

    def edited(self, answer: Answer, fault: Fault) -> Answer:
        return Answer(answer.status, edited_body(answer.body, fault), answer.headers)

    def broken_off(self, request: Request) -> None:
        self.server.wire.record(request.method, request.target, 0)
