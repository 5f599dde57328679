"""What the settings of every source have in common."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pydantic import Field

from ..base import Name, Strict
from ..lifecycle import Lifecycle


class Patterns(Strict):
    """Shell-style patterns on names. A name is read when it matches `allow` and nothing in `deny`."""

    allow: list[str] = ["*"]
    deny: list[str] = []

    def allows(self, name: str) -> bool:
        """Whether that name is to be read. Case matters."""
        return any(fnmatchcase(name, pattern) for pattern in self.allow) and not any(
            fnmatchcase(name, pattern) for pattern in self.deny
        )


class FailSafe(Strict):
    """When a listing that ended without an error is doubted: so much of what the last read had is gone at once.

    What a doubted listing lacks stays as it was, and the run ends with exit code 3, until a listing has it again or a
    person accepts it (`python -m include.governance accept`).
    """

    threshold: int = Field(50, ge=0, le=100, description="percent of a collection that may be gone at once")
    least: int = Field(10, ge=1, description="a collection that lost fewer items than this is not doubted by the share")
    empty: int = Field(3, ge=1, description="a collection that had this many items and lists none is doubted")
    lookups: int = Field(20, ge=0, description="calls per collection that ask by name for what is gone")


class SourceSettings(Strict):
    """Base of every connector's settings. A connector adds `kind`, a literal of its own."""

    if TYPE_CHECKING:
        kind: str

    name: Name
    lifecycle: Lifecycle | None = Field(None, description="what differs here from the lifecycle of all sources")
    fail_safe: FailSafe = FailSafe()
