"""Suspected duplicates and contradictions, as the report shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...staging.records import Records
from ...staging.rows import rows as rows_of

Row = dict[str, Any]

_SAID = ("suspected_duplicates", "dismissed_duplicates", "contradictions")


def duplicate_rows(records: Records | None, link: Callable[[str], str | None]) -> list[Row]:
    """Records of which something of the kind is to be said; what a person has dismissed stays visible."""
    if records is None:
        return []
    return [
        {**{name: row[name] for name in ("key", "name", *_SAID)}, "link": link(row["qualified_name"])}
        for row in rows_of(records.records)
        if any(row[name] for name in _SAID)
    ]
