"""How much of a listing was read, and how."""

from __future__ import annotations

from enum import StrEnum


class ReadStatus(StrEnum):
    """How much of one collection was read.

    partial: the listing broke off. doubted: it ended without an error, but lacks so much that it is not believed.
    """

    COMPLETE = "complete"
    PARTIAL = "partial"
    DOUBTED = "doubted"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class ReadMode(StrEnum):
    """How a listing came into a snapshot.

    full: the whole listing. incremental: what moved since the last snapshot, the rest carried over from it.
    kept: this sync did not ask for it, what an earlier one read counts; so it proves no absence.
    """

    FULL = "full"
    INCREMENTAL = "incremental"
    KEPT = "kept"


# There may be more than was read
BROKEN_OFF = (ReadStatus.PARTIAL, ReadStatus.DOUBTED, ReadStatus.FAILED)
