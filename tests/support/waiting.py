"""Waiting for a condition in place of a guess how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

_POLL_SECONDS = 0.02


def wait_for(condition: Callable[[], object], what: str = "the condition", seconds: float = 60) -> None:
    """Returns when the condition holds.

    Raises:
        AssertionError: It did not within `seconds`, which are no measure of how long it should take: a machine under
            load takes many times as long as a quiet one.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(_POLL_SECONDS)
