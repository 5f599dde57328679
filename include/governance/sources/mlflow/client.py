"""The six listings of MLflow as pages of raw items, over REST or directly from a store.

Both give the items in the shape of the REST API (mlflow 3.17, `/api/2.0/mlflow/...`).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from ...net.http import Traffic
from ..pagination import Pagination

Record = dict[str, Any]  # one item, as MLflow sends it

_ENDLESS = "Check the version of the MLflow server, and proxies between it and here."
OPTIONAL = {"logged_models", "prompts"}  # a server may lack these
PAGE_CAP = {"registered_models": 1_000, "prompts": 1_000}  # larger pages are refused (mlflow 3.17)


class Page(NamedTuple):
    """One page. records: objects, as documented; the reader checks. token: of the next page."""

    records: list[Any]
    token: str | None


class Query(NamedTuple):
    """One listing. `experiment_ids` and `filter` only where that listing knows them."""

    collection: str
    experiment_ids: tuple[str, ...] = ()
    filter: str = ""


class ListingClient(Protocol):
    """Gives the pages of MLflow's listings."""

    traffic: Traffic

    def page(self, query: Query, token: str | None) -> Page:
        """One page of a listing. Raises SourceError, SourceUnavailable or Unsupported."""
        ...

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item by its id as the snapshot has it; None where it does not exist. Raises SourceError."""
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

    def pages(self, query: Query, then: tuple[Query, ...] = ()) -> Iterator[Page]:
        """All pages of a listing, in order.

        Args:
            query: the listing.
            then: the listings that will be asked for next; their first pages are prefetched.

        Raises:
            SourceError: what the client raises, or pagination does not end.
        """
        upcoming = self._prefetched.pop(query, None) or self._fetch(query, None)
        pagination = Pagination(query.collection, _ENDLESS, self._most_seconds)
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

    def prefetch(self, query: Query) -> None:
        """Requests the first page of a listing that will be needed later, after all requests made before."""
        if query not in self._prefetched:
            self._prefetched[query] = self._fetch(query, None)

    def item(self, collection: str, native_id: str) -> Record | None:
        """One item by its id, after all requests made before; None where it does not exist. Raises SourceError."""
        return self._pool.submit(self._client.item, collection, native_id).result()

    def close(self) -> None:
        """Cancels what is not yet requested, and closes the client."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _fetch(self, query: Query, token: str | None) -> Future[Page]:
        return self._pool.submit(self._client.page, query, token)
