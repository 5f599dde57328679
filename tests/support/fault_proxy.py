"""A reverse proxy that sits between a job and a real server and does what bad networks and sick servers do.

with FaultProxy("http://127.0.0.1:21000") as proxy:
    proxy.fault(Fault("reset_after", method="POST", path=r"/entity/bulk", after=2))
    run_the_job(proxy.url)
    assert proxy.writes() == 7
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import TracebackType
from urllib.parse import urlsplit

from include.sandbox.faults import Fault, Faults
from include.sandbox.faulty_http import FaultyHandler, FaultyServer, MadeUp, edited_body

# Methods and POSTs that change nothing on the server.
_READ_METHODS = {"GET", "HEAD", "OPTIONS"}
READING_POSTS = (r"/search(\b|/)", r"/get-latest-versions\b")
# Headers that are about one connection, not about the message.
_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}


@dataclass
class SeenRequest:
    """One request. path: with query, as sent. status: 0 while and where no answer went out. seconds: until the answer.

    headers: names in lower case. applied: whether it was passed on to the server. answered: whether that has answered.
    fault: kind of the fault that hit it, "" for none.
    """

    method: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    seconds: float = 0.0
    applied: bool = False
    answered: bool = False
    fault: str = ""


@dataclass
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `target`, faults aside.

    target: base URL, may have a path. trusted: PEM file of its certificate authority. reading_posts: regular
    expressions of POST paths that `writes` leaves out.
    """

    def __init__(
        self,
        target: str,
        *,
        trusted: str | None = None,
        reading_posts: Iterable[str] = READING_POSTS,
        timeout: float = 120,
    ) -> None:
        self.target = target.rstrip("/")
        self.requests: list[SeenRequest] = []
        self.timeout = timeout
        self._tls = ssl.create_default_context(cafile=trusted) if self.target.startswith("https://") else None
        self._faults = Faults()
        self._reading = [re.compile(pattern) for pattern in reading_posts]
        self._lock = threading.Lock()
        self._server = _Server(0, _Handler)
        self._server.proxy = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultProxy:
        self._server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._server.stop()
        if error is None:
            self._faults.check()

    def fault(self, fault: Fault) -> Fault:
        """Adds a fault; the first one that takes a request hits it. Returns it, for its `hits`."""
        return self._faults.add(fault)

    def clear(self) -> None:
        """Forgets all faults and all requests seen. Raises AmbiguousFault as `Faults.clear`."""
        with self._lock:
            self.requests.clear()
        self._faults.clear()

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

    def connection(self) -> http.client.HTTPConnection:
        """A new one to the target."""
        host = urlsplit(self.target).netloc
        if self._tls is None:
            return http.client.HTTPConnection(host, timeout=self.timeout)
        return http.client.HTTPSConnection(host, timeout=self.timeout, context=self._tls)

    def note(self, seen: SeenRequest) -> Fault | None:
        """Records a request that arrived; the fault that hits it."""
        fault = self._faults.hit(seen.method, seen.path, seen.body)
        seen.fault = fault.kind if fault else ""
        with self._lock:
            self.requests.append(seen)
        return fault


class _Server(FaultyServer):
    proxy: FaultProxy


class _Handler(FaultyHandler[SeenRequest, _Answer]):
    server: _Server

    def _serve(self) -> None:
        # Not self.path: the standard library makes one slash of two at its start.
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = SeenRequest(self.command, self.requestline.split()[1], self._read_body(), headers)
        fault = self.server.proxy.note(seen)
        self._began = began = time.perf_counter()
        try:
            self.exchange(seen, fault)
        finally:
            seen.seconds = seen.seconds or time.perf_counter() - began

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

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

    def answer_to(self, seen: SeenRequest) -> _Answer:
        target = urlsplit(self.server.proxy.target)
        upstream = self.server.proxy.connection()
        try:
            upstream.putrequest(seen.method, target.path + seen.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP | {"content-length", "accept-encoding"}:
                    is_host = name.lower() == "host" and target.scheme == "https"  # a service finds its account by it
                    upstream.putheader(name, target.netloc if is_host else value)
            if seen.body or seen.method in ("POST", "PUT", "PATCH"):
                upstream.putheader("Content-Length", str(len(seen.body)))
            upstream.endheaders(seen.body or None)
            seen.applied = True
            got = upstream.getresponse()
            answer = _Answer(got.status, got.getheaders(), got.read())
            seen.answered = True
            return answer
        except (OSError, http.client.HTTPException) as error:
            return _Answer(502, [("Content-Type", "text/plain")], f"proxy: {error!r}".encode())
        finally:
            upstream.close()

    def send(self, seen: SeenRequest, answer: _Answer, half: bool = False) -> None:
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
        self.end_headers()
        if seen.method != "HEAD":
            self.wfile.write(body[: len(body) // 2] if half else body)
        # Before the client can know, so that a test never reads them too early
        seen.status, seen.seconds = answer.status, time.perf_counter() - self._began
        self.wfile.flush()

    def made_up(self, answer: MadeUp) -> _Answer:
        return _Answer(answer.status, [("Content-Type", answer.content_type), *answer.headers.items()], answer.body)

    def edited(self, answer: _Answer, fault: Fault) -> _Answer:
        return replace(answer, body=edited_body(answer.body, fault))
