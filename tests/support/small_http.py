"""A small HTTP server of JSON answers, for stand-ins of services that cannot run here."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """One request. query: values by name. body: decoded JSON, {} without one. headers: names in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]


class Refused(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


class JsonService(ABC):
    """Answers requests. url: where. asked: all requests so far."""

    url = ""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    @abstractmethod
    def answer(self, asked: Asked) -> Any:
        """The JSON answer with status 200. Raises Refused."""

    def paths(self) -> list[str]:
        """What was asked for, without queries and what comes before /mlflow/ of the API."""
        return [asked.path.rpartition("/2.0/mlflow/")[2] for asked in self.asked]


@contextmanager
def serving(service: JsonService) -> Iterator[JsonService]:
    """Serves it on a free port of 127.0.0.1 for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(content) if content else {}
            asked = Asked(self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), body, headers)
            service.asked.append(asked)
            try:
                status, found = 200, service.answer(asked)
            except Refused as refusal:
                status, found = refusal.status, refusal.body
            text = isinstance(found, str)
            sent = found.encode() if text else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if text else "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
