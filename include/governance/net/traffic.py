"""What a client sent."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Traffic:
    """Counters of one client, for the run report.

    Attributes:
        seconds: time spent waiting for answers.
        waited: time spent waiting before retries, in seconds.
        statuses: answers by HTTP status.
        operations: what the service meters of them, as far as that is known (Purview); 0 where it meters nothing.
        remaining: fewest reads left in a quota that an answer named (Azure); None where none did.
    """

    calls: int = 0
    writes: int = 0
    retries: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    operations: int = 0
    remaining: int | None = None
