"""JSON texts in table columns: sorted keys, so that equal content is equal text."""

from __future__ import annotations

import math
from typing import Any

import orjson

LONGEST_DISPLAY = 300
_DUMP = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def dump(value: Any) -> str:
    """JSON with sorted keys. Non-finite numbers become the strings NaN, Infinity, -Infinity; bad surrogates `?`."""
    try:
        return orjson.dumps(value, option=_DUMP).decode()
    except TypeError:
        return orjson.dumps(_clean(value), option=_DUMP).decode()


def display(value: Any, most: int = LONGEST_DISPLAY) -> str:
    """A value for people: a text as it is, JSON of anything else, nothing for None; cut after so many characters."""
    text = "" if value is None else value if isinstance(value, str) else dump(value)
    return text if len(text) <= most else f"{text[:most]} ..."


def load(text: str | None) -> Any:
    """The value of a JSON column; an empty dict for a gap, which pandas may represent as NaN."""
    return orjson.loads(text) if isinstance(text, str) and text else {}


def number(value: Any) -> float | str | None:
    """A metric's value: a float, or a string where JSON has no such number: NaN, Infinity, -Infinity."""
    if value is None:
        return None
    if isinstance(value, str):
        value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return number(value)
    return value
