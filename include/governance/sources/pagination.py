"""Notices that the pages of a listing do not end: the same again, empty ones, too many, or for too long."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from typing import Any

from ..errors import SourceError

MOST_PAGES = 10_000
MOST_EMPTY_PAGES = 20  # in a row
MOST_SECONDS = 3_600.0


class Pagination:
    """The pages of one listing so far.

    Args:
        listing: what is listed, for the error.
        remedy: what to do about it.
        most_seconds: how long the listing may take.
        data: of the error.
    """

    def __init__(self, listing: str, remedy: str, most_seconds: float = MOST_SECONDS, **data: Any) -> None:
        self._listing, self._remedy, self._data = listing, remedy, data
        self._most_seconds, self._deadline = most_seconds, time.monotonic() + most_seconds
        self._pages = self._empty = 0
        self._tokens: set[Hashable] = set()
        self._before: Sequence[Any] = ()

    def check(self, items: Sequence[Any], following: Hashable | None) -> None:
        """Takes one page into account.

        Args:
            items: of the page.
            following: token or address of the next page; None at the end.

        Raises:
            SourceError: the listing is to be read no further.
        """
        self._pages += 1
        self._empty = 0 if items else self._empty + 1
        is_same, self._before = bool(items) and items == self._before, items
        if following is None:
            return
        if following in self._tokens:
            self._stop("the server gives the same page token again")
        if is_same:
            self._stop("the server gives the same page again under another token")
        if self._empty >= MOST_EMPTY_PAGES or self._pages >= MOST_PAGES:
            self._stop(f"no end after {self._pages:,} pages, the last {self._empty:,} of them empty")
        if time.monotonic() > self._deadline:
            self._stop(f"no end after {self._most_seconds:,.0f} seconds")
        self._tokens.add(following)

    def _stop(self, why: str) -> None:
        raise SourceError(f"{self._listing}: {why}.", self._remedy, **self._data)
