"""Faults of networks and sick servers, as data: which requests they hit, and what happens to those."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

AssetKind = Literal[
    "status", "timeout_before", "timeout_after", "reset_before", "reset_after", "truncate", "garbage", "slow", "rewrite"
]


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
        slow            pass on after `seconds`
        rewrite         let the server do it and pass its JSON through `edit` (which may change it in place)
    method, path, body: which requests; path is a regular expression searched in path and query, body gets the bytes.
    after: as many matching requests pass first. times: as many are hit then, None for all.
    forward: for `status` and `garbage`, whether the server does it before.
    content: bytes, a text, or anything else for JSON.
    """

    kind: AssetKind
    method: str | None = None
    path: str = ""
    body: Callable[[bytes], bool] | None = None
    times: int | None = 1
    after: int = 0
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    content: Any = b""
    content_type: str = ""
    seconds: float | None = None
    forward: bool = False
    edit: Callable[[Any], Any] | None = None
    hits: int = field(default=0, init=False)
    matched: int = field(default=0, init=False)

    def takes(self, method: str, path: str, body: bytes) -> bool:
        """Whether this request is hit; counts it."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method and self.method.upper() != method:
            return False
        if not re.search(self.path, path) or (self.body and not self.body(body)):
            return False
        self.matched += 1
        if self.matched <= self.after:
            return False
        self.hits += 1
        return True
