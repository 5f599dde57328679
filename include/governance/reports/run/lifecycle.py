"""What this run saw change in the lifecycle of versions, agents and records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...staging.folder import Folder
from ...staging.lifecycle import LifecycleChanges
from ...staging.rows import rows as rows_of

Row = dict[str, Any]

_SHOWN = ("subject", "label", "record_key", "from_state", "to_state", "signal")


def lifecycle_rows(folder: Folder, link: Callable[[str], str | None]) -> list[Row]:
    """Changes JSON-ready, what left or entered production first. What was seen for the first time is no change."""
    if not folder.exists("transitions.parquet"):
        return []
    changes = rows_of(LifecycleChanges.load(folder).transitions)
    found = [
        {
            **{name: row[name] for name in _SHOWN},
            **{name: row[name].isoformat() if row[name] else None for name in ("after", "seen_at", "stated_at")},
            "link": link(row["subject"]),
        }
        for row in changes
        if row["from_state"] and row["subject_kind"] != "record"
    ]
    return sorted(found, key=lambda row: ("production" not in (row["from_state"], row["to_state"]), row["label"]))
