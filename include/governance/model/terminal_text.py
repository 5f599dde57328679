"""Text of a source on a terminal."""

from __future__ import annotations

from typing import Any


def printable(value: Any) -> str:
    """The text without control characters: what a source states may hold commands for a terminal."""
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)
