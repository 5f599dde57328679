"""The last snapshot of a source with a few assets as they were read now, without writing its tables again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ..model.assets import AssetKind
from ..model.read_status import ReadMode, ReadStatus
from ..model.rows import Row
from ..model.tables import ASSETS, RELATIONS
from ..staging.snapshot import CollectionState, Snapshot
from .carry_forward import CarryForward, among


class OverlaidSnapshot(Snapshot):
    """Reads as a snapshot. What is in both counts as it was read now, with the relations that it states.

    A listing of the last snapshot that broke off counts as read where all that was asked for by name was answered: what
    else it lacks is not asked about. One of which something was not answered counts as broken off.

    Args:
        fresh: what was read now, with a state of each collection that was asked.
        last: the last snapshot of the source.
        gone: qualified names of what does not exist any more.
    """

    def __init__(self, fresh: Snapshot, last: CarryForward, gone: Collection[str]) -> None:
        super().__init__(fresh.folder.path)
        self._fresh, self._last = fresh, last
        self._replaced = {*gone, *(name for kind in AssetKind for name in _names(fresh, kind))}
        if last.snapshot is not None:
            self.document = {**last.snapshot.document, "tables": fresh.document["tables"]}

    def asset_batches(self, kind: AssetKind) -> Iterator[pa.RecordBatch]:
        """The assets of one kind, part by part."""
        replaced = among(self._replaced)
        for batch in self._last.assets(kind):
            yield batch.filter(pc.invert(replaced(batch.column("qualified_name"))))
        yield from self._fresh.asset_batches(kind)

    def assets(self, kind: AssetKind, columns: Sequence[str] | None = None) -> pa.Table:
        """The assets of one kind, with the columns of ASSETS or those asked for."""
        return _table(self.asset_batches(kind), ASSETS[kind], columns)

    def relation_batches(self) -> Iterator[pa.RecordBatch]:
        """All relations, part by part."""
        replaced = among(self._replaced)
        for batch in self._last.all_relations():
            yield batch.filter(pc.invert(replaced(batch.column("stated_by"))))
        yield from self._fresh.relation_batches()

    def relations(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All relations, with the columns of RELATIONS or those asked for."""
        return _table(self.relation_batches(), RELATIONS, columns)

    def quarantine(self) -> list[Row]:
        """Items that were listed but not understood, with the columns of QUARANTINE."""
        return self._both(Snapshot.quarantine)

    def filtered(self) -> list[Row]:
        """Items that allow / deny patterns excluded, with the columns of QUARANTINE."""
        return self._both(Snapshot.filtered)

    def withheld(self) -> list[Row]:
        """Items that may not be read, with the columns of QUARANTINE."""
        return self._both(Snapshot.withheld)

    def unlisted(self) -> list[Row]:
        """Items that no listing has and that are there by name, with the columns of QUARANTINE."""
        return self._both(Snapshot.unlisted)

    def unparsed(self) -> list[Row]:
        """Values that were not understood, with the columns of UNPARSED."""
        return self._both(Snapshot.unparsed)

    def collections(self) -> dict[str, CollectionState]:
        """By name of the collection."""
        states = self._last.snapshot.collections() if self._last.snapshot else {}
        asked = self._fresh.collections()
        return states | {name: _as_asked(states.get(name), state) for name, state in asked.items()}

    def _both(self, table: Callable[[Snapshot], list[Row]]) -> list[Row]:
        before = table(self._last.snapshot) if self._last.snapshot else []
        return [row for row in before if row["qualified_name"] not in self._replaced] + table(self._fresh)


def _as_asked(last: CollectionState | None, asked: CollectionState) -> CollectionState:
    """The state of a collection of which some items were asked for by name."""
    if last is None:
        return asked
    if asked.broke_off:
        return replace(last, state=asked.state, reason=asked.reason, remedy=asked.remedy, withheld=0)
    if last.broke_off:
        return replace(last, state=ReadStatus.COMPLETE, mode=ReadMode.FULL, reason="", remedy="", withheld=0)
    return last


def _names(snapshot: Snapshot, kind: AssetKind) -> list[str]:
    names: list[str] = snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist()
    return names


def _table(batches: Iterator[pa.RecordBatch], schema: pa.Schema, columns: Sequence[str] | None) -> pa.Table:
    names = list(columns) if columns else schema.names
    selected = pa.schema([schema.field(name) for name in names])
    return pa.Table.from_batches([batch.select(names).cast(selected) for batch in batches], selected)
