"""A tracking server over HTTP, and the meaning of its errors."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from ...config.connections import Endpoint
from ...config.models import MlflowSource
from ...errors import SourceError, SourceUnavailable, Unsupported
from ...net.http import HttpClient, HttpFailure
from .client import OPTIONAL, PAGE_CAP, Page, Query, Record


class _Call(NamedTuple):
    """The requests of one listing: method, path, key of the items, ordering, further parameters."""

    method: str
    path: str
    key: str
    order_by: tuple[str, ...] = ()
    extra: dict[str, Any] = {}


_CALLS = {
    "experiments": _Call("POST", "experiments/search", "experiments", extra={"view_type": "ALL"}),
    "runs": _Call(
        "POST", "runs/search", "runs", order_by=("attributes.start_time ASC",), extra={"run_view_type": "ALL"}
    ),
    "registered_models": _Call("GET", "registered-models/search", "registered_models", order_by=("name ASC",)),
    "prompts": _Call("GET", "registered-models/search", "registered_models", order_by=("name ASC",)),
    # MLflow's own order is last updated first: an edit between two pages would hide a neighbour
    "model_versions": _Call(
        "GET", "model-versions/search", "model_versions", order_by=("name ASC", "version_number ASC")
    ),
    "logged_models": _Call("POST", "logged-models/search", "models"),
}


class _ItemCall(NamedTuple):
    """The request for one item: path, key of the item in the answer, names of the parts of its id."""

    path: str
    key: str
    parts: tuple[str, ...]


_ITEM_CALLS = {
    "experiments": _ItemCall("experiments/get", "experiment", ("experiment_id",)),
    "runs": _ItemCall("runs/get", "run", ("run_id",)),
    "registered_models": _ItemCall("registered-models/get", "registered_model", ("name",)),
    "prompts": _ItemCall("registered-models/get", "registered_model", ("name",)),
    "model_versions": _ItemCall("model-versions/get", "model_version", ("name", "version")),
    "logged_models": _ItemCall("logged-models/{model_id}", "model", ("model_id",)),
}
_NOT_THERE = (400, 404)  # MLflow 3.17: an id that cannot exist is a bad parameter
_ERROR_FIELDS = ("error_code", "error", "message")
_LONGEST_ERROR = 300
_CHECK = "Check the MLflow server, and what stands in front of it."
# Registries such as Unity Catalog refuse any ordering: the request is repeated without
_REFUSED_ORDER = ("order_by", "order by")


class MlflowRestClient:
    """A ListingClient for one tracking server. Calls are made one at a time."""

    def __init__(self, endpoint: Endpoint, settings: MlflowSource) -> None:
        headers = {"X-MLFLOW-WORKSPACE": settings.workspace} if settings.workspace else {}
        self._http = HttpClient(endpoint, timeout=settings.timeout_seconds, attempts=settings.attempts, headers=headers)
        self._page_size = settings.page_size
        self._unordered: set[str] = set()
        self._silent = False
        self.traffic = self._http.traffic

    def page(self, query: Query, token: str | None) -> Page:
        """POST or GET /api/2.0/mlflow/..., one page."""
        call = _CALLS[query.collection]
        try:
            answer = self._ask(call, query, token)
            self._silent = False
        except HttpFailure as failure:
            self._silent = failure.status == 0
            if failure.status == 400 and query.collection not in self._unordered and _mentions_order(failure):
                self._unordered.add(query.collection)
                return self.page(query, token)
            raise to_source_error(failure, query.collection) from None
        return _as_page(answer, call)

    def item(self, collection: str, native_id: str) -> Record | None:
        """GET /api/2.0/mlflow/.../get, one item."""
        call = _ITEM_CALLS[collection]
        params = dict(zip(call.parts, native_id.rsplit("/", len(call.parts) - 1), strict=False))
        quoted = {name: quote(value, safe="") for name, value in params.items()}
        try:
            answer = self._http.call("GET", f"/api/2.0/mlflow/{call.path.format(**quoted)}", params=params)
        except HttpFailure as failure:
            if failure.status in _NOT_THERE:
                return None
            raise to_source_error(failure, collection) from None
        found = answer.get(call.key) if isinstance(answer, dict) else None
        if not isinstance(found, dict):
            raise SourceError(f"{call.path} did not answer with an object under `{call.key}`.", _CHECK)
        return found

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _ask(self, call: _Call, query: Query, token: str | None) -> Any:
        body: dict[str, Any] = {
            "max_results": min(self._page_size, PAGE_CAP.get(query.collection, self._page_size)),
            **call.extra,
        }
        if query.experiment_ids:
            body["experiment_ids"] = list(query.experiment_ids)
        if query.filter:
            body["filter"] = query.filter
        if call.order_by and query.collection not in self._unordered:
            body["order_by"] = list(call.order_by)
        if token:
            body["page_token"] = token
        path = f"/api/2.0/mlflow/{call.path}"
        # A server that did not answer at all is not retried listing after listing
        attempts = 1 if self._silent else 0
        if call.method == "GET":
            return self._http.call("GET", path, params=body, attempts=attempts)
        return self._http.call("POST", path, json=body, attempts=attempts)


def _as_page(answer: Any, call: _Call) -> Page:
    records = (answer.get(call.key) or []) if isinstance(answer, dict) else None
    if isinstance(answer, dict) and call.key not in answer and (told := _error_of(answer)):
        raise SourceUnavailable(
            f"{call.path} answered with status 200 and an error: {told}",
            _CHECK,
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


def to_source_error(error: HttpFailure, requested: str) -> SourceError:
    """What a failed MLflow request means, and how to fix it. requested: the collection."""
    code = error.body.get("error_code", "") if isinstance(error.body, dict) else ""
    absent = error.status in (404, 405, 501)
    if requested in OPTIONAL and (absent or (error.status == 500 and code == "INTERNAL_ERROR")):
        # Azure ML answers either way; a server of its own may also merely be sick
        return Unsupported(f"this server does not offer {requested.replace('_', ' ')}.", absent=absent)
    if error.status == 403 and "invalid host header" in str(error.body).lower():
        return SourceError(
            "the MLflow server does not allow the host name it was called by.",
            "List it there: mlflow server --allowed-hosts, or MLFLOW_SERVER_ALLOWED_HOSTS.",
        )
    if error.status in (401, 403):
        return SourceError(
            f"MLflow refused the login or the permission: {error.sentence}",
            "Check username, password or token, and read permission on experiments and registered models.",
        )
    if "CERTIFICATE_VERIFY_FAILED" in error.sentence:
        return SourceError(error.sentence, "Name the PEM file of the server's certificate authority in `ca_bundle`.")
    if 200 <= error.status < 300:
        return SourceError(
            error.sentence, "Check that the address is that of an MLflow server, and what stands in front of it."
        )
    if error.status in (0, 429) or error.status >= 500:
        return SourceUnavailable(error.sentence, "Check that the MLflow server is up and reachable from here.")
    return SourceError(error.sentence, "Check the address and the version of the MLflow server.")
