"""HTTPS on loopback: one thread a connection, requests recorded, faults injected."""

from __future__ import annotations

import re
import select
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import orjson

from include.sandbox.faults import Fault

from .answers import Answer, Request, error


class SeenRequest(NamedTuple):
    """One request that was answered. path: with query, as sent. status: 0 where no answer went out."""

    method: str
    path: str
    status: int


class _Broken(Exception):
    """The connection is closed already; there is nothing more to do for it."""


class HttpsServer:
    """Listens on 127.0.0.1 from the start, and answers between `start` and `stop`.

    answer: what the cloud says to a request. delay: seconds that every answer takes on top.
    port: 0 takes a free one. Raises OSError when the port is taken.
    """

    def __init__(self, context: ssl.SSLContext, port: int, delay: float) -> None:
        self.answer: Callable[[Request], Answer] = lambda _request: error(503, "Starting", "Not ready yet.")
        self.delay, self.context = delay, context
        self.requests: list[SeenRequest] = []
        self.closing = threading.Event()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.wire = self
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def fault(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self.requests.clear()

    def hit(self, request: Request) -> Fault | None:
        if not self._faults:
            return None
        with self._lock:
            return next((one for one in self._faults if one.takes(request.method, request.target, request.body)), None)

    def record(self, method: str, target: str, status: int) -> None:
        with self._lock:
            self.requests.append(SeenRequest(method, target, status))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    wire: HttpsServer

    def server_bind(self) -> None:
        """Without the standard library's look-up of the host's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake happens here, in the connection's own thread."""
        request.settimeout(120)
        secured = self.wire.context.wrap_socket(request, server_side=True)
        try:
            super().finish_request(secured, client_address)
        finally:
            secured.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: _Server

    def handle(self) -> None:
        try:
            super().handle()
        except (_Broken, OSError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        request = self._request()
        wire = self.server.wire
        if wire.delay:
            time.sleep(wire.delay)
        fault = wire.hit(request)
        if not fault:
            self._send(request, _guarded(wire, request))
        elif fault.kind == "slow":
            wire.closing.wait(1.0 if fault.seconds is None else fault.seconds)
            self._send(request, _guarded(wire, request))
        elif fault.kind in ("status", "garbage"):
            self._send(request, _made_up(fault))
        elif fault.kind.endswith("_before"):
            self._break(request, fault)
        else:
            self._spoil(request, fault, _guarded(wire, request))

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

    def _spoil(self, request: Request, fault: Fault, answer: Answer) -> None:
        """What befalls an answer after the server did its work."""
        if fault.kind == "truncate":
            self._send(request, answer, half=True)
        elif fault.kind == "rewrite":
            self._send(request, _edited(answer, fault))
        else:
            self._break(request, fault)

    def _break(self, request: Request, fault: Fault) -> None:
        self.server.wire.record(request.method, request.target, 0)
        if fault.kind.startswith("timeout"):
            self._hold(3600.0 if fault.seconds is None else fault.seconds)
        else:
            # Closing with a zero linger time sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (self.rfile, self.wfile, self.connection):
            end.close()
        raise _Broken

    def _hold(self, seconds: float) -> None:
        """Says nothing until the time is up, the client has gone or the server ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.server.wire.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable:  # the end of the connection: a client that waits sends nothing
                return
            self.server.wire.closing.wait(0.05)

    def _send(self, request: Request, answer: Answer, half: bool = False) -> None:
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if half:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if half else answer.body)
        # before the client can know, so that a test never reads it too early
        self.server.wire.record(request.method, request.target, answer.status)
        self.wfile.flush()


def _guarded(wire: HttpsServer, request: Request) -> Answer:
    try:
        return wire.answer(request)
    except Exception as slip:  # a slip of the stand-in must show as an answer, not as a hanging client
        return error(500, "ServiceError", f"The stand-in failed: {slip!r}")


def _made_up(fault: Fault) -> Answer:
    if fault.kind == "garbage":
        status, content, kind = 200, fault.content or "<html>not what you asked for", "application/json"
    else:
        status, content, kind = fault.status, fault.content, "text/plain"
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content, kind = orjson.dumps(content), "application/json"
    return Answer(status, content, dict(fault.headers), fault.content_type or kind)


def _edited(answer: Answer, fault: Fault) -> Answer:
    document = orjson.loads(answer.body)
    edited = fault.edit(document) if fault.edit else None
    return Answer(answer.status, orjson.dumps(document if edited is None else edited), answer.headers)
