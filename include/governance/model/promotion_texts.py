"""The description of a promotion in the catalog, and what is read back out of it where the state was lost."""

from __future__ import annotations

from .vocabularies import LifecycleState


def promotion_text(label: str, state: str, signal: str) -> str:
    """fraud-scorer v3 in production by alias champion; agent desk is not published, and enabled: ..."""
    return f"{label}{_between(state)}{signal}"


def promoted_label(text: str, state: str) -> str:
    """The label of what was promoted, out of that text."""
    return text.split(_between(state))[0]


def _between(state: str) -> str:
    return " is not published, and " if state == LifecycleState.UNPUBLISHED else f" in {state} by "
