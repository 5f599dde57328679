"""Single fields of raw items, whatever platform they come from.

A field without which an item makes no sense raises Malformed, and the item is quarantined; odd values elsewhere become
None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_YEAR_10000_MS = 253_402_300_800_000
_DEEPEST, _MOST_LEAVES, _LONGEST_LEAF = 8, 500, 20_000


class Malformed(ValueError):
    """This item cannot be understood; the message names the field."""


def text(value: Any) -> str | None:
    """A text without NUL and lone surrogates; None for missing and empty."""
    if value is None or value == "":
        return None
    string = value if isinstance(value, str) else str(value)
    if string.isascii() and "\0" not in string:
        return string
    return string.replace("\0", "").encode("utf-8", "replace").decode() or None


def identity(record: Mapping[str, Any], field: str) -> str:
    """A field without which the item makes no sense, as a text. Raises Malformed."""
    value = record.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise Malformed(f"`{field}` is missing or not a text")
    return value.encode("utf-8", "backslashreplace").decode()


def leaves(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(path, text) of every text below, as far as an item of sensible size has any: `headers.Authorization`."""
    if isinstance(value, str):
        if cleaned := text(value[:_LONGEST_LEAF]):
            yield name, cleaned
    elif depth < _DEEPEST and isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, below in islice(inner, _MOST_LEAVES):
            yield from leaves(below, f"{name}.{key}" if name else str(key), depth + 1)


def epoch_millis(value: Any) -> int | None:
    """Epoch milliseconds within the calendar, else None."""
    try:
        stamp = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return stamp if 0 < stamp < _YEAR_10000_MS else None


def items(record: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """A list of objects, [] when absent. Raises Malformed for any other shape."""
    value = record.get(field) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(f"`{field}` is not a list of objects")
    return value


def part(record: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """A nested object, {} when absent. Raises Malformed for any other shape."""
    value = record.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"`{field}` is not an object")
    return value
