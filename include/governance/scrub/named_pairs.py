"""Secrets by a name that stands apart from the value: variables in YAML and XML, elements, lines of Dockerfiles.

Every expression begins with a literal, so that Python's engine looks for that first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .names import kind_by_name
from .spans import MARK, Span

_NAME = r"(?P<name>[A-Za-z_][\w.-]{0,80}+)"
_VALUE = r"""(?P<value>[^\s"'<>\\]{3,400})"""
_BREAK = r"(?:\r?\n|\\{1,4}n)"
_GAP = r"[ ]{1,3}"

# Literals in lower case, expressions
PAIRS: list[tuple[tuple[str, ...], list[re.Pattern[str]]]] = [
    (
        ("value:",),
        [
            re.compile(
                rf"""name:[ ]{{0,3}}["']?{_NAME}["']?[ ]{{0,9}}{_BREAK}[ ]{{0,40}}value:[ ]{{0,3}}["']?{_VALUE}"""
            )
        ],
    ),
    (("value=",), [re.compile(rf"""{word}=["']{_NAME}["']{_GAP}value=["']{_VALUE}""") for word in ("name", "key")]),
    (("</",), [re.compile(rf"<{_NAME}>{_VALUE}</")]),
    (
        ("env ", "set -"),
        [re.compile(rf"""{word} {_NAME}{_GAP}["']?{_VALUE}""") for word in ("ENV", "set -x", "set -gx")],
    ),
]


def named_pairs(regexes: list[re.Pattern[str]], text: str) -> Iterator[Span]:
    """Values that stand beside the name of a secret."""
    for regex in regexes:
        for match in regex.finditer(text):
            kind = kind_by_name(match["name"], match["value"])
            if kind and not match["value"].startswith(MARK[:7]):
                yield Span(*match.span("value"), kind)
