"""Conversions between datetimes and milliseconds since the epoch (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime


def to_millis(at: datetime) -> int:
    """Milliseconds since the epoch."""
    return int(at.timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    """A datetime in UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC)
