"""Independent listings, fetched side by side and handed on in order: rows stay deterministic, memory stays flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def in_order(
    pool: ThreadPoolExecutor, fetch: Callable[[_Task], _Result], tasks: Iterable[_Task], ahead: int
) -> Iterator[tuple[_Task, Callable[[], _Result]]]:
    """(task, a call that gives its result or raises what the fetch raised), in the order of the tasks.

    At most `ahead` fetches are under way or waiting to be taken.
    """
    waiting: deque[tuple[_Task, Future[_Result]]] = deque()
    for task in tasks:
        waiting.append((task, pool.submit(fetch, task)))
        if len(waiting) >= ahead:
            first, future = waiting.popleft()
            yield first, future.result
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result
