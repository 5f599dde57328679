"""Changes of lifecycle state that this sync saw, of versions and agents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...model.vocabularies import LifecycleState, SubjectKind
from ...staging.lifecycle import LifecycleChanges
from ...staging.rows import rows
from .links import CatalogLinks

_COLUMNS = ("subject", "label", "record_key", "from_state", "to_state", "signal")
_TIMES = ("after", "seen_at", "stated_at")


@dataclass(frozen=True)
class TransitionRow:
    """One change of state. Times are ISO 8601, UTC.

    Attributes:
        after: When a sync last saw the former state: it changed between then and `seen_at`.
        stated_at: The source's own date of the change, where it has one.
    """

    subject: str
    label: str
    record_key: str | None
    from_state: str
    to_state: str
    signal: str | None
    after: str | None
    seen_at: str | None
    stated_at: str | None
    link: str | None


def transition_rows(changes: LifecycleChanges | None, links: CatalogLinks) -> list[TransitionRow]:
    """What left or entered production comes first. What was seen for the first time is not a change."""
    if changes is None:
        return []
    transitions = [
        _transition_row(row, links)
        for row in rows(changes.transitions)
        if row["from_state"] and row["subject_kind"] != SubjectKind.RECORD
    ]
    return sorted(
        transitions, key=lambda row: (LifecycleState.PRODUCTION not in (row.from_state, row.to_state), row.label)
    )


def _transition_row(row: dict[str, Any], links: CatalogLinks) -> TransitionRow:
    columns: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    columns |= {name: row[name].isoformat() if row[name] else None for name in _TIMES}
    return TransitionRow(**columns, link=links.named(row["subject"]))
