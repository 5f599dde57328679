"""How much of a listing was read, and how."""

from __future__ import annotations

from enum import StrEnum


class ReadStatus(StrEnum):
    """How much of one collection was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class ReadMode(StrEnum):
    """full: the whole listing. incremental: what moved since the last snapshot, the rest carried over from it."""

    FULL = "full"
    INCREMENTAL = "incremental"
