"""pyapacheatlas with its transport replaced: pooled connections, timeouts, retries, and errors that keep the status.

pyapacheatlas 0.16 models payloads and paths; its own transport opens a connection per request, knows no retry and
raises from BaseException. This is the only place that overrides it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pyapacheatlas.core import AtlasClient

from ...net.http import HttpClient

API = "/api/atlas/v2"


class _Answer:
    """What pyapacheatlas' methods expect of a response."""

    is_successful = True

    def __init__(self, body: Any) -> None:
        self.body = body if body is not None else {}


class PooledAtlasClient(AtlasClient):
    """Every request goes through the HttpClient. Failures are HttpFailure, never AtlasException."""

    def __init__(self, http: HttpClient) -> None:
        super().__init__(http.base + API)
        self._http = http

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
