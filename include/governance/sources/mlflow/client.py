"""The five listings of MLflow as pages of raw records, over REST or straight from a store.

Both give the records in the shape of the REST API (mlflow 3.17, `/api/2.0/mlflow/...`).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

from ...errors import SourceError
from ...net.http import Traffic

Record = dict[str, Any]

OPTIONAL = {"logged_models", "prompts"}  # a server may lack these
PAGE_CAP = {"registered_models": 1_000, "prompts": 1_000}  # larger pages are refused (mlflow 3.17)


class Page(NamedTuple):
    """records: objects, if the source keeps to its word."""

    records: list[Any]
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


class Pager:
    """Walks listings page by page. One call at a time, in the background: the server works while a page is parsed."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page")
        self._ahead: dict[Query, Future[Page]] = {}

    def pages(self, query: Query, then: tuple[Query, ...] = ()) -> Iterator[Page]:
        """All pages of a listing, in order. `then` is what will be walked next: those first pages are fetched ahead.

        Raises what the listing raises, and SourceError where the server turns in a circle.
        """
        waiting = self._ahead.pop(query, None) or self._fetch(query, None)
        asked: set[str] = set()
        while True:
            page = waiting.result()
            if page.token in asked:
                raise SourceError(
                    f"{query.collection}: the server gives the same page token again.",
                    "Check the version of the MLflow server, and proxies between it and here.",
                )
            if page.token:
                asked.add(page.token)
                waiting = self._fetch(query, page.token)
            else:
                for following in then:
                    self.ahead(following)
            yield page
            if not page.token:
                return

    def ahead(self, query: Query) -> None:
        """Asks for the first page of what will be walked later, behind what was asked for before."""
        if query not in self._ahead:
            self._ahead[query] = self._fetch(query, None)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._listing.close()

    def _fetch(self, query: Query, token: str | None) -> Future[Page]:
        return self._pool.submit(self._listing.page, query, token)
