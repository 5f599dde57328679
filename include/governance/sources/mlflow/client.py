"""The six listings of MLflow as pages of raw items, over REST or directly from a store.

Both give the items in the shape of the REST API (mlflow 3.17, `/api/2.0/mlflow/...`).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from ...errors import SourceError
from ...net.http import Traffic
from ..pagination import Pagination

Record = dict[str, Any]  # one item, as MLflow sends it

_ENDLESS = "Check the version of the MLflow server, and proxies between it and here."
OPTIONAL = {"logged_models", "prompts"}  # a server may lack these
REGISTRY = {"registered_models", "model_versions"}  # a server that has experiments may lack these
PAGE_CAP = {"registered_models": 1_000, "prompts": 1_000}  # larger pages are refused (mlflow 3.17)
WORKSPACES = "workspaces"  # a collection of no assets: which of them are read
IDS_PER_SEARCH = 1_000  # experiments: a database takes so many values in one statement (SQL Server 2,100)


class Page(NamedTuple):
    """One page. records: objects, as documented; the reader checks. token: of the next page."""

    records: list[Any]
    token: str | None


class Query(NamedTuple):
    """One listing. `experiment_ids` and `filter` only where that listing knows them."""

    collection: str
    experiment_ids: tuple[str, ...] = ()
    filter: str = ""


class TooManyIds(SourceError):
    """The server refuses to search in so many experiments at once. most: those it allows, 0 if it does not say."""

    def __init__(self, message: str, remedy: str, most: int = 0) -> None:
        super().__init__(message, remedy)
        self.most = most


class ListingClient(Protocol):
    """Gives the pages of MLflow's listings.

    Attributes:
        ids_per_search: so many experiments may be named in one search.
        filters_runs: whether a search of runs heeds a filter.
        service_name: what answers, where it is a server.
    """

    traffic: Traffic
    ids_per_search: int
    filters_runs: bool
    service_name: str | None

    def page(self, query: Query, token: str | None) -> Page:
        """One page of a listing. Raises SourceError, SourceUnavailable or Unsupported."""
        ...

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item by its id as the snapshot has it; None where it does not exist. Raises SourceError."""
        ...

    def model_file(self, native_id: str, /) -> str | None:
        """The file MLmodel of a version, by its id as the snapshot has it; None where it is not to be had."""
        ...

    def workspaces(self) -> tuple[list[str], SourceError | None]:
        """Names of the workspaces that may be read, none where there are no such; or why they are not known."""
        ...

    def close(self) -> None:
        """Releases the connection."""
        ...


class Pager:
    """Pages through listings. One call at a time, in the background: the server works while a page is parsed.

    Args:
        most_seconds: of one listing.
    """

    def __init__(self, client: ListingClient, most_seconds: float) -> None:
        self._client, self._most_seconds = client, most_seconds
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page")
        self._prefetched: dict[Query, Future[Page]] = {}
        self.filters_runs, self.service = client.filters_runs, client.service_name

    def pages(self, query: Query, then: tuple[Query, ...] = ()) -> Iterator[Page]:
        """All pages of a listing, in order. Many experiments are searched in portions, one after the other.

        Args:
            query: the listing.
            then: the listings that will be asked for next; their first pages are prefetched.

        Raises:
            SourceError: what the client raises, or pagination does not end.
        """
        deadline = time.monotonic() + self._most_seconds
        waiting = self._portions(query)
        while waiting:
            portion = waiting.popleft()
            try:
                yield from self._pages(portion, (waiting[0],) if waiting else then, deadline)
            except TooManyIds as refusal:
                if len(portion.experiment_ids) <= 1:
                    raise
                self._client.ids_per_search = refusal.most or len(portion.experiment_ids) // 2
                rest = (one for left in (portion, *waiting) for one in left.experiment_ids)
                waiting = self._portions(query._replace(experiment_ids=tuple(rest)))

    def _pages(self, query: Query, then: tuple[Query, ...], deadline: float) -> Iterator[Page]:
        upcoming = self._prefetched.pop(query, None) or self._fetch(query, None)
        pagination = Pagination(query.collection, _ENDLESS, max(0.0, deadline - time.monotonic()))
        while True:
            page = upcoming.result()
            pagination.check(page.records, page.token)
            if page.token:
                upcoming = self._fetch(query, page.token)
            else:
                for following in then:
                    self.prefetch(following)
            yield page
            if not page.token:
                return

    def _portions(self, query: Query) -> deque[Query]:
        ids, size = query.experiment_ids, max(1, self._client.ids_per_search)
        return deque(
            query._replace(experiment_ids=ids[start : start + size]) for start in range(0, len(ids), size)
        ) or (deque([query]))

    def prefetch(self, query: Query) -> None:
        """Requests the first page of a listing that will be needed later, after all requests made before."""
        first = self._portions(query)[0]
        if first not in self._prefetched:
            self._prefetched[first] = self._fetch(first, None)

    @property
    def ids_per_search(self) -> int:
        """So many experiments are named in one search."""
        return self._client.ids_per_search

    def search_one_by_one(self) -> None:
        """From now on a search names one experiment."""
        self._client.ids_per_search = 1

    def first_page(self, query: Query) -> list[Any]:
        """The items of the first page, after all requests made before. Raises SourceError."""
        return self._fetch(query, None).result().records

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item by its id, after all requests made before; None where it does not exist. Raises SourceError."""
        return self._pool.submit(self._client.item, collection, native_id).result()

    def model_file(self, native_id: str) -> str | None:
        """The file MLmodel of a version, after all requests made before; None where it is not to be had."""
        return self._pool.submit(self._client.model_file, native_id).result()

    def workspaces(self) -> list[str]:
        """Names of the workspaces that may be read; none where they are not known."""
        return self._pool.submit(self._client.workspaces).result()[0]

    def close(self) -> None:
        """Cancels what is not yet requested, and closes the client."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _fetch(self, query: Query, token: str | None) -> Future[Page]:
        return self._pool.submit(self._client.page, query, token)
