"""The tables of all snapshots as one: the same asset read through two sources stands once, edges run across sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...model.relations import Relation
from ...model.tables import ASSETS, RELATIONS
from ...staging.snapshot import Snapshot

_NAME = "qualified_name"


class Tables:
    """Reads by column and by kind, in batches: a large table is never held whole.

    Where two sources have read the same asset, the one counts whose listing was read whole, then the first by name: the
    order of the snapshots does not matter.
    """

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self.snapshots = sorted(snapshots, key=lambda snapshot: snapshot.source)
        self._states = {snapshot.source: list(snapshot.collections().values()) for snapshot in self.snapshots}

    def assets(self, kind: AssetKind, columns: Sequence[str], wanted: pd.Series | None = None) -> pd.DataFrame:
        """Rows of that kind with those columns, `qualified_name` first. wanted: only those names."""
        names = None if wanted is None else pa.array(wanted.dropna().unique().tolist(), type=pa.string())
        asked = list(dict.fromkeys([_NAME, *columns]))
        schema = pa.schema([ASSETS[kind].field(name) for name in asked])
        parts = [
            batch
            for snapshot in self._in_order(kind)
            for batch in _selected(snapshot.folder.batches(f"assets/{kind}.parquet"), schema, _NAME, names)
        ]
        frame = pa.Table.from_batches(parts, schema).to_pandas()
        return frame.drop_duplicates(_NAME, ignore_index=True) if len(self.snapshots) > 1 else frame

    def edges(self, kind: Relation, *more: str) -> pd.DataFrame:
        """from_name, to_name, rule and further columns of every relation of that kind, in a lasting order."""
        asked = ["from_name", "to_name", "rule", *more]
        schema, wanted = pa.schema([RELATIONS.field(name) for name in asked]), pa.array([str(kind)])
        parts = [
            batch
            for snapshot in self.snapshots
            for batch in _selected(snapshot.folder.batches("relations.parquet"), schema, "kind", wanted)
        ]
        frame = pa.Table.from_batches(parts, schema).to_pandas().drop_duplicates(ignore_index=True)
        return frame.sort_values(["from_name", "to_name", "rule"], kind="stable", ignore_index=True)

    def _in_order(self, kind: AssetKind) -> list[Snapshot]:
        return sorted(self.snapshots, key=lambda snapshot: self._is_partly_read(snapshot, kind))

    def _is_partly_read(self, snapshot: Snapshot, kind: AssetKind) -> bool:
        states = (state.state for state in self._states[snapshot.source] if state.kind == kind)
        return any(state in (ReadStatus.PARTIAL, ReadStatus.FAILED) for state in states)


def _selected(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, column: str, wanted: pa.Array | None
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        kept = batch if wanted is None else batch.filter(pc.is_in(batch.column(column), wanted))
        if kept.num_rows:
            yield kept.select(schema.names).cast(schema)
