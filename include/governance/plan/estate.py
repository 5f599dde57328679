"""All snapshots of a run as one estate: an asset that two of them hold stands in it once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..model import json_text
from ..model.assets import AssetKind
from ..model.relations import Relation
from ..model.tables import RELATIONS
from ..staging.snapshot import Snapshot

Row = dict[str, Any]
_EDGE_COLUMNS = ["kind", "from_name", "to_name", "rule", "heuristic", "attributes_json"]


class Estate:
    """Rows by kind and edges by relation. Where two snapshots hold an asset, the first configured source's counts.

    found: what resolving found besides, as rows with the edge's columns: runs behind versions that name none.
    """

    def __init__(self, snapshots: Sequence[Snapshot], found: Sequence[Row] = ()) -> None:
        self.snapshots = snapshots
        self._edges: dict[Relation, pa.Table] = {}
        tables = [snapshot.relations(_EDGE_COLUMNS) for snapshot in snapshots]
        schema = RELATIONS.empty_table().select(_EDGE_COLUMNS).schema
        edges = pa.concat_tables([pa.Table.from_pylist(list(found), schema=schema), *tables])
        for kind in Relation:
            self._edges[kind] = edges.filter(pc.equal(edges["kind"], str(kind)))
        self.ends = cache(self._ends)
        self.names = cache(self._names)

    def rows(self, kind: AssetKind, only: Collection[str] | None = None) -> Iterator[tuple[Snapshot, Row]]:
        """Each asset of the kind once, with the snapshot that it is taken from. only: qualified names."""
        wanted = None if only is None else pa.array(sorted(only), type=pa.string())
        seen: set[str] = set()
        for snapshot in self.snapshots:
            own: set[str] = set()
            for batch in snapshot.folder.batches(f"assets/{kind}.parquet"):
                if wanted is not None:
                    batch = batch.filter(pc.is_in(batch.column("qualified_name"), wanted))
                for row in batch.to_pylist():
                    if row["qualified_name"] not in seen:
                        own.add(row["qualified_name"])
                        yield snapshot, row
            seen |= own

    def column(self, kind: AssetKind, column: str, only: Collection[str] | None = None) -> dict[str, Any]:
        """qualified name -> value of one column."""
        found: dict[str, Any] = {}
        for snapshot in self.snapshots:
            table = snapshot.assets(kind, ["qualified_name", column])
            if only is not None:
                table = table.filter(pc.is_in(table["qualified_name"], pa.array(sorted(only), type=pa.string())))
            for name, value in zip(table["qualified_name"].to_pylist(), table[column].to_pylist(), strict=True):
                found.setdefault(name, value)
        return found

    def _names(self, kind: AssetKind) -> frozenset[str]:
        """Qualified names of all assets of the kind."""
        return frozenset(
            name
            for snapshot in self.snapshots
            for name in snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist()
        )

    def _ends(self, relation: Relation, incoming: bool) -> Mapping[str, frozenset[str]]:
        """Other ends by asset. incoming: what stands left of it (`from_name`), else what stands right of it."""
        edges = self._edges[relation]
        groups: dict[str, set[str]] = {}
        by, of = ("to_name", "from_name") if incoming else ("from_name", "to_name")
        for key, value in zip(edges[by].to_pylist(), edges[of].to_pylist(), strict=True):
            groups.setdefault(key, set()).add(value)
        return {key: frozenset(values) for key, values in groups.items()}

    def edges(self, relation: Relation) -> list[Row]:
        """from_name, to_name, rule, heuristic, attributes; sorted, the surest rule first."""
        found: list[Row] = self._edges[relation].to_pylist()
        for edge in found:
            edge["attributes"] = json_text.load(edge.pop("attributes_json"))
        return sorted(found, key=lambda edge: (edge["to_name"], bool(edge["heuristic"]), edge["rule"] or ""))
