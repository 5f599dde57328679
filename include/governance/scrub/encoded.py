"""Secrets in addresses that are themselves a value in an address: `sig%3D...`, encoded once or more often."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .names import QUERY_WORDS, last_word, secret_word
from .spans import Span

ENCODED_LITERALS = ("%3d", "253d")
_SHORTEST = 8
_parameter = re.compile(
    r"(?:%(?:25){0,3}(?:26|3F|23|3B|2C)|(?<![\w%]))(?P<name>[A-Za-z][\w.-]{0,60}+)%(?:25){0,3}3D"
    r"(?P<value>(?:[\w.~+=*!-]|%(?:25){0,3}(?:2B|2F|3D))++)",
    re.IGNORECASE | re.ASCII,
)


def encoded_parameters(text: str) -> Iterator[Span]:
    """Values of encoded query parameters that are named like a secret."""
    for match in _parameter.finditer(text):
        name, value = match["name"], match["value"]
        if len(value) < _SHORTEST or not any(map(str.isdigit, value)):
            continue
        if secret_word(name) or last_word(name) in QUERY_WORDS - {"key", "code"}:
            yield Span(*match.span("value"), "Encoded Query Parameter")
