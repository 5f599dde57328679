"""An HTTP request handler that does to its requests what faults say; the servers differ in where answers come from."""

from __future__ import annotations

import json
import select
import socket
import socketserver
import struct
import threading
import time
from abc import abstractmethod
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Generic, TypeVar

from .faults import Fault

_Request = TypeVar("_Request")
_Answer = TypeVar("_Answer")
_POLL_SECONDS = 0.05
_DRIP_SECONDS = 0.01
_FOR_EVER_SECONDS = 3600.0


class Broken(Exception):
    """The connection is closed already; there is nothing more to do for it."""


@dataclass(frozen=True)
class MadeUp:
    """The answer of a fault that answers in the server's place."""

    status: int
    body: bytes
    content_type: str
    headers: dict[str, str]


class FaultyServer(ThreadingHTTPServer):
    """One thread a connection. closing: set when the server ends, so that held connections end with it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        """port: of 127.0.0.1, 0 for a free one. Raises OSError for one that is taken."""
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True)

    def server_bind(self) -> None:
        """Without the standard library's look-up of the host's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()
        self._thread.join(5)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the game."""


class FaultyHandler(BaseHTTPRequestHandler, Generic[_Request, _Answer]):
    """Hooks: answer_to, send, made_up, edited, broken_off."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server: FaultyServer

    @abstractmethod
    def answer_to(self, request: _Request) -> _Answer:
        """What the server says to it."""

    @abstractmethod
    def send(self, request: _Request, answer: _Answer, half: bool = False) -> None:
        """half: of the body, with the whole Content-Length."""

    @abstractmethod
    def made_up(self, answer: MadeUp) -> _Answer:
        """The answer in the server's own form."""

    @abstractmethod
    def edited(self, answer: _Answer, fault: Fault) -> _Answer:
        """With `edited_body` in place of its body."""

    def broken_off(self, request: _Request) -> None:
        """The request gets no answer."""

    def handle(self) -> None:
        try:
            super().handle()
        except (Broken, OSError):
            self.close_connection = True

    def log_message(self, format: str, *_: Any) -> None:
        pass

    def exchange(self, request: _Request, fault: Fault | None) -> None:
        """Answers the request, or does what the fault says."""
        kind = fault.kind if fault else ""
        if not fault:
            self.send(request, self.answer_to(request))
        elif kind == "slow":
            self._delay(fault)
            self.send(request, self.answer_to(request))
        elif kind in ("status", "garbage"):
            if fault.forward:
                self.answer_to(request)
            self.send(request, self.made_up(_made_up(fault)))
        elif kind.endswith("_before"):
            self._break(request, fault)
        else:
            self._spoil(request, fault, self.answer_to(request))

    def _spoil(self, request: _Request, fault: Fault, answer: _Answer) -> None:
        """What befalls an answer after the server did its work."""
        if fault.kind == "truncate":
            self.send(request, answer, half=True)
        elif fault.kind == "rewrite":
            self.send(request, self.edited(answer, fault))
        elif fault.kind.startswith("drip"):
            self._drip(request, fault, answer)
        else:
            self._break(request, fault)

    def _drip(self, request: _Request, fault: Fault, answer: _Answer) -> None:
        """A whole answer, byte by byte. Ends with the client, or with the server."""
        wire, self.wfile = self.wfile, BytesIO()
        try:
            self.send(request, answer)
            head, separator, body = self.wfile.getvalue().partition(b"\r\n\r\n")
        finally:
            self.wfile = wire
        whole = head + separator
        if fault.kind == "drip_head":
            whole, body = b"", whole + body
        parts = [whole, *(body[index : index + 1] for index in range(len(body)))]
        for part in parts:
            if self.server.closing.wait(_DRIP_SECONDS if fault.seconds is None else fault.seconds):
                raise Broken
            wire.write(part)
            wire.flush()

    def _delay(self, fault: Fault) -> None:
        deadline = time.monotonic() + (1.0 if fault.seconds is None else fault.seconds)
        while (left := deadline - time.monotonic()) > 0 and not self.server.closing.is_set():
            if fault.released.wait(min(left, _POLL_SECONDS)):
                return

    def _break(self, request: _Request, fault: Fault) -> None:
        self.broken_off(request)
        if fault.kind.startswith("timeout"):
            self._hold(_FOR_EVER_SECONDS if fault.seconds is None else fault.seconds)
        else:
            # Closing with a zero linger time sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (self.rfile, self.wfile, self.connection):
            end.close()
        raise Broken

    def _hold(self, seconds: float) -> None:
        """Says nothing until the time is up, the client has gone or the server ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.server.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable:  # the end of the connection: a client that waits sends nothing
                return
            self.server.closing.wait(_POLL_SECONDS)


def _made_up(fault: Fault) -> MadeUp:
    status, content, content_type = fault.status, fault.content, "text/plain"
    if fault.kind == "garbage":
        status, content, content_type = 200, content or "<html>not what you asked for", "application/json"
    elif isinstance(content, str) and content.lstrip().startswith("<"):
        content_type = "text/html"
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content, content_type = json.dumps(content).encode(), "application/json"
    return MadeUp(status, content, fault.content_type or content_type, fault.headers)


def edited_body(body: bytes, fault: Fault) -> bytes:
    """The body of an answer after the edit of a `rewrite`."""
    document = json.loads(body)
    edited = fault.edit(document) if fault.edit else None
    return json.dumps(document if edited is None else edited).encode()
