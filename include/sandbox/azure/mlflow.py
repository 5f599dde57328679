"""Each workspace's MLflow endpoint: /mlflow/v2.0{workspace}/api/2.0/mlflow/..., a real MLflow server behind it.

The server starts at the first such request. What Azure's endpoint lacks (logged models, aliases) is not there either.
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
from .mlflow_store import fill, workspace_of
from .resource_tree import ResourceTree
from .shapes import WORKSPACES

PREFIX = "/mlflow/"
_PATH = re.compile(r"/mlflow/v[0-9.]+(?P<workspace>/subscriptions/.+?)(?P<call>/api/[0-9.]+/mlflow/.*)", re.IGNORECASE)
_LACKING = re.compile(r"/api/3\.0/|/mlflow/(logged-models|registered-models/alias)(/|$)")
_PASSED_ON = ("content-type", "accept")


class _Closed(Exception):
    """The stand-in ends."""


class WorkspaceMlflow:
    """folder: where the store is written, anew at every start of the server."""

    def __init__(self, tree: ResourceTree, folder: Path) -> None:
        self.tree, self._folder = tree, folder
        self._running = ExitStack()
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._closed = False

    def is_search(self, request: Request) -> bool:
        """Whether a POST only reads."""
        return request.method == "POST" and request.path.rstrip("/").lower().endswith("/search")

    def answer(self, request: Request) -> Answer:
        found = _PATH.fullmatch(request.path)
        workspace = self.tree.get(found["workspace"]) if found else None
        if not found or not workspace or workspace.kind != WORKSPACES:
            return answers.service_not_found(request.path)
        if not self.tree.may_read(f"{workspace.path}/jobs"):
            return answers.not_authorised(f"{WORKSPACES}/experiments/read", workspace.path)
        if _LACKING.search(found["call"]):
            return _lacking(found["call"])
        return self._forwarded(request, found["call"], workspace_of(workspace.path))

    def prepare(self) -> None:
        """Starts the server ahead of the first request."""
        with contextlib.suppress(_Closed):
            self._server()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._running.close()
            self._client = None

    def _forwarded(self, request: Request, call: str, workspace: str) -> Answer:
        query = request.target.partition("?")[2]
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        said = self._server().request(
            request.method,
            call + (f"?{query}" if query else ""),
            content=request.body or None,
            headers={**headers, "X-MLFLOW-WORKSPACE": workspace},
        )
        return Answer(said.status_code, said.content, content_type=said.headers.get("content-type", "application/json"))

    def _server(self) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise _Closed
            if self._client is None:
                store = fill(self.tree, self._folder / "mlflow.db")
                url = self._running.enter_context(
                    mlflow_server(
                        store,
                        self._folder / "artifacts",
                        wait_idle=False,
                        log=self._folder / "mlflow.log",
                        options=("--enable-workspaces",),
                    )
                )
                client = httpx.Client(base_url=url, timeout=120, trust_env=False)
                self._client = self._running.enter_context(client)
            return self._client


def _lacking(call: str) -> Answer:
    body = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"No such API: {call}"}
    return Answer(404, orjson.dumps(body))
