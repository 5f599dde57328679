"""What the last snapshot had and this one could not read stays as last known, collection by collection.

A collection lists the assets of one kind whose qualified names begin with its `covers`. Where it broke off, all of
those that were not read again are carried over; where it was whole, only the records that it listed but that could not
be understood, and what stands in such a record of any listing: nobody asked for that. With an asset go the relations
that it states, and the things known only because it refers to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..model import qualified_names
from ..model.assets import AssetKind
from ..model.read_status import ReadStatus
from ..model.relations import Relation
from ..model.tables import ASSETS, RELATIONS
from ..staging.snapshot import CollectionState, Snapshot
from .writer import SnapshotWriter

_REFERRED = (AssetKind.EXPERIMENT, AssetKind.DATASET, AssetKind.ENVIRONMENT, AssetKind.COMPONENT, AssetKind.BASE_MODEL)
_WHOLE = (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED)


def table_layout() -> str:
    """Changes when rows of an older release can no longer be carried over."""
    return qualified_names.short_hash(*(str(schema) for schema in (*ASSETS.values(), RELATIONS)))


class CarryForward:
    """The last snapshot, where it was read with the same scope and filters; else as good as none."""

    def __init__(self, since: Snapshot | None, fingerprint: str) -> None:
        same = since is not None and since.document.get("fingerprint") == fingerprint
        self.snapshot = since if same else None

    def has(self, kind: AssetKind, beginning: str) -> set[str]:
        """Qualified names of that kind that the last snapshot had there."""
        found: set[str] = set()
        for batch in self._batches(kind):
            column = batch.column("qualified_name")
            found.update(column.filter(pc.starts_with(column, beginning)).to_pylist())
        return found

    def rows(self, kind: AssetKind, wanted: set[str], columns: list[str]) -> Iterator[dict[str, Any]]:
        """Those columns of the assets with these qualified names."""
        listed = pa.array(sorted(wanted), type=pa.string())
        for batch in self._batches(kind) if wanted else ():
            yield from batch.filter(pc.is_in(batch.column("qualified_name"), listed)).select(columns).to_pylist()

    def relations(self, relation: Relation, stated_by: set[str]) -> Iterator[tuple[str, str]]:
        """(from, to) of the relations of that kind which these assets stated."""
        for batch in self._relations_of(stated_by) if self.snapshot and stated_by else ():
            found = batch.filter(pc.equal(batch.column("kind"), relation.value))
            yield from zip(found.column("from_name").to_pylist(), found.column("to_name").to_pylist(), strict=True)

    def former_collections(self) -> list[CollectionState]:
        return list(self.snapshot.collections().values()) if self.snapshot else []

    def offered(self, collection: str) -> bool:
        """Whether a listing that is said to be absent was there at the last read: believed at the second time."""
        before = next((state for state in self.former_collections() if state.collection == collection), None)
        return before is not None and before.state in (ReadStatus.COMPLETE, ReadStatus.PARTIAL)

    def take_over(self, writer: SnapshotWriter, states: Iterable[CollectionState]) -> set[str]:
        """Carries over what those collections did not give, and counts it on them; qualified names of it."""
        if self.snapshot is None:
            return set()
        carried: set[str] = set()
        for state in states:
            if state.kind and (wanted := _wanted(writer, state)) is not None:
                carried |= self._carry(writer, AssetKind(state.kind), state, wanted)
        if not carried:
            return carried
        carried |= self._carry_referred(writer, carried)
        for batch in self._relations_of(carried):
            writer.carry_relations(batch)
        return carried

    def _carry(
        self, writer: SnapshotWriter, kind: AssetKind, state: CollectionState, wanted: Callable[[pa.Array], pa.Array]
    ) -> set[str]:
        fresh, carried = pa.array(sorted(writer.names(kind)), type=pa.string()), set()
        for batch in self._batches(kind):
            column = batch.column("qualified_name")
            kept = batch.filter(pc.and_(wanted(column), pc.invert(pc.is_in(column, fresh))))
            if kept.num_rows:
                writer.carry(kind, kept)
                state.carried += kept.num_rows
                carried.update(kept.column("qualified_name").to_pylist())
        return carried

    def _carry_referred(self, writer: SnapshotWriter, carried: set[str]) -> set[str]:
        referred: set[str] = set()
        for batch in self._relations_of(carried):
            for column in ("from_name", "to_name"):
                referred.update(batch.column(column).unique().to_pylist())
        more: set[str] = set()
        for kind in _REFERRED:
            missing = pa.array(sorted(referred - writer.names(kind) - carried), type=pa.string())
            for batch in self._batches(kind) if len(missing) else ():
                kept = batch.filter(pc.is_in(batch.column("qualified_name"), missing))
                if kept.num_rows:
                    writer.carry(kind, kept)
                    more.update(kept.column("qualified_name").to_pylist())
        return more

    def _relations_of(self, stated_by: set[str]) -> Iterator[pa.RecordBatch]:
        assert self.snapshot is not None
        wanted = pa.array(sorted(stated_by), type=pa.string())
        for batch in self.snapshot.folder.batches("relations.parquet"):
            kept = batch.filter(pc.is_in(batch.column("stated_by"), wanted))
            if kept.num_rows:
                yield kept

    def _batches(self, kind: AssetKind) -> Iterator[pa.RecordBatch]:
        return self.snapshot.folder.batches(f"assets/{kind}.parquet") if self.snapshot else iter(())


def _wanted(writer: SnapshotWriter, state: CollectionState) -> Callable[[pa.Array], pa.Array] | None:
    """Which names of the last snapshot this collection still answers for without having given them."""
    if state.state not in _WHOLE:
        return lambda column: pc.starts_with(column, state.covers)
    aside = {qualified_names.azure(native_id) for native_id in writer.all_quarantined()}
    if not any(name.startswith(state.covers) for name in aside):
        return None
    return lambda column: pa.array(
        [name.startswith(state.covers) and _stands_in(name, aside) for name in column.to_pylist()], type=pa.bool_()
    )


def _stands_in(name: str, aside: set[str]) -> bool:
    """Whether it, or what it stands in, is one of these."""
    segments = name.split("/")
    return any("/".join(segments[:count]) in aside for count in range(len(segments), 2, -1))
