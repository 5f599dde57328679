"""The name and the description of a promotion in the catalog, and what is read out of it where the state was lost."""

from __future__ import annotations

from datetime import datetime

from .vocabularies import LifecycleState


def promotion_name(label: str, state: str, is_open: bool) -> str:
    """fraud-scorer v3 in production, fraud-scorer v3 was in production, agent desk unpublished."""
    where = state if state == LifecycleState.UNPUBLISHED else f"in {state}"
    return f"{label} {where}" if is_open else f"{label} was {where}"


def promotion_text(label: str, state: str, signal: str, since: datetime) -> str:
    """fraud-scorer v3 in production by alias champion; first seen 2026-02-11, or: agent desk is not published, and ...

    Args:
        since: when a sync first saw it, UTC: a source may have changed it earlier, and few say when.
    """
    return f"{label}{_between(state)}{signal}; first seen {since:%Y-%m-%d}"


def promoted_label(text: str, state: str) -> str:
    """The label of what was promoted, out of that text."""
    return text.split(_between(state))[0]


def _between(state: str) -> str:
    return " is not published, and " if state == LifecycleState.UNPUBLISHED else f" in {state} by "
