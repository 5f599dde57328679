"""How many items a page of each listing is asked for: fewer where a page was too large, or took too long."""

from __future__ import annotations

from collections.abc import Mapping

from ...net.failure import HttpFailure

MOST_BYTES = 16_000_000  # of one answer: decoded it takes several times as much, and the next one is on its way
SMALLEST = 8


class PageSizes:
    """The page sizes of one server.

    Args:
        asked_for: by the settings.
        caps: by collection, the largest that the server gives.
    """

    def __init__(self, asked_for: int, caps: Mapping[str, int]) -> None:
        self._asked_for, self._caps = asked_for, caps
        self._sizes: dict[str, int] = {}

    def of(self, collection: str) -> int:
        """Items of the next page of that collection."""
        return self._sizes.get(collection) or min(self._asked_for, self._caps.get(collection, self._asked_for))

    def can_shrink(self, collection: str) -> bool:
        """Whether a page of that collection may be asked for with fewer items."""
        return self.of(collection) > SMALLEST

    def most_bytes(self, collection: str) -> int:
        """How large an answer may be; 0 for any size: the smallest page is taken as it is."""
        return MOST_BYTES if self.can_shrink(collection) else 0

    def shrink(self, collection: str, failure: HttpFailure) -> bool:
        """Halves the pages of that collection. False where that failure says nothing of size, or they are small."""
        if not (failure.is_too_much and self.can_shrink(collection)):
            return False
        self._sizes[collection] = max(SMALLEST, self.of(collection) // 2)
        return True
