"""Single fields of raw items, whatever platform they come from.

A field without which an item makes no sense raises Malformed, and the item is quarantined; odd values elsewhere become
None, and are noted: the run report names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any, NamedTuple

_YEAR_10000_MS = 253_402_300_800_000
_FLAGS = {"true": True, "false": False}
_DEEPEST, _MOST_LEAVES, _LONGEST_LEAF = 8, 500, 20_000


class Malformed(ValueError):
    """This item cannot be understood; the message names the field."""


class Unparsed(NamedTuple):
    """A value that was not understood and counts as unknown. It may hold secrets."""

    field: str
    value: str


_noted: ContextVar[list[Unparsed] | None] = ContextVar("noted", default=None)


@contextmanager
def noting_unparsed() -> Iterator[list[Unparsed]]:
    """Yields the list that takes the values which are not understood within the block, in this thread."""
    noted: list[Unparsed] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note_unparsed(field: str, value: Any) -> None:
    """Notes a value that was stated and not understood; the row goes on without it."""
    if (noted := _noted.get()) is not None:
        noted.append(Unparsed(field, text(value) or repr(value)))


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


def timestamp(record: Mapping[str, Any], field: str) -> int | None:
    """A field of epoch milliseconds; None where it is missing, 0 or not understood."""
    value = record.get(field)
    if value in (None, "", 0, "0"):
        return None
    millis = None if isinstance(value, bool) else epoch_millis(value)
    if millis is None:
        note_unparsed(field, value)
    return millis


def count(record: Mapping[str, Any], field: str) -> int | None:
    """A field of a whole number; None where it is missing or none."""
    value = record.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if value not in (None, ""):
        note_unparsed(field, value)
    return None


def flag(record: Mapping[str, Any], field: str) -> bool | None:
    """A field of true or false, also as a text; None where it is missing or neither."""
    value = record.get(field)
    if isinstance(value, bool):
        return value
    if value in (None, ""):
        return None
    understood = _FLAGS.get(str(value).lower())
    if understood is None:
        note_unparsed(field, value)
    return understood


def word(record: Mapping[str, Any], field: str) -> str | None:
    """A field that is a text, perhaps an empty one; None where it is missing or anything else."""
    value = record.get(field)
    if value is not None and not isinstance(value, str):
        note_unparsed(field, value)
        return None
    return value


def mapping(record: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """A nested object that the item makes sense without; {} where it is missing or anything else."""
    value = record.get(field)
    if value is not None and not isinstance(value, dict):
        note_unparsed(field, value)
    return value if isinstance(value, dict) else {}


def objects(record: Mapping[str, Any], field: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a list or an object, by index or name, in their order; others are left out."""
    stated = record.get(field)
    if stated is None:
        return
    if not isinstance(stated, dict | list):
        note_unparsed(field, stated)
        return
    for name, value in sorted(stated.items()) if isinstance(stated, dict) else enumerate(stated):
        if isinstance(value, dict):
            yield str(name), value
        elif value is not None:
            note_unparsed(f"{field}.{name}", value)


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
