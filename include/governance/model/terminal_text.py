"""Text of a source on a terminal."""

from __future__ import annotations

from typing import Any


def printable(value: Any) -> str:
    """The text, with blanks for the control and direction characters that a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)
