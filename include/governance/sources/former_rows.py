"""The rows of the last snapshot, as the present settings and the present release have them.

Patterns may have changed since it was read, and a release may have added columns. Neither makes its rows untrue: what
the patterns leave out now is left out of them, and what an older table lacks is null.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ..model.assets import AssetKind
from ..model.tables import ASSETS, RELATIONS
from ..staging.snapshot import Snapshot

# The column of what contains an asset that is listed for it
CONTAINED_BY = {AssetKind.RUN: "experiment", AssetKind.LOGGED_MODEL: "experiment"}

Mask = Callable[[pa.Array], pa.Array]  # a column -> which of its rows are meant


class Selection(NamedTuple):
    """Which assets of one kind the settings select. allows: gets the values of these columns."""

    columns: tuple[str, ...]
    allows: Callable[..., bool]


class LeftOut(NamedTuple):
    """An asset of the last snapshot that the settings do not select any more."""

    kind: AssetKind
    native_id: str


class FormerRows:
    """The rows of one snapshot.

    Args:
        snapshot: the last one.
        selected: by kind of asset, which the settings select; empty where the snapshot was read with the same settings.
        cleared: by kind of asset, columns that the settings no longer ask for.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        selected: Mapping[AssetKind, Selection],
        cleared: Mapping[AssetKind, Collection[str]],
    ) -> None:
        self._snapshot, self._selected, self._cleared = snapshot, selected, cleared

    def assets(self, kind: AssetKind) -> Iterator[pa.RecordBatch]:
        """Those of that kind that the settings select, with the columns of ASSETS."""
        for batch in self._snapshot.asset_batches(kind):
            rows = self._without_left_out(batch, "qualified_name")
            yield _as_of_now(rows, ASSETS[kind], self._cleared.get(kind, ()))

    def relations(self) -> Iterator[pa.RecordBatch]:
        """Those that such assets stated, with the columns of RELATIONS."""
        for batch in self._snapshot.relation_batches():
            yield _as_of_now(self._without_left_out(batch, "stated_by"), RELATIONS)

    @cached_property
    def left_out(self) -> dict[str, LeftOut]:
        """Assets that the settings leave out, by qualified name; those that have such a name in front are not named."""
        found: dict[str, LeftOut] = {}
        for kind, selection in self._selected.items():
            for name, native_id, *values in self._values(kind, selection.columns):
                if None not in values and not selection.allows(*values):
                    found[name] = LeftOut(kind, native_id)
        for kind, column in CONTAINED_BY.items() if found else ():
            contained = self._values(kind, (column,))
            found |= {name: LeftOut(kind, native_id) for name, native_id, holder in contained if holder in found}
        return found

    def is_left_out(self, covers: str) -> bool:
        """Whether all that a collection covers is in something that the settings leave out."""
        return bool(self.left_out) and is_within(covers.rstrip("/"), self.left_out)

    def _values(self, kind: AssetKind, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        for batch in self._snapshot.asset_batches(kind):
            rows = _as_of_now(batch, ASSETS[kind])
            named = (rows.column(name).to_pylist() for name in ("qualified_name", "native_id", *columns))
            yield from zip(*named, strict=True)

    def _without_left_out(self, batch: pa.RecordBatch, column: str) -> pa.RecordBatch:
        if not self.left_out:
            return batch
        return batch.filter(pc.invert(within(self.left_out)(batch.column(column))))


def within(containers: Collection[str]) -> Mask:
    """The rows whose name is one of these, or of an asset in one of these."""
    return lambda column: pa.array([is_within(name, containers) for name in column.to_pylist()], type=pa.bool_())


def is_within(name: str, containers: Collection[str]) -> bool:
    """Whether it, or one of the resources that contain it, is one of these."""
    segments = name.split("/")
    return any("/".join(segments[:count]) in containers for count in range(len(segments), 2, -1))


def _as_of_now(batch: pa.RecordBatch, schema: pa.Schema, cleared: Collection[str] = ()) -> pa.RecordBatch:
    """The rows with the columns of that schema; null where the batch lacks a column or has it in another form."""
    if batch.schema.equals(schema) and not cleared:
        return batch
    columns = [_column(batch, field, cleared) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(batch: pa.RecordBatch, field: pa.Field, cleared: Collection[str]) -> pa.Array:
    if field.name in batch.schema.names and field.name not in cleared:
        try:
            return batch.column(field.name).cast(field.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            pass  # a release gave it another form: what it said is not known any more
    return pa.nulls(batch.num_rows, field.type)
