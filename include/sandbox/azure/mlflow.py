"""Each workspace's MLflow endpoint: /mlflow/v2.0{workspace}/api/2.0/mlflow/..., answered by a real MLflow server.

The server starts at the first such request. Logged models and aliases are missing, as in Azure.
"""

from __future__ import annotations

import contextlib
import re
import threading
from contextlib import ExitStack
from pathlib import Path

import httpx
import orjson

from include.sandbox.mlflow_server import mlflow_server

from . import answers
from .answers import Answer, Request
from .mlflow_store import fill, refill, workspace_of
from .resource_tree import ResourceTree
from .shapes import WORKSPACES

PREFIX = "/mlflow/"
_PATH = re.compile(r"/mlflow/v[0-9.]+(?P<workspace>/subscriptions/.+?)(?P<call>/api/[0-9.]+/mlflow/.*)", re.IGNORECASE)
_UNSUPPORTED = re.compile(r"/api/3\.0/|/mlflow/(logged-models|registered-models/alias)(/|$)")
_STORE = "mlflow.db"
_FORWARDED_HEADERS = ("content-type", "accept")


class _Closed(Exception):
    """The emulator has stopped."""


class WorkspaceMlflow:
    """The MLflow endpoints of all workspaces.

    Args:
        folder: where the store is written when the server starts.
    """

    def __init__(self, tree: ResourceTree, folder: Path) -> None:
        self.tree, self._folder = tree, folder
        self._running = ExitStack()
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._closed = False

    def is_search(self, request: Request) -> bool:
        """Whether a request is a POST that only reads."""
        return request.method == "POST" and request.path.rstrip("/").lower().endswith("/search")

    def answer(self, request: Request) -> Answer:
        """Forwards a request to the workspace of the MLflow server."""
        match = _PATH.fullmatch(request.path)
        workspace = self.tree.get(match["workspace"]) if match else None
        if not match or not workspace or workspace.kind != WORKSPACES:
            return answers.service_not_found(request.path)
        if not self.tree.may_read(f"{workspace.path}/jobs"):
            return answers.not_authorised(f"{WORKSPACES}/experiments/read", workspace.path)
        if _UNSUPPORTED.search(match["call"]):
            return _unsupported(match["call"])
        return self._forwarded(request, match["call"], workspace_of(workspace.path))

    def prepare(self) -> None:
        """Starts the server before the first request."""
        with contextlib.suppress(_Closed):
            self._server()

    def replace(self, tree: ResourceTree) -> None:
        """Serves another estate; a server that runs goes on with the new rows."""
        with self._lock:
            self.tree = tree
            if self._client is not None:
                refill(tree, self._folder / _STORE)

    def close(self) -> None:
        """Stops the server for good."""
        with self._lock:
            self._closed = True
            self._running.close()
            self._client = None

    def _forwarded(self, request: Request, call: str, workspace: str) -> Answer:
        query = request.target.partition("?")[2]
        headers = {name: request.headers[name] for name in _FORWARDED_HEADERS if name in request.headers}
        answer = self._server().request(
            request.method,
            call + (f"?{query}" if query else ""),
            content=request.body or None,
            headers={**headers, "X-MLFLOW-WORKSPACE": workspace},
        )
        return Answer(
            answer.status_code, answer.content, content_type=answer.headers.get("content-type", "application/json")
        )

    def _server(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise _Closed
            if self._client is None:
                store = fill(self.tree, self._folder / _STORE)
                url = self._running.enter_context(
                    mlflow_server(
                        store,
                        self._folder / "artifacts",
                        wait_idle=False,
                        log=self._folder / "mlflow.log",
                        options=("--enable-workspaces",),
                    )
                )
                limits = httpx.Limits(keepalive_expiry=1)  # seconds; the server closes idle connections after 5
                client = httpx.Client(base_url=url, timeout=120, trust_env=False, limits=limits)
                self._client = self._running.enter_context(client)
            return self._client


def _unsupported(call: str) -> Answer:
    body = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"No such API: {call}"}
    return Answer(404, orjson.dumps(body))
