"""A failed request, and the retries that it allows."""

from __future__ import annotations

import email.utils
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import tenacity

if TYPE_CHECKING:
    import httpx

_OVERLOADED = frozenset({408, 429, 502, 503, 504})
_TOO_MUCH = frozenset({408, 413, 502, 504})  # a gateway that does not wait longer, or whose server broke down over it
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]+)?")


class HttpFailure(Exception):
    """A request that did not end in a 2xx answer with the promised body.

    Attributes:
        sentence: what happened, with the server's address.
        status: HTTP status, 0 when no answer came.
        body: decoded JSON, or the first 300 characters of a text.
        applied: "no" when the server surely did not act on it, "unknown" when the answer was lost on the way.
        retry_after: seconds that the server asked to wait, 0 when it did not.
        challenge: how the server wants to be logged in to, as its WWW-Authenticate says; "" when it did not.
        location: where a redirect leads, without its query; "" without one.
        is_too_large: the answer was larger than the caller takes.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int = 0,
        body: Any = None,
        applied: Literal["no", "unknown"] = "no",
        after: float = 0.0,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.body = body
        self.applied = applied
        self.retry_after = after
        self.challenge = self.location = ""
        self.is_too_large = False

    @property
    def is_transient(self) -> bool:
        """Whether the same request can succeed later: no answer, a lost one, or an overloaded server."""
        return not self.is_too_large and (self.status == 0 or self.status in _OVERLOADED or self.applied == "unknown")

    @property
    def is_too_much(self) -> bool:
        """Whether asking for less may succeed: the answer was too large, took too long, or was lost on the way."""
        lost = self.status == 0 and self.applied == "unknown"
        return self.is_too_large or lost or self.status in _TOO_MUCH


@dataclass(frozen=True)
class RetryPolicy:
    """Which failures are retried, and how long a client waits before.

    Attributes:
        attempts: tries of one request, the first one included.
        max_wait: longest wait before a retry in seconds, whatever Retry-After says.
        retry_server_errors: whether a 500 is retried (for servers that roll back on failure).
    """

    attempts: int
    max_wait: float = 60.0
    retry_server_errors: bool = True

    def is_retriable(self, failure: HttpFailure, write: bool) -> bool:
        """Reads after every transient failure; a write only when the server surely did not apply it."""
        is_passing = failure.is_transient or (failure.status == 500 and self.retry_server_errors)
        return is_passing and not (write and failure.applied == "unknown")

    def wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds: what the server asked for, at least an exponential backoff with jitter, at most `max_wait`."""
        failure = state.outcome.exception() if state.outcome else None
        requested = failure.retry_after if isinstance(failure, HttpFailure) else 0.0
        backoff = tenacity.wait_random_exponential(multiplier=0.3, max=10.0)(state)
        return min(max(requested, backoff), self.max_wait)


def retry_after(answer: httpx.Response) -> float:
    """Seconds requested by Retry-After, given as seconds or as an HTTP date; 0 when absent or not readable."""
    value = answer.headers.get("Retry-After", "")
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0
