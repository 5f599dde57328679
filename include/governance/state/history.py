"""What syncs save for later ones: the last snapshots, all promotions, and the list of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from sqlalchemy import Connection, Engine, delete, desc, insert, select, update

from ..errors import StagingError
from ..model import qualified_names
from ..model.rows import Row
from ..model.tables import PROMOTIONS
from ..model.timestamps import to_millis
from ..staging.rows import rows as rows_of
from ..staging.rows import timestamps_of_millis
from ..staging.snapshot import Snapshot
from .accepted import AcceptedListings
from .keys import name_hash
from .merge import merge, stored
from .tables import promotions, snapshots, sync_runs

_KEY = "qualified_name_hash"
_PROMOTION = ("qualified_name", "record_key", "version", "version_label", "state", "signal", "signal_from", "ended_by")
_TIMES = ("since", "until", "version_created_at")


class History:
    """The snapshots, promotions and runs in one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def last_snapshot(self, source: str) -> Snapshot | None:
        """The last snapshot of that source, when all its staged files are still there."""
        with self._engine.connect() as connection:
            path = connection.scalar(select(snapshots.c.path).where(snapshots.c.source == source))
        return self.opened(source, path) if path else None

    def opened(self, source: str, path: str) -> Snapshot | None:
        """The snapshot of that source in that folder, with what was accepted of its listings, where it is whole."""
        try:
            snapshot = Snapshot(path, AcceptedListings(self._engine).waiting(source))
        except (OSError, ValueError, StagingError):
            return None
        return snapshot if snapshot.is_intact else None

    def save_snapshot(self, source: str, path: str, run_id: str) -> None:
        """Makes that the last snapshot of the source; `path` is the folder of its staged files."""
        with self._engine.begin() as connection:
            connection.execute(delete(snapshots).where(snapshots.c.source == source))
            connection.execute(insert(snapshots).values(source=source, path=path, run_id=run_id))

    def snapshot_paths(self) -> dict[str, str]:
        """By source, the folder of its last snapshot."""
        with self._engine.connect() as connection:
            return {row.source: row.path for row in connection.execute(select(snapshots.c.source, snapshots.c.path))}

    def runs_in_use(self) -> set[str]:
        """Ids of the runs whose staged files the next read starts from."""
        with self._engine.connect() as connection:
            return set(connection.scalars(select(snapshots.c.run_id)))

    def promotions(self) -> pd.DataFrame:
        """All promotions known so far, with the columns of PROMOTIONS."""
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(select(promotions)).mappings()]
        frame = pd.DataFrame(rows, columns=[column.name for column in promotions.columns])
        for column in _TIMES:
            frame[column] = timestamps_of_millis(frame[f"{column}_ms"])
        return frame[list(PROMOTIONS.names)]

    def save_promotions(self, frame: pd.DataFrame, renamed: Mapping[str, str] | None = None) -> None:
        """Adds new promotions and closes those that ended, in one transaction. None is ever deleted.

        A promotion that another sync has saved in the meantime stays, and is not begun a second time.

        Args:
            frame: the columns of PROMOTIONS.
            renamed: former key -> present key of records whose promotions go on under the new key.
        """
        rows = {row[_KEY]: row for row in map(_promotion, rows_of(frame))}
        with self._engine.begin() as connection:
            _rename(connection, rows, renamed or {})
            known = stored(connection, promotions, _KEY)
            elsewhere = {_subject(row) for name, row in known.items() if name not in rows and row["until_ms"] is None}
            merge(
                connection,
                promotions,
                _KEY,
                [row for name, row in rows.items() if name in known or _subject(row) not in elsewhere],
            )

    def take_over(self, rows: Iterable[Row]) -> None:
        """Adds promotions that a catalog knows; one that stands here since another time is the same, since then.

        Args:
            rows: with the columns of PROMOTIONS.
        """
        found = [_promotion(row) for row in rows]
        standing = {_subject(row): row for row in found if row["until_ms"] is None}
        with self._engine.begin() as connection:
            for name, row in stored(connection, promotions, _KEY).items():
                elder = standing.get(_subject(row)) if row["until_ms"] is None else None
                if elder is not None and elder[_KEY] != name:
                    connection.execute(delete(promotions).where(promotions.c.qualified_name_hash == name))
            merge(connection, promotions, _KEY, found)

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


def _rename(connection: Connection, rows: Mapping[str, Row], renamed: Mapping[str, str]) -> None:
    """Gives stored promotions of renamed records the names that they have now."""
    known = stored(connection, promotions, _KEY) if renamed else {}
    for former, row in known.items():
        if row["record_key"] not in renamed:
            continue
        name = qualified_names.promotion(renamed[row["record_key"]], row["version"], row["state"], row["since_ms"])
        present, of_former = name_hash(name), promotions.c.qualified_name_hash == former
        if present in known:  # the same promotion came back from the former record
            connection.execute(delete(promotions).where(of_former))
        elif present in rows:
            connection.execute(update(promotions).where(of_former).values(rows[present]))


def _subject(row: Row) -> tuple[str, str, str]:
    return row["record_key"], row["version"], row["state"]


def _promotion(row: Row) -> Row:
    return {
        _KEY: name_hash(row["qualified_name"]),
        **{name: row.get(name) for name in _PROMOTION},
        **{f"{name}_ms": to_millis(row[name]) for name in _TIMES},
    }
