"""pyapacheatlas with its transport replaced: pooled connections, timeouts, retries, and errors that keep the status.

pyapacheatlas 0.16 models payloads and paths; its own transport opens a connection per request, knows no retry and
raises from BaseException. Only this module overrides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pyapacheatlas.core import AtlasClient as PyApacheAtlasClient

from ...net.http import HttpClient, HttpFailure
from ..contract import RequestFailure
from .errors import to_request_failure

if TYPE_CHECKING:
    from ...config.connections import Endpoint


class AtlasHttp(HttpClient):
    """Requests to one catalog. Raises RequestFailure instead of HttpFailure.

    Args:
        api: path of its v2 API.
        options: of HttpClient.
    """

    def __init__(self, endpoint: Endpoint, api: str, **options: Any) -> None:
        super().__init__(endpoint, **options)
        self.api = api

    def to_failure(self, failure: HttpFailure) -> RequestFailure:
        """What a failed request means."""
        return to_request_failure(failure)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The decoded JSON answer; None for an empty body."""
        try:
            return super().call(method, path, **options)
        except HttpFailure as failure:
            raise self.to_failure(failure) from None


class _Answer:
    """What pyapacheatlas' methods expect of a response."""

    is_successful = True

    def __init__(self, body: Any) -> None:
        self.body = body if body is not None else {}


class PooledAtlasClient(PyApacheAtlasClient):  # type: ignore[misc, unused-ignore]  # untyped
    """Every request goes through AtlasHttp. Failures are RequestFailure, never AtlasException."""

    def __init__(self, http: AtlasHttp) -> None:
        super().__init__(http.base + http.api)
        self._http = http

    def update_typedefs(self, typedefs: dict[str, list[dict[str, Any]]]) -> None:
        """PUT /types/typedefs: replaces existing type definitions."""
        self._put_http(f"{self.endpoint_url}/types/typedefs", json=typedefs)

    def _get_http(self, url: str, params: Any = None, **_: Any) -> _Answer:
        return _Answer(self._http.call("GET", _path(url, self._http.base), params=params))

    def _post_http(self, url: str, params: Any = None, json: Any = None, **_: Any) -> _Answer:
        return _Answer(self._http.call("POST", _path(url, self._http.base), params=params, json=json, write=True))

    def _put_http(self, url: str, params: Any = None, json: Any = None, **_: Any) -> _Answer:
        return _Answer(self._http.call("PUT", _path(url, self._http.base), params=params, json=json, write=True))

    def _delete_http(self, url: str, params: Any = None, json: Any = None, **_: Any) -> _Answer:
        return _Answer(self._http.call("DELETE", _path(url, self._http.base), params=params, json=json, write=True))


def _path(url: str, base: str) -> str:
    if url.startswith(base):
        return url[len(base) :]
    return urlsplit(url).path
