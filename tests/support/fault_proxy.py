"""A reverse proxy that sits between a job and a real server and does what bad networks and sick servers do.

with FaultProxy("http://127.0.0.1:21000") as proxy:
    proxy.fault(Fault("reset_after", method="POST", path=r"/entity/bulk", after=2))
    run_the_job(proxy.url)
    assert proxy.writes() == 7
"""

from __future__ import annotations

import http.client
import json
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from include.sandbox.faults import Fault

# Methods and POSTs that change nothing on the server.
_READ_METHODS = {"GET", "HEAD", "OPTIONS"}
READING_POSTS = (r"/search(\b|/)", r"/get-latest-versions\b")
# Headers that are about one connection, not about the message.
_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


@dataclass
class SeenRequest:
    """One request. path: with query, as sent. status: 0 while and where no answer went out. seconds: until the answer.

    applied: whether it was passed on to the server. fault: kind of the fault that hit it, "" for none.
    """

    method: str
    path: str
    body: bytes
    status: int = 0
    seconds: float = 0.0
    applied: bool = False
    fault: str = ""


class _Broken(Exception):
    """The connection is closed already; there is nothing more to do for it."""


@dataclass
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `target`, faults aside.

    target: base URL, may have a path. reading_posts: regular expressions of POST paths that `writes` leaves out.
    """

    def __init__(self, target: str, *, reading_posts: Iterable[str] = READING_POSTS, timeout: float = 120) -> None:
        self.target = target.rstrip("/")
        self.requests: list[SeenRequest] = []
        self.closing = threading.Event()
        self.timeout = timeout
        self._faults: list[Fault] = []
        self._reading = [re.compile(pattern) for pattern in reading_posts]
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def fault(self, fault: Fault) -> Fault:
        """Adds a fault; the first one that takes a request hits it. Returns it, for its `hits`."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forgets all faults and all requests seen."""
        with self._lock:
            self._faults.clear()
            self.requests.clear()

    def written(self, *, applied: bool = False) -> list[SeenRequest]:
        """The requests that change something; with `applied` only those that reached the server."""
        with self._lock:
            return [seen for seen in self.requests if self._is_write(seen) and (seen.applied or not applied)]

    def writes(self, *, applied: bool = False) -> int:
        return len(self.written(applied=applied))

    def _is_write(self, seen: SeenRequest) -> bool:
        if seen.method in _READ_METHODS:
            return False
        return not (seen.method == "POST" and any(pattern.search(seen.path) for pattern in self._reading))

    def note(self, seen: SeenRequest) -> Fault | None:
        """Records a request that arrived; the fault that hits it."""
        with self._lock:
            self.requests.append(seen)
            fault = next((one for one in self._faults if one.takes(seen.method, seen.path, seen.body)), None)
        seen.fault = fault.kind if fault else ""
        return fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: FaultProxy

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
        # Not self.path: the standard library makes one slash of two at its start.
        seen = SeenRequest(self.command, self.requestline.split()[1], self._read_body())
        fault = self.server.proxy.note(seen)
        self._began = began = time.perf_counter()
        try:
            self._act(seen, fault)
        finally:
            seen.seconds = seen.seconds or time.perf_counter() - began

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _act(self, seen: SeenRequest, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        if not fault:
            self._send(seen, self._forward(seen))
        elif kind == "slow":
            self.server.proxy.closing.wait(1.0 if fault.seconds is None else fault.seconds)
            self._send(seen, self._forward(seen))
        elif kind in ("status", "garbage"):
            if fault.forward:
                self._forward(seen)
            self._send(seen, _made_up(fault))
        elif kind.endswith("_before"):
            self._break(seen, fault)
        else:
            self._spoil(seen, fault, self._forward(seen))

    def _spoil(self, seen: SeenRequest, fault: Fault, answer: _Answer) -> None:
        """What befalls an answer after the server did its work."""
        if fault.kind == "truncate":
            self._send(seen, answer, half=True)
        elif fault.kind == "rewrite":
            self._send(seen, _edited(answer, fault))
        else:
            self._break(seen, fault)

    def _break(self, seen: SeenRequest, fault: Fault) -> None:
        if fault.kind.startswith("timeout"):
            self._hold(3600.0 if fault.seconds is None else fault.seconds)
        else:
            # Closing with a zero linger time sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for end in (self.rfile, self.wfile, self.connection):
            end.close()
        raise _Broken

    def _hold(self, seconds: float) -> None:
        """Says nothing until the time is up, the client has gone or the proxy ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.server.proxy.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return
            self.server.proxy.closing.wait(0.05)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(iter(self._read_chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        while self.rfile.readline().strip():  # the end of a chunk, or trailers after the last
            pass
        return chunk

    def _forward(self, seen: SeenRequest) -> _Answer:
        target = urlsplit(self.server.proxy.target)
        upstream = http.client.HTTPConnection(target.netloc, timeout=self.server.proxy.timeout)
        try:
            upstream.putrequest(seen.method, target.path + seen.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP | {"content-length", "accept-encoding"}:
                    upstream.putheader(name, value)
            if seen.body or seen.method in ("POST", "PUT", "PATCH"):
                upstream.putheader("Content-Length", str(len(seen.body)))
            upstream.endheaders(seen.body or None)
            seen.applied = True
            got = upstream.getresponse()
            return _Answer(got.status, got.getheaders(), got.read())
        except (OSError, http.client.HTTPException) as error:
            return _Answer(502, [("Content-Type", "text/plain")], f"proxy: {error!r}".encode())
        finally:
            upstream.close()

    def _send(self, seen: SeenRequest, answer: _Answer, half: bool = False) -> None:
        body = answer.body or (b"{}" if half else b"")
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP | {"content-length"}:
                self.send_header(name, value)
        if seen.method == "HEAD":
            length = {name.lower(): value for name, value in answer.headers}.get("content-length", "0")
            self.send_header("Content-Length", length)
        elif answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        if half:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if seen.method != "HEAD":
            self.wfile.write(body[: len(body) // 2] if half else body)
        # Before the client can know, so that a test never reads them too early
        seen.status, seen.seconds = answer.status, time.perf_counter() - self._began
        self.wfile.flush()


def _made_up(fault: Fault) -> _Answer:
    if fault.kind == "garbage":
        status, content, kind = 200, fault.content or "<html>not what you asked for", "application/json"
    else:
        status, content, kind = fault.status, fault.content, "text/plain"
    if isinstance(content, str):
        content = content.encode()
        kind = "text/html" if content.lstrip().startswith(b"<") and fault.kind == "status" else kind
    elif not isinstance(content, bytes):
        content, kind = json.dumps(content).encode(), "application/json"
    return _Answer(status, [("Content-Type", fault.content_type or kind), *fault.headers.items()], content)


def _edited(answer: _Answer, fault: Fault) -> _Answer:
    document = json.loads(answer.body)
    edited = fault.edit(document) if fault.edit else None
    return _Answer(answer.status, answer.headers, json.dumps(document if edited is None else edited).encode())
