"""The secrets of several rows as those of one: a run's with those of the data it used, a job's with its run's."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.rows import Row


def secrets_of(rows: Sequence[Row]) -> Row:
    """The columns secrets_removed and secrets_where of all rows together."""
    where = dict.fromkeys(row["secrets_where"] for row in rows if row["secrets_where"])
    return {
        "secrets_removed": sum(row["secrets_removed"] or 0 for row in rows),
        "secrets_where": "; ".join(where) or None,
    }
