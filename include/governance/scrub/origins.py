"""Where secrets stood, in words: an origin and a kind, never a value."""

from __future__ import annotations

from .rules import find_secrets
from .spans import MARK

METADATA = "metadata"
_OF = "\x1f"
_LONGEST = 80
_MOST = 10


class Origins:
    """Origins with the kinds of secrets found there, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, origin: str, kind: str) -> None:
        """Notes a secret. origin: of `named`, or words."""
        self._found.setdefault(f"{origin}: {kind}")

    def clear(self) -> None:
        """Forgets all."""
        self._found.clear()

    def in_words(self) -> str | None:
        """`environment variable AZURE_KEY: Azure Service Key; tag note: GitHub Token`; None where nothing was found."""
        if not self._found:
            return None
        shown = [_shown(found) for found in list(self._found)[:_MOST]]
        more = len(self._found) - len(shown)
        return "; ".join([*shown, f"and {more} more"] if more > 0 else shown)


def named(origin: str, key: str) -> str:
    """`environment variable AZURE_KEY`."""
    return f"{origin}{_OF}{key}"


def _shown(found: str) -> str:
    """In one line. A name may hold a secret too, and then it is not shown."""
    origin, _, kind = found.rpartition(": ")
    origin, _, key = origin.partition(_OF)
    if find_secrets(f"{origin} {key}"):
        origin = f"{origin.split(' ', 1)[0] if find_secrets(origin) else origin} with a secret in its name"
    elif key:
        origin += f" {key}"
    line = " ".join(origin.replace(MARK, "").replace(";", ",").split())
    return f"{line[:_LONGEST]}: {kind}"
