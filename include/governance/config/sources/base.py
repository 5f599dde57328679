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


class SourceSettings(Strict):
    """Base of every connector's settings. A connector adds `kind`, a literal of its own."""

    if TYPE_CHECKING:
        kind: str

    name: Name
    lifecycle: Lifecycle | None = Field(None, description="what differs here from the lifecycle of all sources")
