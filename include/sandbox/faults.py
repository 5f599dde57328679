"""Faults of networks and sick servers, as data: which requests they hit, and what happens to those."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status",
    "timeout_before",
    "timeout_after",
    "reset_before",
    "reset_after",
    "truncate",
    "garbage",
    "slow",
    "drip",
    "drip_head",
    "rewrite",
]


class AmbiguousFault(AssertionError):
    """A fault that counts requests matched several targets: which of them it hits depends on which comes first."""


@dataclass
class Fault:
    """What happens to which requests.

    kind:
        status          answer `status` with `content`
        timeout_before  hold the connection `seconds` without passing the request on, then close it
        timeout_after   let the server do it, then hold the connection
        reset_before    RST the connection without passing the request on
        reset_after     let the server do it, then RST
        truncate        let the server do it; full Content-Length, half of the body, close
        garbage         200 and a body that is no JSON
        slow            pass on after `seconds`, or once `release` is called
        drip            let the server do it; the head at once, then a byte each `seconds` (0.01), until the client goes
        drip_head       the same, the head too byte by byte
        rewrite         let the server do it and pass its JSON through `edit` (which may change it in place)
    method, path, body: which requests; path is a regular expression searched in path and query, body gets the bytes.
    after: as many matching requests pass first. times: as many are hit then, None for all.
    any_target: whether the requests that `after` and `times` count may go to several targets (method and path without
    query). Otherwise `Faults.check` refuses such a fault: clients that send in parallel keep no order.
    forward: for `status` and `garbage`, whether the server does it before.
    content: bytes, a text, or anything else for JSON.
    """

    kind: FaultKind
    method: str | None = None
    path: str = ""
    body: Callable[[bytes], bool] | None = None
    times: int | None = 1
    after: int = 0
    any_target: bool = False
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    content: Any = b""
    content_type: str = ""
    seconds: float | None = None
    forward: bool = False
    edit: Callable[[Any], Any] | None = None
    hits: int = field(default=0, init=False)
    matched: int = field(default=0, init=False)
    targets: set[str] = field(default_factory=set, init=False)
    released: threading.Event = field(default_factory=threading.Event, init=False, repr=False, compare=False)

    def takes(self, method: str, path: str, body: bytes) -> bool:
        """Whether this request is hit; counts it."""
        if not self._matches(method, path, body):
            return False
        self.matched += 1
        self.targets.add(f"{method} {path.partition('?')[0]}")
        hit = self.matched > self.after and (self.times is None or self.hits < self.times)
        self.hits += hit
        return hit

    def release(self) -> None:
        """Lets the requests pass that a `slow` fault holds, now and later."""
        self.released.set()

    def _matches(self, method: str, path: str, body: bytes) -> bool:
        if self.method and self.method.upper() != method:
            return False
        return bool(re.search(self.path, path)) and (self.body is None or self.body(body))

    @property
    def ambiguous(self) -> bool:
        counts = self.times is not None or self.after > 0
        return counts and not self.any_target and len(self.targets) > 1


class Faults:
    """The faults of one server, for all its threads."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault

    def hit(self, method: str, path: str, body: bytes) -> Fault | None:
        """The first fault that takes the request. path: with query."""
        with self._lock:
            return next((fault for fault in self._faults if fault.takes(method, path, body)), None)

    def clear(self) -> None:
        """Forgets all. Raises AmbiguousFault as `check`, and has forgotten them all the same."""
        with self._lock:
            faults, self._faults = self._faults, []
        _check(faults)

    def check(self) -> None:
        """Raises AmbiguousFault for a fault that counted requests of several targets."""
        with self._lock:
            _check(self._faults)


def _check(faults: list[Fault]) -> None:
    for fault in faults:
        if fault.ambiguous:
            raise AmbiguousFault(
                f"The fault {fault.kind} on {fault.method or 'any method'} {fault.path or 'any path'} counts requests "
                f"and matched {', '.join(sorted(fault.targets))}: name one of them, or say any_target=True."
            )
