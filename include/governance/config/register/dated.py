"""What a person decided until a day: it expires by itself."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase

from pydantic import Field

from ..base import Strict
from .entries import NonEmptyStr


class Dated(Strict):
    """A decision with its person, its reason and its last day."""

    by: NonEmptyStr = Field(description="who decided it")
    reason: NonEmptyStr
    until: date = Field(description="the last day on which it holds")

    def is_active(self, today: date) -> bool:
        """Whether it has not expired; it counts until the end of its last day."""
        return today <= self.until


def matches(text: str, pattern: str) -> bool:
    """Equal, or matching: keys may contain the characters of a pattern."""
    return text == pattern or fnmatchcase(text, pattern)
