"""Where secrets stood, in words: a place and a kind, never a value."""

from __future__ import annotations

from .rules import find_secrets
from .spans import MARK

METADATA = "metadata"
_OF = "\x1f"
_LONGEST = 80
_MOST = 10


class Places:
    """Places with the kinds of secrets found there, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, place: str, kind: str) -> None:
        """Notes a secret. place: of `named`, or words."""
        self._found.setdefault(f"{place}: {kind}")

    def clear(self) -> None:
        """Forgets all."""
        self._found.clear()

    def in_words(self) -> str | None:
        """`environment variable AZURE_KEY: Azure Service Key; tag note: GitHub Token`; None where nothing was found."""
        if not self._found:
            return None
        shown = [_shown(found) for found in list(self._found)[:_MOST]]
        more = len(self._found) - len(shown)
        return "; ".join([*shown, f"and {more} more places"] if more > 0 else shown)


def named(place: str, key: str) -> str:
    """`environment variable AZURE_KEY`."""
    return f"{place}{_OF}{key}"


def _shown(found: str) -> str:
    """In one line. A name may hold a secret too, and then it is not shown."""
    place, _, kind = found.rpartition(": ")
    place, _, key = place.partition(_OF)
    if find_secrets(f"{place} {key}"):
        place = f"{place.split(' ', 1)[0] if find_secrets(place) else place} with a secret in its name"
    elif key:
        place += f" {key}"
    line = " ".join(place.replace(MARK, "").replace(";", ",").split())
    return f"{line[:_LONGEST]}: {kind}"
