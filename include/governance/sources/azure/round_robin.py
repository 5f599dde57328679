"""Independent listings, fetched concurrently and passed on in a fixed order, page by page.

Up to `width` listings are open; each has one page waiting or being fetched, and they take turns. So rows come in
the same order in every read of the same content, a long listing does not hold up the others, and memory stays flat.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, NamedTuple, TypeVar

from ...errors import SourceError
from .rest_client import ArmPage

_Task = TypeVar("_Task")


class Step(NamedTuple, Generic[_Task]):
    """One page of one listing, or the error that ended it. last: nothing follows of this listing."""

    task: _Task
    page: ArmPage | None
    error: SourceError | None
    last: bool


def round_robin(
    pool: ThreadPoolExecutor, tasks: Iterable[_Task], start: Callable[[_Task], Iterator[ArmPage]], width: int
) -> Iterator[Step[_Task]]:
    """start: gives the pages of one task's listing; called in the caller's thread, its pages are fetched in the pool.

    A SourceError of a listing ends that listing only.
    """
    pending = iter(tasks)
    active: deque[tuple[_Task, Iterator[ArmPage], Future[ArmPage | None]]] = deque()

    def fill() -> None:
        while len(active) < width:
            try:
                task = next(pending)
            except StopIteration:
                return
            pages = start(task)
            active.append((task, pages, pool.submit(next, pages, None)))

    fill()
    while active:
        task, pages, future = active.popleft()
        step = _step(task, future)
        if not step.last:
            active.append((task, pages, pool.submit(next, pages, None)))
        fill()
        yield step


def _step(task: _Task, future: Future[ArmPage | None]) -> Step[_Task]:
    try:
        page = future.result()
    except SourceError as error:
        return Step(task, None, error, True)
    return Step(task, page, None, page is None or page.next is None)
