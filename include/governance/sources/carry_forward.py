"""What the last snapshot had and this read could not get is carried forward, collection by collection.

A collection lists the assets of one kind whose qualified names begin with its `covers`. If it could not be read
completely, all of those that were not read again are carried forward; if it could, only those whose items it listed but
could not understand, may not read, or never lists though they are there, and what is contained in such an item of any
listing: nobody could ask for that.
With an asset go the relations that it states, and the assets that are known only because it refers to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..model.assets import AssetKind
from ..model.read_status import ReadStatus
from ..model.relations import Relation
from ..model.rows import Row
from ..model.tables import ASSETS, RELATIONS
from ..staging.snapshot import CollectionState, Snapshot
from .former_rows import CONTAINED_BY, FormerRows, LeftOut, Mask, Selection, is_within
from .writer import SnapshotWriter

_NOT_LISTED = "filtered, and not listed"
_REFERRED = (AssetKind.EXPERIMENT, AssetKind.DATASET, AssetKind.ENVIRONMENT, AssetKind.COMPONENT, AssetKind.BASE_MODEL)


def table_layout() -> tuple[str, ...]:
    """The schemas of the tables, as part of a fingerprint: an older release may not have read all that they hold."""
    return tuple(str(schema) for schema in (*ASSETS.values(), RELATIONS))


def among(values: Iterable[str]) -> Mask:
    """The rows whose value is one of these."""
    wanted = pa.array(list(values), type=pa.string())
    return lambda column: pc.is_in(column, wanted)


class CarryForward:
    """The last snapshot of the same place. One of another address is ignored.

    Where patterns or tables have changed since, its rows count as far as the settings still select them.

    Attributes:
        snapshot: the last one, whatever it was read with.
        unchanged: the last one if it was read with the same filters and table layout, so that a read may be content
            with what is new since.

    Args:
        since: the last snapshot of this source, or None.
        fingerprint: of all that decides what this read gives.
        address: of this read, as its snapshot states it.
        selected: by kind of asset, which the settings select.
        cleared: by kind of asset, columns that the settings do not ask for.
    """

    def __init__(
        self,
        since: Snapshot | None,
        fingerprint: str,
        address: str,
        *,
        selected: Mapping[AssetKind, Selection] | None = None,
        cleared: Mapping[AssetKind, Collection[str]] | None = None,
    ) -> None:
        self.fingerprint = fingerprint
        same = since is not None and since.document.get("fingerprint") == fingerprint
        self.unchanged = since if same else None
        self.snapshot = since if same or (since is not None and since.address == address) else None
        self._selected = selected or {}
        self._rows = FormerRows(self.snapshot, {} if same else self._selected, cleared or {}) if self.snapshot else None
        self._gone: set[str] = set()

    def assets(self, kind: AssetKind) -> Iterator[pa.RecordBatch]:
        """The assets of that kind in the last snapshot that the settings select, with the columns of ASSETS."""
        return self._rows.assets(kind) if self._rows else iter(())

    def all_relations(self) -> Iterator[pa.RecordBatch]:
        """The relations that such assets stated, with the columns of RELATIONS."""
        return self._rows.relations() if self._rows else iter(())

    def names(self, kind: AssetKind, prefix: str = "") -> set[str]:
        """Qualified names of the assets of that kind in the last snapshot that begin with `prefix`."""
        names: set[str] = set()
        for batch in self.assets(kind):
            column = batch.column("qualified_name")
            names.update(column.filter(pc.starts_with(column, prefix)).to_pylist())
        return names

    def rows(self, kind: AssetKind, names: set[str], columns: list[str]) -> Iterator[dict[str, Any]]:
        """Those columns of the assets with these qualified names."""
        mask = among(names)
        for batch in self.assets(kind) if names else ():
            yield from batch.filter(mask(batch.column("qualified_name"))).select(columns).to_pylist()

    def relations(self, relation: Relation, stated_by: set[str]) -> Iterator[tuple[str, str]]:
        """(from, to) of the relations of that kind which these assets stated."""
        for batch in self._relations(among(stated_by)) if stated_by else ():
            rows = batch.filter(pc.equal(batch.column("kind"), relation.value))
            yield from zip(rows.column("from_name").to_pylist(), rows.column("to_name").to_pylist(), strict=True)

    def former_collections(self) -> list[CollectionState]:
        """The collections of the last snapshot, but for those of what the settings leave out now."""
        if self.snapshot is None or self._rows is None:
            return []
        return [state for state in self.snapshot.collections().values() if not self._rows.is_left_out(state.covers)]

    def offered(self, collection: str, *, absent: bool = True) -> bool:
        """Whether a collection that is refused now was listed before, so that its absence may be a passing fault.

        absent: the source says that it has no such listing; that is accepted only on the second occurrence.
        """
        before = next((state for state in self.former_collections() if state.collection == collection), None)
        if before is None:
            return False
        return before.state in (ReadStatus.COMPLETE, ReadStatus.PARTIAL, ReadStatus.DOUBTED) or (
            not absent and before.carried > 0
        )

    def carry_collections(self, writer: SnapshotWriter, states: Iterable[CollectionState]) -> set[str]:
        """Carries forward what those collections did not give, and counts it on them. Returns the qualified names."""
        carried: set[str] = set()
        for state in states if self.snapshot else ():
            for row in self.unlisted(state.collection) if state.broke_off else ():
                writer.note_unlisted(state.collection, row["native_id"], row["qualified_name"])
            mask = _not_given(writer, state)
            for kind in writer.kinds_of(state) if mask else ():
                for batch in self.carry_assets(writer, state, kind, mask):
                    carried.update(batch.column("qualified_name").to_pylist())
        return carried | self.carry_relations(writer, among(carried), _REFERRED) if carried else carried

    def carry_assets(
        self,
        writer: SnapshotWriter,
        state: CollectionState,
        kind: AssetKind,
        mask: Mask | None = None,
        *,
        column: str = "qualified_name",
        but: Collection[str] = (),
    ) -> Iterator[pa.RecordBatch]:
        """Carries forward the assets of that kind which were not read again; yields them batch by batch.

        Args:
            writer: the writer of the new snapshot.
            state: of the collection that counts them.
            kind: of the assets.
            mask: which of them, judged by `column`; None for all.
            column: what `mask` gets.
            but: qualified names that are not carried forward.
        """
        fresh = among([*writer.names(kind), *but])
        for batch in self.assets(kind):
            rows = batch.filter(pc.invert(fresh(batch.column("qualified_name"))))
            if mask is not None:
                rows = rows.filter(mask(rows.column(column)))
            if rows.num_rows:
                self._carry_rows(writer, kind, rows)
                state.carried += rows.num_rows
                yield rows

    def carry_relations(self, writer: SnapshotWriter, stated_by: Mask, referred: Sequence[AssetKind] = ()) -> set[str]:
        """Carries forward the relations which those assets stated.

        Args:
            writer: the writer of the new snapshot.
            stated_by: the assets.
            referred: kinds of assets that exist only where another refers to them: those that the relations refer to
                are carried forward, with what they state.

        Returns:
            Their qualified names.
        """
        referred_names = self._carry_referred(writer, stated_by, referred) if referred else set()
        of_referred = among(referred_names)
        for batch in self._relations(lambda column: pc.or_(stated_by(column), of_referred(column))):
            writer.carry_relations(batch)
        return referred_names

    def exclude_unlisted(self, writer: SnapshotWriter) -> None:
        """Notes what the settings leave out and no listing shows: it may be there, so it must never count as absent.

        It is noted again with every read, until a listing shows it or it is known to be gone.
        """
        known = writer.not_taken_names()
        for name, (collection, native_id) in sorted(self._unlisted(writer).items()):
            kinds = writer.kinds_of(writer.states[collection])
            if not is_within(name, known) and not any(writer.has(kind, name) for kind in kinds):
                writer.exclude(collection, native_id, name, _NOT_LISTED)
                known.add(name)

    def unlisted(self, collection: str) -> list[Row]:
        """The items of that collection which the last read found by name only, with the columns of QUARANTINE."""
        return [row for row in self._unlisted_rows if row["collection"] == collection and row["qualified_name"]]

    @cached_property
    def _unlisted_rows(self) -> list[Row]:
        return self.snapshot.unlisted() if self.snapshot else []

    def selected_again(self, collection: str, kinds: Sequence[AssetKind]) -> Iterator[tuple[str, str]]:
        """(qualified name, native id) of what was noted as left out and unlisted, and the settings do not leave out.

        Also where an id does not say whether they do.
        """
        for name, (noted_in, native_id) in self._noted.items():
            if noted_in == collection and not self._leave_out(native_id, kinds):
                yield name, native_id

    def know_gone(self, name: str) -> None:
        """That asset does not exist any more: it is not noted again as left out and unlisted."""
        self._gone.add(name)

    def _leave_out(self, native_id: str, kinds: Sequence[AssetKind]) -> bool:
        by_id = (one for kind in kinds if (one := self._selected.get(kind)) and one.columns == ("native_id",))
        return any(not selection.allows(native_id) for selection in by_id)

    @cached_property
    def _noted(self) -> dict[str, tuple[str, str]]:
        """(collection, native id) by qualified name of what the last read noted as left out and unlisted."""
        return {
            str(row["qualified_name"]): (str(row["collection"]), str(row["native_id"]))
            for row in (self.snapshot.filtered() if self.snapshot else ())
            if row["reason"] == _NOT_LISTED and row["qualified_name"]
        }

    def _unlisted(self, writer: SnapshotWriter) -> dict[str, tuple[str, str]]:
        """(collection, native id) by qualified name: what may have to be noted."""
        found = {name: noted for name, noted in self._noted.items() if noted[0] in writer.states}
        for name, asset in self._rows.left_out.items() if self._rows else ():
            state = _lists(writer, name, asset)
            if state is not None:
                found[name] = state.collection, asset.native_id
        return {name: noted for name, noted in found.items() if name not in self._gone}

    def _carry_referred(self, writer: SnapshotWriter, stated_by: Mask, kinds: Sequence[AssetKind]) -> set[str]:
        candidates = {name for kind in kinds for name in self.names(kind) if not writer.has(kind, name)}
        if not candidates:
            return candidates
        mask, names = among(candidates), set[str]()
        for batch in self._relations(stated_by):
            for column in (batch.column("from_name"), batch.column("to_name")):
                names.update(column.filter(mask(column)).unique().to_pylist())
        for kind in kinds:
            missing = among(names - writer.names(kind))
            for batch in self.assets(kind):
                rows = batch.filter(missing(batch.column("qualified_name")))
                if rows.num_rows:
                    self._carry_rows(writer, kind, rows)
        return names

    def _carry_rows(self, writer: SnapshotWriter, kind: AssetKind, rows: pa.RecordBatch) -> None:
        """With a row goes what is known of values that it lacks."""
        writer.carry(kind, rows)
        for name in rows.column("qualified_name").to_pylist() if self._unparsed else ():
            for row in self._unparsed.get(name, ()):
                writer.add_unparsed(row)

    @cached_property
    def _unparsed(self) -> dict[str, list[Row]]:
        """Values that were not understood, by the qualified name of their item."""
        found: dict[str, list[Row]] = {}
        for row in self.snapshot.unparsed() if self.snapshot else ():
            found.setdefault(str(row["qualified_name"]), []).append(row)
        return found

    def _relations(self, stated_by: Mask) -> Iterator[pa.RecordBatch]:
        for batch in self.all_relations():
            rows = batch.filter(stated_by(batch.column("stated_by")))
            if rows.num_rows:
                yield rows


def _not_given(writer: SnapshotWriter, state: CollectionState) -> Mask | None:
    """The assets of the last snapshot that this collection covers but did not give, or None if it gave all."""
    if state.broke_off:
        return lambda column: pc.starts_with(column, state.covers)
    unread = writer.kept_names()
    if not any(name.startswith(state.covers) for name in unread):
        return None
    return lambda column: pa.array(
        [name.startswith(state.covers) and is_within(name, unread) for name in column.to_pylist()],
        type=pa.bool_(),
    )


def _lists(writer: SnapshotWriter, name: str, asset: LeftOut) -> CollectionState | None:
    """The collection that would list an asset that is left out. None for one that is listed for what contains it."""
    if asset.kind in CONTAINED_BY:
        return None
    states = [
        state
        for state in writer.states.values()
        if asset.kind in writer.kinds_of(state) and name.startswith(state.covers)
    ]
    return max(states, key=lambda state: len(state.covers), default=None)
