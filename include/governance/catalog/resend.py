"""Sending a write again while its answer is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import tenacity

from .contract import RequestFailure

_RESENDS = 3


def resend_until_known(wait_seconds: float, sleep: Callable[[float], None] = time.sleep) -> tenacity.Retrying:
    """Attempts of a write that does no harm when it is applied twice: at most three more while the answer is lost.

    Call it with the write, or use `for attempt in resend_until_known(...): with attempt: ...`.

    Args:
        wait_seconds: pause before the next attempt.
        sleep: what to do for the pause, e.g. to look for the write's effect.
    """
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_RESENDS + 1),
        wait=tenacity.wait_fixed(wait_seconds),
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, RequestFailure) and error.is_answer_lost),
        sleep=sleep,
        reraise=True,
    )
