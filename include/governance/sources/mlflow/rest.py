"""A tracking server over HTTP, or a service that answers MLflow's REST API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from ...config.connections import Endpoint
from ...config.models import MlflowSource
from ...errors import SourceError, SourceUnavailable
from ...net.endpoint import display_url
from ...net.http import HttpClient, HttpFailure, Limits
from .client import WORKSPACES, Page, Query, Record
from .page_sizes import PageSizes
from .refusals import CHECK_SERVER, WANTS_WORKSPACE, Asked, to_source_error
from .services import CALLS, ITEM_CALLS, Call, service_of
from .signatures import MOST_BYTES

_NOT_THERE = (400, 404)  # MLflow 3.17: an id that cannot exist is a bad parameter
_ERROR_FIELDS = ("error_code", "error", "message")
_LONGEST_ERROR = 300
# Registries such as Unity Catalog refuse any ordering: the request is repeated without
_REFUSED_ORDER = ("order_by", "order by")
# Below an address with a path: a server before mlflow 3.11 had its REST API at the root, and this one for its pages
_APIS = ("/api", "/ajax-api")
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
_SHORTEST_SECRET = 4  # a shorter value of a header is no secret, and would spoil what is told
_PROBE_SECONDS = 10.0


class MlflowRestClient:
    """A ListingClient for one server. Calls are made one at a time."""

    def __init__(self, endpoint: Endpoint, settings: MlflowSource) -> None:
        headers = {WORKSPACE_HEADER: settings.workspace} if settings.workspace else {}
        self._endpoint = endpoint
        self._http = HttpClient(endpoint, timeout=settings.timeout_seconds, attempts=settings.attempts, headers=headers)
        self._secrets = {value for value in endpoint.headers.values() if len(value) >= _SHORTEST_SECRET}
        self._url, self._workspace = display_url(self._http.base), settings.workspace
        self.service = service_of(self._http.base, settings.service)
        self.service_name: str | None = self.service.name
        self.ids_per_search, self.filters_runs = self.service.ids_per_search, self.service.filters_runs
        self.sizes = PageSizes(settings.page_size, self.service.page_caps)
        self._unordered: set[str] = set() if self.service.orders else set(CALLS)
        self._api = _APIS[0]
        self._silent = self._answered = False
        self.denied: set[str] = set()  # collections that the login may not read
        self.traffic = self._http.traffic

    def page(self, query: Query, token: str | None) -> Page:
        """POST or GET /api/2.0/mlflow/..., one page. A page that fails by its size or its time is asked for smaller."""
        call, collection = CALLS[query.collection], query.collection
        while True:
            try:
                answer = self._ask(call, query, token)
            except HttpFailure as failure:
                self._silent = failure.status == 0 and not failure.is_too_large
                if not self._may_ask_otherwise(failure, collection):
                    raise self.refusal(failure, collection) from None
            else:
                self._silent, self._answered = False, True
                return as_page(answer, call)

    def item(self, collection: str, native_id: str) -> Record | None:
        """GET /api/2.0/mlflow/.../get, one item."""
        call = ITEM_CALLS[collection]
        params = dict(zip(call.parts, native_id.rsplit("/", len(call.parts) - 1), strict=False))
        quoted = {name: quote(value, safe="") for name, value in params.items()}
        return self.get(call.path.format(**quoted), params, call.key, collection)

    def get(self, path: str, params: Mapping[str, str], key: str, collection: str) -> Record | None:
        """GET /api/2.0/mlflow/PATH: the object under `key`; None where it does not exist. Raises SourceError."""
        try:
            answer = self._http.call("GET", f"{self._api}/2.0/mlflow/{path}", params=params)
        except HttpFailure as failure:
            if failure.status in _NOT_THERE:
                return None
            raise self.refusal(failure, collection) from None
        found = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(found, dict):
            raise SourceError(f"{path} did not answer with an object under `{key}`.", CHECK_SERVER)
        return found

    def ask(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """GET of a path below /api, 2.0/mlflow/... for example. Raises HttpFailure."""
        return self._http.call("GET", f"{self._api}/{path}", params=params)

    def model_file(self, native_id: str) -> str | None:
        """GET /model-versions/get-artifact (mlflow 3.17): MLflow's own server gives the files of a version."""
        if self.service.name != "mlflow":
            return None
        name, _, version = native_id.rpartition("/")
        try:
            params = {"name": name, "version": version, "path": "MLmodel"}
            return self._http.text("/model-versions/get-artifact", params, MOST_BYTES)
        except HttpFailure:
            return None

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        """GET /api/3.0/mlflow/workspaces (mlflow 3.10): names of those that the login may read, or why there are none.

        In one try: a server without workspaces answers 503.
        """
        if self.service.name != "mlflow":
            return [], None
        try:
            answer = self._http.call("GET", f"{self._api}/3.0/mlflow/workspaces", attempts=1)
        except HttpFailure as failure:
            return [], self.refusal(failure, WORKSPACES)
        listed = answer.get("workspaces") if isinstance(answer, dict) else None
        found = [one.get("name") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return sorted(str(name) for name in found if name), None

    def refusal(self, failure: HttpFailure, collection: str) -> SourceError:
        """What that failure means. Values of headers are not in it."""
        if failure.status == 403:
            self.denied.add(collection)
        error = to_source_error(failure, Asked(collection, self._url, self.service, self._answered, self._workspace))
        for secret in self._secrets:
            error.message = error.message.replace(secret, "***")
        if WANTS_WORKSPACE in error.message and collection != WORKSPACES and (names := self.workspaces()[0]):
            error.remedy += f" This login may read: {', '.join(names)}."
        if failure.status == 404 and self._may_be_elsewhere and (address := self._address_that_answers):
            error.remedy = f"MLflow's REST API answers at {address}: write that as the address."
        return error

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _may_ask_otherwise(self, failure: HttpFailure, collection: str) -> bool:
        """Whether the same page may be given where it is asked for in another way, which the next try does."""
        if failure.status == 400 and collection not in self._unordered and _mentions_order(failure):
            self._unordered.add(collection)
            return True
        if failure.status == 404 and self._may_be_elsewhere:
            self._api = _APIS[1] if self._api == _APIS[0] else _APIS[0]
            return self._api == _APIS[1]
        if (self._answered or failure.is_too_large) and self.sizes.shrink(collection, failure):
            self.traffic.retries += 1
            return True
        return False

    @property
    def _may_be_elsewhere(self) -> bool:
        """Whether the address has a path, below which nothing has answered yet."""
        return not self._answered and self.service.name == "mlflow" and bool(urlsplit(self._url).path.strip("/"))

    @cached_property
    def _address_that_answers(self) -> str | None:
        """The root of the server, where its REST API is there and not below the path of the address."""
        parts, call = urlsplit(self._http.base), CALLS["experiments"]
        root = replace(self._endpoint, url=urlunsplit((parts.scheme, parts.netloc, "", "", "")))
        client = HttpClient(root, timeout=_PROBE_SECONDS, attempts=1)
        try:
            as_page(client.call(call.method, f"{_APIS[0]}/2.0/mlflow/{call.path}", json={"max_results": 1}), call)
        except (HttpFailure, SourceError):
            return None
        finally:
            client.close()
        return display_url(root.url)

    def _ask(self, call: Call, query: Query, token: str | None) -> Any:
        collection = query.collection
        body: dict[str, Any] = {"max_results": self.sizes.of(collection), **call.extra}
        if query.experiment_ids:
            body["experiment_ids"] = list(query.experiment_ids)
        if query.filter:
            body["filter"] = query.filter
        if call.order_by and collection not in self._unordered:
            body["order_by"] = list(call.order_by)
        if token:
            body["page_token"] = token
        in_query = call.method == "GET"
        shrinks = self._answered and self.sizes.can_shrink(collection)
        return self._http.call(
            call.method,
            f"{self._api}/2.0/mlflow/{call.path}",
            # A server that did not answer at all is not retried listing after listing
            attempts=1 if self._silent else 0,
            limits=Limits(self.sizes.most_bytes(collection), lambda failure: shrinks and failure.is_too_much),
            params=body if in_query else None,
            json=None if in_query else body,
        )


def as_page(answer: Any, call: Call) -> Page:
    """The page in that answer. Raises SourceError where there is none."""
    records = (answer.get(call.key) or []) if isinstance(answer, dict) else None
    if isinstance(answer, dict) and call.key not in answer and (told := _error_of(answer)):
        raise SourceUnavailable(
            f"{call.path} answered with status 200 and an error: {told}",
            CHECK_SERVER,
        )
    token = (answer.get("next_page_token") or None) if isinstance(answer, dict) else None
    if not isinstance(records, list) or not isinstance(token, str | None):
        raise SourceError(
            f"{call.path} did not answer with a list under `{call.key}`.",
            "Check that the address is that of an MLflow server.",
        )
    return Page(records, token.encode("utf-8", "replace").decode() if token else None)


def _error_of(answer: dict[str, Any]) -> str:
    """What an error object says, "" if it is none. A page without items has no field at all."""
    return ": ".join(str(answer[name]) for name in _ERROR_FIELDS if answer.get(name))[:_LONGEST_ERROR]


def _mentions_order(failure: HttpFailure) -> bool:
    return any(word in str(failure.body).lower() for word in _REFUSED_ORDER)
