"""How the page and the text form say things: counts, lengths of time, and text that comes from a source.

Text from a source is untrusted. It may hold control characters, or marks that turn the direction of writing and so make
one name look like another; neither form of the report shows those as they are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from .. import jsontext

LONGEST_TEXT = 600

# joiners belong into many scripts and into emoji
_HARMLESS = "\u200c\u200d"


def count(number: int, one: str, many: str = "") -> str:
    """count(1, "entity", "entities") is "1 entity"; numbers from 10,000 on carry commas."""
    return f"{number if number < 10_000 else format(number, ',')} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """0.31 s, 4.5 s, 75 s as 1 min 15 s, and so on."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(stamp: str) -> str:
    """An ISO time as `2026-11-24 00:48:21 UTC`; what is none stays as it is."""
    try:
        when = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{(when if when.tzinfo is None else when.astimezone(UTC)):%Y-%m-%d %H:%M:%S} UTC"


def text_of(value: Any) -> str:
    """A JSON value as a reader wants it: no quotes around a text, words for nothing and for true and false."""
    if value is None or value == "":
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    return value if isinstance(value, str) else jsontext.dump(value)


def plain(text: str, instead: Callable[[str], str] = lambda char: " ") -> str:
    """The text with `instead(char)` for every character that is not to be seen as itself."""
    return text if text.isascii() and text.isprintable() else "".join(_plain(char, instead) for char in text)


def code_point(char: str) -> str:
    return f"U+{ord(char):04X}"


def web_address(url: Any) -> str | None:
    """The url when it is one of http or https, without credentials; else None."""
    if not isinstance(url, str) or not url.isprintable():
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def columns_of(text: str) -> int:
    """How many columns a terminal needs for it."""
    return sum(_columns(char) for char in text)


def fitted(text: str, columns: int) -> str:
    """The text padded or cut to exactly that many columns."""
    if columns_of(text) <= columns:
        return text + " " * (columns - columns_of(text))
    kept, used = "", 0
    for char in text:
        if used + _columns(char) > columns - 3:
            break
        kept, used = kept + char, used + _columns(char)
    return kept + "..." + " " * (columns - 3 - used)


def _plain(char: str, instead: Callable[[str], str]) -> str:
    if char.isprintable() or char in _HARMLESS:
        return char
    return " " if char in "\t\r\n" or unicodedata.category(char) in ("Zs", "Zl", "Zp") else instead(char)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or char in _HARMLESS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
