"""One thing that a sync will ask a system for, as a connection check asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Probe(NamedTuple):
    """One thing that a read or a publish will ask for.

    Attributes:
        what: a noun: "runs", "models and their versions".
        ask: asks for as little of it as shows that it would work, and says what it found. Raises GovernanceError; a
            SkippableError where the system does not offer it and a sync goes on without.
    """

    what: str
    ask: Callable[[], str]
