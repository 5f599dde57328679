"""Routes requests to the services, after the checks that all of them share."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import answers, versions
from .answers import Answer, Request
from .arm import MFERP, Arm
from .authority import Authority
from .foundry import PREFIX as FOUNDRY
from .foundry import Foundry
from .history import History
from .mlflow import PREFIX as MLFLOW
from .mlflow import WorkspaceMlflow

_DISCOVERY = re.compile(r"/([^/]+)/v2\.0/\.well-known/openid-configuration/?", re.IGNORECASE)
_TOKEN = re.compile(r"/([^/]+)/oauth2/v2\.0/token/?", re.IGNORECASE)


class Routes:
    """The whole cloud behind one address."""

    def __init__(
        self, authority: Authority, arm: Arm, foundry: Foundry, history: History, mlflow: WorkspaceMlflow
    ) -> None:
        self._authority, self._history, self._mlflow = authority, history, mlflow
        self._by_prefix: tuple[tuple[str, Callable[[Request], Answer]], ...] = (
            ("/subscriptions/", arm.answer),
            (f"{MFERP}/subscriptions/", arm.answer),
            (FOUNDRY, foundry.answer),
            ("/history/v1.0/", history.answer),
            ("/registrymanagement/v1.0/", history.registry),
        )

    def answer(self, request: Request) -> Answer:
        """The answer to any request."""
        path = request.path.lower()
        unauthenticated = self._unauthenticated(request)
        if unauthenticated:
            return unauthenticated
        is_mlflow = path.startswith(MLFLOW)
        if request.method not in ("GET", "HEAD") and not (is_mlflow and self._mlflow.is_search(request)):
            return answers.not_a_read(request.method)
        refused = self._authority.refusal(request, data_plane=path.startswith(FOUNDRY)) or versions.refusal(request)
        if refused:
            return refused
        if is_mlflow:
            return self._mlflow.answer(request)
        service = next((service for prefix, service in self._by_prefix if path.startswith(prefix)), None)
        return service(request) if service else answers.not_found(request.path)

    def _unauthenticated(self, request: Request) -> Answer | None:
        """The answer of a service that needs no token, else None."""
        if request.method == "GET":
            if request.path.lower().rstrip("/") == "/metadata/endpoints":
                return versions.refusal(request) or self._authority.metadata()
            if request.path.lower().startswith("/discovery/"):
                return self._history.discovery()
            if match := _DISCOVERY.fullmatch(request.path):
                return self._authority.discovery(match[1])
        if request.method == "POST" and (match := _TOKEN.fullmatch(request.path)):
            return self._authority.token(request, match[1])
        return None
