"""A forward proxy, as HTTP_PROXY and HTTPS_PROXY name one: it passes every request on to one server."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_CONNECT(self) -> None:
        self.server.asked_for.append(urlsplit(f"//{self.path}").hostname or "")
        with socket.create_connection(self.server.target) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pipe, args=(there, self.connection), daemon=True)
            back.start()
            _pipe(self.connection, there)
            back.join(5)

    def do_GET(self) -> None:
        self.server.asked_for.append(urlsplit(self.path).hostname or "")
        there = http.client.HTTPConnection(*self.server.target, timeout=10)
        there.request("GET", urlsplit(self.path).path)
        answer = there.getresponse()
        content = answer.read()
        there.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.asked_for: list[str] = []


class ForwardProxy:
    """url: for HTTP_PROXY. asked_for: the host of every request that came, in their order."""

    def __init__(self, server: _Server) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.asked_for = server.asked_for


@contextmanager
def forward_proxy(target: str) -> Iterator[ForwardProxy]:
    """Serves as long as the block lasts. target: URL of the server that answers for all hosts."""
    server = _Server(("127.0.0.1", urlsplit(target).port or 80))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield ForwardProxy(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65_536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
