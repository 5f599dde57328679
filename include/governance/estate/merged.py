"""All snapshots as one: an asset that two sources hold is in it once, relations run across sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..model import json_text
from ..model.assets import AssetKind
from ..model.relations import Relation
from ..model.rows import Row
from ..model.tables import ASSETS, RELATIONS
from ..staging.snapshot import Snapshot

_NAME = "qualified_name"
_EDGE_COLUMNS = ["kind", "from_name", "to_name", "rule", "heuristic", "attributes_json"]


class MergedSnapshots:
    """Assets by kind and edges by relation, read by column and in batches: a large table is never held whole.

    Where several sources hold an asset, one row counts: that of the first source by name of whose listings of that kind
    none broke off, else that of the first by name. The order of the snapshots does not matter.
    """

    def __init__(self, snapshots: Iterable[Snapshot], resolved: pa.Table | None = None) -> None:
        """Opens the snapshots; tables are read when they are asked for.

        Args:
            snapshots: of one sync, in any order.
            resolved: relations that no source states but resolving found (columns of RELATIONS).
        """
        self.snapshots = tuple(sorted(snapshots, key=lambda snapshot: snapshot.source))
        self._resolved = RELATIONS.empty_table() if resolved is None else resolved
        self._broke_off = {
            (snapshot.source, state.kind)
            for snapshot in self.snapshots
            for state in snapshot.collections().values()
            if state.broke_off
        }
        self.ends: Callable[[Relation, bool], Mapping[str, frozenset[str]]] = cache(self._ends)
        self.names: Callable[[AssetKind], frozenset[str]] = cache(self._names)

    def with_relations(self, resolved: pa.Table) -> MergedSnapshots:
        """The same with what resolving found: runs of versions that name none."""
        return MergedSnapshots(self.snapshots, resolved)

    def by_source(self, kind: AssetKind) -> list[Snapshot]:
        """The snapshots in the order in which their rows of that kind count."""
        return sorted(self.snapshots, key=lambda snapshot: (snapshot.source, kind) in self._broke_off)

    def frame(
        self, kind: AssetKind, columns: Sequence[str], only: pd.Series | Collection[str] | None = None
    ) -> pd.DataFrame:
        """Each asset of the kind once, with those columns, `qualified_name` first. only: qualified names."""
        selected = list(dict.fromkeys([_NAME, *columns]))
        schema = pa.schema([ASSETS[kind].field(name) for name in selected])
        batches = [batch for _, batch in self._batches(kind, schema, only)]
        frame: pd.DataFrame = pa.Table.from_batches(batches, schema).to_pandas()
        return frame.drop_duplicates(_NAME, ignore_index=True) if len(self.snapshots) > 1 else frame

    def rows(
        self, kind: AssetKind, columns: Sequence[str] | None = None, only: Collection[str] | None = None
    ) -> Iterator[tuple[Snapshot, Row]]:
        """Each asset of the kind once, with the snapshot that it is taken from. only: qualified names."""
        selected = ASSETS[kind].names if columns is None else list(dict.fromkeys([_NAME, *columns]))
        schema = pa.schema([ASSETS[kind].field(name) for name in selected])
        seen: set[str] = set()
        for snapshot, batch in self._batches(kind, schema, only):
            for row in batch.to_pylist():
                if row[_NAME] not in seen:
                    seen.add(row[_NAME])
                    yield snapshot, row

    def column(self, kind: AssetKind, column: str, only: Collection[str] | None = None) -> dict[str, Any]:
        """qualified name -> value of one column."""
        schema = pa.schema([ASSETS[kind].field(name) for name in dict.fromkeys([_NAME, column])])
        values: dict[str, Any] = {}
        for _, batch in self._batches(kind, schema, only):
            for name, value in zip(batch.column(_NAME).to_pylist(), batch.column(column).to_pylist(), strict=True):
                values.setdefault(name, value)
        return values

    def edge_frame(self, relation: Relation, *more: str) -> pd.DataFrame:
        """from_name, to_name, rule and further columns of every edge that a source states, ordered by those three."""
        selected = ["from_name", "to_name", "rule", *more]
        schema, kinds = pa.schema([RELATIONS.field(name) for name in selected]), pa.array([str(relation)])
        batches = [
            batch
            for snapshot in self.snapshots
            for batch in _selected(snapshot.relation_batches(), schema, "kind", kinds)
        ]
        frame: pd.DataFrame = pa.Table.from_batches(batches, schema).to_pandas().drop_duplicates(ignore_index=True)
        return frame.sort_values(["from_name", "to_name", "rule"], kind="stable", ignore_index=True)

    def edges(self, relation: Relation) -> list[Row]:
        """from_name, to_name, rule, heuristic, attributes of every edge, resolved ones too; the surest rule first."""
        edges: list[Row] = self._edges[relation].to_pylist()
        for edge in edges:
            edge["attributes"] = json_text.load(edge.pop("attributes_json"))
        return sorted(edges, key=lambda edge: (edge["to_name"], bool(edge["heuristic"]), edge["rule"] or ""))

    def _ends(self, relation: Relation, incoming: bool) -> Mapping[str, frozenset[str]]:
        """The other ends by asset, resolved edges too. incoming: by `to_name`, else by `from_name`."""
        edges = self._edges[relation]
        groups: dict[str, set[str]] = {}
        by, of = ("to_name", "from_name") if incoming else ("from_name", "to_name")
        for key, value in zip(edges[by].to_pylist(), edges[of].to_pylist(), strict=True):
            groups.setdefault(key, set()).add(value)
        return {key: frozenset(values) for key, values in groups.items()}

    def _names(self, kind: AssetKind) -> frozenset[str]:
        """Qualified names of all assets of the kind."""
        return frozenset(
            name for snapshot in self.snapshots for name in snapshot.assets(kind, [_NAME])[_NAME].to_pylist()
        )

    @cached_property
    def _edges(self) -> dict[Relation, pa.Table]:
        tables = [snapshot.relations(_EDGE_COLUMNS) for snapshot in self.snapshots]
        edges = pa.concat_tables([self._resolved.select(_EDGE_COLUMNS), *tables])
        return {relation: edges.filter(pc.equal(edges["kind"], str(relation))) for relation in Relation}

    def _batches(
        self, kind: AssetKind, schema: pa.Schema, only: pd.Series | Collection[str] | None
    ) -> Iterator[tuple[Snapshot, pa.RecordBatch]]:
        names = None if only is None else _distinct(only)
        for snapshot in self.by_source(kind):
            for batch in _selected(snapshot.asset_batches(kind), schema, _NAME, names):
                yield snapshot, batch


def _distinct(names: pd.Series | Collection[str]) -> pa.Array:
    distinct = names.dropna().unique().tolist() if isinstance(names, pd.Series) else sorted(names)
    return pa.array(distinct, type=pa.string())


def _selected(
    batches: Iterator[pa.RecordBatch], schema: pa.Schema, column: str, values: pa.Array | None
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        matching = batch if values is None else batch.filter(pc.is_in(batch.column(column), values))
        if matching.num_rows:
            yield matching.select(schema.names).cast(schema)
