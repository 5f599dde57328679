"""What syncs save for later ones: the last snapshots, all promotions, and the list of runs."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Engine, delete, desc, insert, select, update

from ..model.rows import Row
from ..model.tables import PROMOTIONS
from ..model.timestamps import to_millis
from ..staging.rows import rows as rows_of
from ..staging.rows import timestamps_of_millis
from ..staging.snapshot import Snapshot
from .keys import name_hash
from .tables import promotions, snapshots, sync_runs

_PROMOTION = ("qualified_name", "record_key", "version", "version_label", "state", "signal", "signal_from")


class History:
    """The snapshots, promotions and runs in one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_snapshot(self, source: str) -> Snapshot | None:
        """The last snapshot of that source, when its staged files are still there."""
        with self._engine.connect() as connection:
            path = connection.scalar(select(snapshots.c.path).where(snapshots.c.source == source))
        if path is None:
            return None
        try:
            return Snapshot(path)
        except (OSError, ValueError):
            return None

    def save_snapshot(self, source: str, path: str, run_id: str) -> None:
        """Makes that the last snapshot of the source; `path` is the folder of its staged files."""
        with self._engine.begin() as connection:
            connection.execute(delete(snapshots).where(snapshots.c.source == source))
            connection.execute(insert(snapshots).values(source=source, path=path, run_id=run_id))

    def runs_in_use(self) -> set[str]:
        """Ids of the runs whose staged files the next read starts from."""
        with self._engine.connect() as connection:
            return set(connection.scalars(select(snapshots.c.run_id)))

    def promotions(self) -> pd.DataFrame:
        """All promotions known so far, with the columns of PROMOTIONS."""
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(select(promotions)).mappings()]
        frame = pd.DataFrame(rows, columns=[column.name for column in promotions.columns])
        for column in ("since", "until"):
            frame[column] = timestamps_of_millis(frame[f"{column}_ms"])
        return frame[list(PROMOTIONS.names)]

    def save_promotions(self, frame: pd.DataFrame) -> None:
        """Replaces all promotions, in one transaction."""
        rows = [_promotion(row) for row in rows_of(frame)]
        with self._engine.begin() as connection:
            connection.execute(delete(promotions))
            if rows:
                connection.execute(insert(promotions), rows)

    def start(self, run_id: str, started_ms: int) -> None:
        """Adds a run to the list, or starts it again."""
        with self._engine.begin() as connection:
            connection.execute(delete(sync_runs).where(sync_runs.c.run_id == run_id))
            connection.execute(insert(sync_runs).values(run_id=run_id, started_ms=started_ms))

    def finish(self, run_id: str, finished_ms: int, exit_code: int, headline: str, report: str) -> None:
        """Records the result of a run: `report` is the path of its report."""
        values = {"finished_ms": finished_ms, "exit_code": exit_code, "headline": headline, "report": report}
        with self._engine.begin() as connection:
            connection.execute(update(sync_runs).where(sync_runs.c.run_id == run_id).values(values))

    def runs(self, limit: int = 20) -> list[Row]:
        """The last runs, newest first."""
        query = select(sync_runs).order_by(desc(sync_runs.c.started_ms)).limit(limit)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _promotion(row: Row) -> Row:
    return {
        "qualified_name_hash": name_hash(row["qualified_name"]),
        **{name: row.get(name) for name in _PROMOTION},
        "since_ms": to_millis(row["since"]),
        "until_ms": to_millis(row["until"]),
    }
