"""Tokens of vendors by the maintained rules of Kingfisher, which hold those of Betterleaks, the successor of Gitleaks.

Only rules of high confidence: those of medium confidence take the ids of tenants and clients for secrets. The engine
needs linear time and is twenty times as fast as Python's expressions; it compiles its rules once for each machine, into
the user's cache (4 s), and loads them from there (0.4 s). Measured with kingfisher-secret-scanner 1.5.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from .spans import Span
from .values import begins_within_word

# A rule of Kingfisher wants a blank, a quote or the end after a token; a path, a query or a sentence goes on otherwise
_ENDS = str.maketrans({"/": " ", "&": " ", "?": " "})
_LONG = 400  # characters; a call costs 10 microseconds, which a shorter text is worth only if a token can stand in it
_long_word = re.compile(r"[A-Za-z0-9_+=~-]{16}").search

Scan = Callable[[bytes], list[Any]]


@lru_cache(maxsize=1)
def _scan() -> Scan:
    """Made at first use, as it loads slowly. Without its search in base64, which finds words in the noise of it."""
    from kingfisher_sdk import Rules, Scanner

    scan: Scan = Scanner(Rules(confidence="high"), base64=False).scan
    return scan


def vendor_tokens(text: str) -> Iterator[Span]:
    """Tokens by the formats of some 250 vendors."""
    if len(text) < _LONG and _long_word(text) is None:
        return
    spread = text.translate(_ENDS).replace(". ", "  ").replace(".\n", " \n")
    data = (spread[:-1] if spread.endswith(".") else spread).encode("utf-8", "replace")
    for found in _scan()(data):
        if found.visible:
            location = found.location
            start, end = _characters(text, data, location["start_offset"], location["end_offset"])
            if not begins_within_word(text, start):
                yield Span(start, end, _kind(found.rule_id))


def _characters(text: str, data: bytes, start: int, end: int) -> tuple[int, int]:
    """The range of characters that is a range of bytes. A lone surrogate is one byte, as it is replaced by `?`."""
    if text.isascii():
        return start, end
    first = len(data[:start].decode("utf-8", "ignore"))
    return first, first + len(data[start:end].decode("utf-8", "ignore"))


@lru_cache(maxsize=1024)
def _kind(rule: str) -> str:
    """`GitHub pat` of the rule `betterleaks.github-pat`."""
    return rule.rpartition(".")[2].replace("-", " ") if "." in rule else rule
