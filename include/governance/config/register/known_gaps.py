"""Known gaps: listings that cannot be read, which a person accepts until a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pydantic import Field

from .dated import Dated, matches
from .entries import NonEmptyStr


class KnownGap(Dated):
    """A sync whose only fault is such a listing ends with exit code 0. The report shows the gap all the same.

    What could not be read stays unknown: nothing of it goes missing, and what was last known of it counts.
    """

    source: NonEmptyStr = Field(description="name of the source")
    collection: NonEmptyStr = Field("*", description="a collection as the report names it, or a pattern: ws-hr/*")

    @property
    def identity(self) -> str:
        """What it covers, in words."""
        return f"{self.source} {self.collection}"

    def covers(self, source: str, collection: str) -> bool:
        """Whether it is about that listing, expired or not."""
        return source == self.source and matches(collection, self.collection)

    def in_words(self) -> str:
        """Until when, by whom and why."""
        return f"accepted until {self.until} by {self.by}: {self.reason}"


def gap_of(gaps: Iterable[KnownGap], source: str, collection: str, today: date) -> tuple[KnownGap | None, bool]:
    """(the gap that covers a listing, whether it is active). Of several, the one that holds longest."""
    covering = [gap for gap in gaps if gap.covers(source, collection)]
    last = max(covering, key=lambda gap: (gap.until, gap.identity, gap.by), default=None)
    return last, last is not None and last.is_active(today)
