"""A server of the example API on a port of its own. It holds nothing: items are made when they are asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRETS = {"api_token": "ghp_" + "z9Y8x7W6v5U4" * 3, "db_password": "amber-Falcon-2209"}  # made up

_ITEMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "models": lambda number: {"name": f"model-{number:04}", "tags": {"team": "risk"}},
    "versions": lambda number: {
        "name": f"model-{number // 2:04}",
        "version": str(number % 2 + 1),
        "run_id": f"run-{number:04}",
        "tags": {"db_password": SECRETS["db_password"]} if number == 1 else {},
    },
    "jobs": lambda number: {
        "run_id": f"run-{number:04}",
        "status": "FINISHED",
        "description": f"pushed with {SECRETS['api_token']}" if number == 2 else "",
        "tags": {"branch": "main"},
    },
}


@contextmanager
def example_server(models: int) -> Iterator[str]:
    """Its address, while it serves that many models with two versions each, and a job for each version."""
    sizes = {"models": models, "versions": 2 * models, "jobs": 2 * models}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query, collection = dict(parse_qsl(url.query)), url.path.rsplit("/", 1)[-1]
            start, end = int(query.get("token", 0)), int(query.get("token", 0)) + int(query["page_size"])
            numbers = range(start, min(end, sizes[collection]))
            token = str(end) if end < sizes[collection] else None
            body = {"items": [_ITEMS[collection](number) for number in numbers], "next_page_token": token}
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
