"""Sentences put together from texts of others."""

from __future__ import annotations


def as_sentence(text: str) -> str:
    """The text with a full stop at its end, once."""
    stripped = str(text).strip()
    return stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."
