"""Health of the sources: how many rows each listing gave, against the last time that it was read completely."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..model.read_status import ReadStatus
from ..model.tables import HEALTH
from ..staging.rows import rows as rows_of
from ..staging.snapshot import Snapshot

_FEW = 10  # a share of fewer rows is not meaningful


def health_of(snapshots: Sequence[Snapshot], before: pd.DataFrame | None) -> pd.DataFrame:
    """One row per collection with the columns of HEALTH. before: the same table of the last sync."""
    known = {row["qualified_name"]: row for row in rows_of(before)} if before is not None else {}
    found = []
    for snapshot in sorted(snapshots, key=lambda snapshot: snapshot.source):
        for state in snapshot.collections().values():
            name = f"{snapshot.source}/{state.collection}"
            last = known.get(name, {})
            then = last.get("rows") if last.get("state") == ReadStatus.COMPLETE else last.get("rows_before")
            rows = state.seen + state.carried
            is_whole = state.state == ReadStatus.COMPLETE and not state.filtered
            tells = then if is_whole and then is not None and then >= _FEW else None
            found.append(
                {
                    "qualified_name": name,
                    "source": snapshot.source,
                    "label": f"{state.collection.replace('_', ' ')} of {snapshot.source}",
                    "collection": state.collection,
                    "state": str(state.state),
                    "rows": rows,
                    "rows_before": then,
                    "lost": max(0, tells - rows) if tells else None,
                    "share": round(100 * rows / tells) if tells else None,
                }
            )
    return pd.DataFrame(found, columns=HEALTH.names)
