"""Walks listings side by side and hands their items to whoever takes them; says how far each collection came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ...errors import SourceError
from ...model.read_status import ReadStatus
from ...staging.snapshot import CollectionState
from ..fields import Malformed
from ..writer import SnapshotWriter
from .fields import ArmFields
from .rest_client import ArmPage
from .round_robin import interleaved

_NO_ID = "None"
_SLOTS_PER_REQUEST = 4  # listings under way for each request that may be: while a page is parsed, others are fetched


class Task(NamedTuple):
    """One listing to walk.

    state: of the collection it belongs to. pages: starts it. take: takes one item; raises Malformed.
    nested: it lists what one item of another collection has; where that item is gone meanwhile, nothing is missing.
    before: gets all items of a page first. after: called once it is over.
    """

    state: CollectionState
    pages: Callable[[], Iterator[ArmPage]]
    take: Callable[[Any], None]
    nested: bool = False
    before: Callable[[list[Any]], None] | None = None
    after: Callable[[], None] | None = None


class Crawler:
    """Fetches in the pool's threads; everything else happens in the caller's."""

    def __init__(self, writer: SnapshotWriter, fields: ArmFields, concurrency: int) -> None:
        self.writer, self.fields = writer, fields
        self.pool = ThreadPoolExecutor(concurrency, thread_name_prefix="azure")
        self._width = concurrency * _SLOTS_PER_REQUEST

    def crawl(self, tasks: Iterable[Task]) -> None:
        for step in interleaved(self.pool, tasks, lambda task: task.pages(), self._width):
            task = step.task
            if step.error is not None:
                self._failed(task, step.error)
            elif step.page is not None:
                self._page(task, step.page.items)
            if step.last and task.after:
                task.after()

    def close(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)

    def _page(self, task: Task, items: list[Any]) -> None:
        if task.before:
            task.before(items)
        for item in items:
            task.state.seen += 1
            try:
                if not isinstance(item, dict):
                    raise Malformed("the item is not an object")
                task.take(item)
            except (OSError, MemoryError):  # ours, not the item's
                raise
            except Exception as error:
                reason = str(error) if isinstance(error, Malformed) else f"{type(error).__name__} while reading a field"
                name = self.fields.name_of(item.get("id")) if isinstance(item, dict) else None
                self.writer.quarantine(task.state.collection, self._shown(item), reason, name)
                self.fields.row()  # what was found in it is not the next item's
        task.state.pages += 1

    def _failed(self, task: Task, error: SourceError) -> None:
        if task.nested and error.data.get("status") == 404:
            return
        fail(task.state, error.message, error.remedy)

    def _shown(self, item: Any) -> str:
        found = item.get("id") if isinstance(item, dict) else None
        return self.fields.key(found) if isinstance(found, str) and found else _NO_ID


def fail(state: CollectionState, reason: str, remedy: str = "") -> None:
    """The first reason stays: what follows is mostly the same again."""
    if state.state in (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED):
        state.fail(reason, remedy)


def settle(state: CollectionState) -> None:
    """A collection made of many listings: partial where any of them was read."""
    if state.state == ReadStatus.FAILED and state.pages:
        state.state = ReadStatus.PARTIAL
