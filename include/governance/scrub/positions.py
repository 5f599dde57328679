"""Where words stand in a text: far faster than an expression that is tried at every character."""

from __future__ import annotations

from collections.abc import Sequence


def lowered(text: str) -> str:
    """The text in lower case, of the same length: one letter, a dotted I, becomes two otherwise."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if c.isascii() else c for c in text)


def positions(text: str, words: Sequence[str]) -> list[int]:
    """The positions of these words, which are in lower case, in ascending order."""
    lower = lowered(text)
    found = []
    for word in words:
        at = lower.find(word)
        while at >= 0:
            found.append(at)
            at = lower.find(word, at + 1)
    return sorted(found)
