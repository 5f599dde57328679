"""Pages through listings concurrently, passes their items on, and records how far each collection was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ...errors import SourceError
from ...model.read_status import ReadStatus
from ...staging.snapshot import CollectionState
from ..items import take_item
from ..writer import SnapshotWriter
from .fields import ArmFields
from .rest_client import ArmPage
from .round_robin import round_robin

# How ARM says that a cloud, a region or a subscription has no such resources, which is no fault and no missing role
_NOT_OFFERED = {
    "noregisteredproviderfound",
    "invalidresourcetype",
    "missingsubscriptionregistration",
    "subscriptionnotregistered",
    "invalidapiversionparameter",
}
_OPEN_PER_REQUEST = 4  # listings open for each concurrent request: while a page is parsed, others are fetched


class ListingTask(NamedTuple):
    """One listing to page through.

    Attributes:
        state: of the collection it belongs to.
        pages: starts it.
        take: takes one item; raises Malformed.
        nested: it lists what one item of another collection has; if that item is gone meanwhile, nothing is missing.
        before: gets all items of a page first.
        counted: its items count as seen in the collection.
    """

    state: CollectionState
    pages: Callable[[], Iterator[ArmPage]]
    take: Callable[[Any], None]
    nested: bool = False
    before: Callable[[list[Any]], None] | None = None
    counted: bool = True


class Crawler:
    """Fetches pages in the threads of a pool; everything else happens in the caller's."""

    def __init__(
        self,
        writer: SnapshotWriter,
        fields: ArmFields,
        concurrency: int,
        was_offered: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """was_offered: whether the last snapshot had that collection, so that its absence may be a passing fault."""
        self.writer, self.fields, self._was_offered = writer, fields, was_offered
        self.pool = ThreadPoolExecutor(concurrency, thread_name_prefix="azure")
        self._width = concurrency * _OPEN_PER_REQUEST

    def crawl(self, tasks: Iterable[ListingTask]) -> None:
        """Pages through all of them. An error ends one listing, and is recorded in its collection's state."""
        for step in round_robin(self.pool, tasks, lambda task: task.pages(), self._width):
            task = step.task
            if step.error is not None:
                self._failed(task, step.error)
            elif step.page is not None:
                self._page(task, step.page.items)

    def close(self) -> None:
        """Stops what is still being fetched."""
        self.pool.shutdown(wait=True, cancel_futures=True)

    def _page(self, task: ListingTask, items: list[Any]) -> None:
        if task.before:
            task.before(items)
        for item in items:
            task.state.seen += task.counted
            take_item(self.writer, task.state, item, task.take, self.fields.identify)
        task.state.pages += 1

    def _failed(self, task: ListingTask, error: SourceError) -> None:
        if task.nested and error.data.get("status") == 404:
            return
        state, code = task.state, str(error.data.get("code") or "").lower()
        if code in _NOT_OFFERED and not (state.pages or state.seen or self._was_offered(state.collection)):
            state.state = ReadStatus.UNSUPPORTED
            state.reason = f"this cloud, region or subscription does not offer it: {error.message}"
            return
        fail(state, error.message, error.remedy)


def fail(state: CollectionState, reason: str, remedy: str = "") -> None:
    """Marks a collection as not read completely. The first reason stays: later ones mostly repeat it."""
    if state.is_whole or state.state == ReadStatus.UNSUPPORTED:
        state.fail(reason, remedy)


def settle(state: CollectionState) -> None:
    """A collection made of many listings is partial where any of them was read."""
    if state.state == ReadStatus.FAILED and state.pages:
        state.state = ReadStatus.PARTIAL
