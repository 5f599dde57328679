"""Conversions between datetimes and milliseconds since the epoch (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def to_millis(at: datetime) -> int: ...
@overload
def to_millis(at: None) -> None: ...
@overload
def to_millis(at: datetime | None) -> int | None: ...
def to_millis(at: datetime | None) -> int | None:
    """Milliseconds since the epoch; None for None."""
    return None if at is None else int(at.timestamp() * 1000)


@overload
def from_millis(millis: int) -> datetime: ...
@overload
def from_millis(millis: None) -> None: ...
@overload
def from_millis(millis: int | None) -> datetime | None: ...
def from_millis(millis: int | None) -> datetime | None:
    """A datetime in UTC; None for None."""
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)
