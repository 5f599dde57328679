"""The five listings of MLflow as pages of raw records, over REST or straight from a store.

Both give the records in the shape of the REST API (mlflow 3.17, `/api/2.0/mlflow/...`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from ...config.connections import Endpoint
from ...config.models import MlflowSource
from ...errors import SourceError, SourceUnavailable, Unsupported
from ...http import HttpClient, HttpFailure, Traffic

Record = dict[str, Any]


class Page(NamedTuple):
    records: list[Record]
    token: str | None


class Query(NamedTuple):
    """One listing. `experiment_ids` and `filter` only where that listing knows them."""

    collection: str
    experiment_ids: tuple[str, ...] = ()
    filter: str = ""


class Listing(Protocol):
    """Where pages come from. `page` raises SourceError, SourceUnavailable or Unsupported."""

    traffic: Traffic

    def page(self, query: Query, token: str | None) -> Page: ...
    def close(self) -> None: ...


def pages(listing: Listing, query: Query) -> Iterator[Page]:
    """All pages of a listing, in order. The next one is fetched while the caller works on this one."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="page") as pool:
        token: str | None = None
        waiting = pool.submit(listing.page, query, token)
        while True:
            page = waiting.result()
            if page.token:
                waiting = pool.submit(listing.page, query, page.token)
            yield page
            if not page.token:
                return


class _Call(NamedTuple):
    """How one listing is asked over REST: method, path, key of the records, key of the filter, ordering."""

    method: str
    path: str
    key: str
    filter_key: str = "filter"
    order_by: tuple[Any, ...] = ()
    extra: dict[str, Any] = {}


_CALLS = {
    "experiments": _Call("POST", "experiments/search", "experiments", extra={"view_type": "ALL"}),
    "runs": _Call(
        "POST", "runs/search", "runs", order_by=("attributes.start_time ASC",), extra={"run_view_type": "ALL"}
    ),
    "registered_models": _Call("GET", "registered-models/search", "registered_models", order_by=("name ASC",)),
    "prompts": _Call("GET", "registered-models/search", "registered_models", order_by=("name ASC",)),
    "model_versions": _Call("GET", "model-versions/search", "model_versions"),
    "logged_models": _Call("POST", "logged-models/search", "models"),
}
# registered-models/search refuses pages above this (mlflow 3.17)
_PAGE_CAP = {"registered_models": 1_000, "prompts": 1_000}
_OPTIONAL = {"logged_models", "prompts"}
# Registries such as Unity Catalog refuse any ordering or filter: asked again without
_REFUSED_ORDER = ("order_by", "order by")


class RestListing:
    """A tracking server over HTTP."""

    def __init__(self, endpoint: Endpoint, settings: MlflowSource) -> None:
        headers = {"X-MLFLOW-WORKSPACE": settings.workspace} if settings.workspace else {}
        self._http = HttpClient(endpoint, timeout=settings.timeout_seconds, attempts=settings.attempts, headers=headers)
        self._page_size = settings.page_size
        self._unordered: set[str] = set()
        self._silent = False
        self.traffic = self._http.traffic

    def page(self, query: Query, token: str | None) -> Page:
        call = _CALLS[query.collection]
        try:
            answer = self._ask(call, query, token)
            self._silent = False
        except HttpFailure as failure:
            self._silent = failure.status == 0
            if failure.status == 400 and query.collection not in self._unordered and _mentions_order(failure):
                self._unordered.add(query.collection)
                return self.page(query, token)
            raise explained(failure, query.collection) from None
        if not isinstance(answer, dict) or not isinstance(answer.get(call.key, []), list):
            raise SourceError(
                f"{call.path} did not answer with a list under `{call.key}`.",
                "Check that the address is that of an MLflow server.",
            )
        return Page(answer.get(call.key) or [], answer.get("next_page_token") or None)

    def close(self) -> None:
        self._http.close()

    def _ask(self, call: _Call, query: Query, token: str | None) -> Any:
        body: dict[str, Any] = {
            "max_results": min(self._page_size, _PAGE_CAP.get(query.collection, self._page_size)),
            **call.extra,
        }
        if query.experiment_ids:
            body["experiment_ids"] = list(query.experiment_ids)
        if query.filter:
            body[call.filter_key] = query.filter
        if call.order_by and query.collection not in self._unordered:
            body["order_by"] = list(call.order_by)
        if token:
            body["page_token"] = token
        path = f"/api/2.0/mlflow/{call.path}"
        sent = {"params": body} if call.method == "GET" else {"json": body}
        # A server that did not answer at all is not waited for again and again, listing after listing
        return self._http.call(call.method, path, attempts=1 if self._silent else 0, **sent)


def _mentions_order(failure: HttpFailure) -> bool:
    return any(word in str(failure.body).lower() for word in _REFUSED_ORDER)


def explained(failure: HttpFailure, collection: str) -> SourceError:
    """What a failed MLflow request means and what mends it."""
    code = failure.body.get("error_code", "") if isinstance(failure.body, dict) else ""
    text = str(failure.body)
    missing = failure.status in (404, 405, 501) or (failure.status == 500 and code == "INTERNAL_ERROR")
    if collection in _OPTIONAL and missing:
        return Unsupported(f"this server does not offer {collection.replace('_', ' ')}.")
    if failure.status == 403 and "invalid host header" in text.lower():
        return SourceError(
            "the MLflow server does not allow the host name it was called by.",
            "List it there: mlflow server --allowed-hosts, or MLFLOW_SERVER_ALLOWED_HOSTS.",
        )
    if failure.status in (401, 403):
        return SourceError(
            f"MLflow refused the login or the permission: {failure.sentence}",
            "Check username, password or token, and read permission on experiments and registered models.",
        )
    if failure.status == 0 or failure.status == 429 or failure.status >= 500:
        return SourceUnavailable(failure.sentence, "Check that the MLflow server is up and reachable from here.")
    return SourceError(failure.sentence, "Check the address and the version of the MLflow server.")


class StoreListing:
    """A store (sqlite, postgresql, a folder ...) through MLflow's own client library, in this process."""

    def __init__(self, uri: str, page_size: int) -> None:
        from mlflow.tracking import MlflowClient  # seconds to import: only where a store is read directly

        self.traffic = Traffic()
        self._page_size = page_size
        self._client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def page(self, query: Query, token: str | None) -> Page:
        from mlflow.exceptions import MlflowException

        self.traffic.calls += 1
        try:
            found = self._searches()[query.collection](query, token)
        except MlflowException as error:
            raise SourceError(
                f"the MLflow store refused {query.collection}: {error.message[:300]}", "Check the store's address."
            ) from None
        except Exception as error:  # the store's driver raises its own types (SQLAlchemy, OSError ...)
            raise SourceUnavailable(
                f"the MLflow store cannot be read ({type(error).__name__}).",
                "Check the store's address and that its schema fits this mlflow version (mlflow db upgrade).",
            ) from None
        return Page([_as_rest(item) for item in found], found.token or None)

    def close(self) -> None:
        """Nothing to close: the store's engine belongs to MLflow."""

    def _searches(self) -> dict[str, Callable[[Query, str | None], Any]]:
        from mlflow.entities import ViewType

        client, size = self._client, self._page_size
        return {
            "experiments": lambda query, token: client.search_experiments(
                view_type=ViewType.ALL, max_results=size, page_token=token
            ),
            "runs": lambda query, token: client.search_runs(
                list(query.experiment_ids),
                filter_string=query.filter,
                run_view_type=ViewType.ALL,
                max_results=size,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            ),
            "registered_models": lambda query, token: client.search_registered_models(
                max_results=min(size, 1_000), order_by=["name ASC"], page_token=token
            ),
            "prompts": lambda query, token: client.search_registered_models(
                filter_string=query.filter, max_results=min(size, 1_000), page_token=token
            ),
            "model_versions": lambda query, token: client.search_model_versions(max_results=size, page_token=token),
            "logged_models": lambda query, token: client.search_logged_models(
                list(query.experiment_ids), filter_string=query.filter or None, max_results=size, page_token=token
            ),
        }


def _as_rest(entity: Any) -> Record:
    """MLflow's own JSON form of an entity: the same the server would send."""
    import orjson
    from mlflow.utils.proto_json_utils import message_to_json

    record: Record = orjson.loads(message_to_json(entity.to_proto(), pretty=False))
    return record


def open_listing(endpoint: Endpoint, settings: MlflowSource) -> Listing:
    """REST for http and https addresses, the client library for every other."""
    if endpoint.url.startswith(("http://", "https://")):
        return RestListing(endpoint, settings)
    return StoreListing(endpoint.url, settings.page_size)
