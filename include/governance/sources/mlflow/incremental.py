"""What the last snapshot of a source is good for: a watermark to read from, and what stays as last known."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...config.models import MlflowSource
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...model.relations import Relation
from ...model.tables import ASSETS, RELATIONS
from ...staging.snapshot import CollectionState, Snapshot
from ..writer import SnapshotWriter
from .lineage import VersionOrigins, VersionSource, is_in_use

_UNFINISHED = ("RUNNING", "SCHEDULED")
_HOUR_MS = 3_600_000
# Clocks of clients differ, and what starts while a listing is walked may not be on it
_OVERLAP_MS = 15 * 60_000

_STATED_BY = {
    AssetKind.RUN: lambda source: qualified_names.run(source, ""),
    AssetKind.LOGGED_MODEL: lambda source: qualified_names.logged_model(source, ""),
    AssetKind.MODEL_VERSION: lambda source: qualified_names.model(source, ""),
}


class PreviousSnapshot:
    """The last snapshot, where it was read from the same address with the same filters; else as good as none."""

    def __init__(self, since: Snapshot | None, settings: MlflowSource, address: str) -> None:
        self.fingerprint = _fingerprint(settings, address)
        same = since is not None and since.document.get("fingerprint") == self.fingerprint
        self.snapshot = since if same else None
        self.has_watermark = self.snapshot is not None and _is_fresh(self.snapshot, settings)

    @property
    def full_read_at_ms(self) -> int:
        return self._stamp("full_read_at_ms")

    def watermark(self, name: str) -> int:
        """Epoch milliseconds from which on that collection is asked for again."""
        return max(0, self._stamp(name) - _OVERLAP_MS)

    def unfinished_runs(self) -> tuple[set[str], set[str]]:
        """Ids of the runs that were not finished, and of all runs."""
        assert self.snapshot is not None
        runs = self.snapshot.assets(AssetKind.RUN, ["native_id", "status"])
        unfinished = runs.filter(pc.is_in(runs["status"], pa.array(_UNFINISHED)))["native_id"].to_pylist()
        return set(unfinished), set(runs["native_id"].to_pylist())

    def runs_to_expect(self) -> set[str]:
        """Ids of the runs that will be asked for by id: not finished or in use last time, and below the watermark."""
        assert self.snapshot is not None
        runs = self.snapshot.assets(AssetKind.RUN, ["native_id", "status", "started_at"])
        old = pc.fill_null(pc.less_equal(runs["started_at"].cast(pa.int64()), self.watermark("latest_start_ms")), True)
        unfinished = pc.is_in(runs["status"], pa.array(_UNFINISHED))
        in_use = pc.is_in(runs["native_id"], pa.array(sorted(self._runs_in_use()), type=pa.string()))
        return set(runs.filter(pc.and_(old, pc.or_(unfinished, in_use)))["native_id"].to_pylist())

    def _runs_in_use(self) -> set[str]:
        """Without those that only a logged model leads to."""
        assert self.snapshot is not None
        origins = VersionOrigins(self.snapshot.source)
        said = [*VersionSource._fields[1:], "qualified_name", "stage", "aliases_json", "tags_json"]
        for batch in self.snapshot.assets(AssetKind.MODEL_VERSION, said).to_batches():
            for row in filter(is_in_use, batch.to_pylist()):
                origins.add(VersionSource(row["qualified_name"], *(row[name] for name in said[:3])), in_use=True)
        return origins.run_ids_in_use()

    def offered(self, collection: str, absent: bool) -> bool:
        """Whether a collection that is refused now was there before, so that its absence may be a passing fault.

        absent: the server says that there is no such call. Believed at the second time.
        """
        before = self.snapshot.collections().get(collection) if self.snapshot else None
        if before is None:
            return False
        return before.state in (ReadStatus.COMPLETE, ReadStatus.PARTIAL) or (not absent and before.carried > 0)

    def take_over(
        self,
        writer: SnapshotWriter,
        kind: AssetKind,
        state: CollectionState,
        columns: tuple[str, ...],
        only: Collection[str] | None = None,
        but: Collection[str] = (),
    ) -> Iterator[tuple[Any, ...]]:
        """Carries over the rows of `kind` that were not read again, with what they state; yields those columns of them.

        only: native ids, to carry no others. but: qualified names that are not carried now.
        """
        if self.snapshot is None:
            return
        fresh = pa.array([*writer.names(kind), *but], type=pa.string())
        carried: set[str] = set()
        for batch in self.snapshot.folder.batches(f"assets/{kind}.parquet"):
            kept = batch.filter(pc.invert(pc.is_in(batch.column("qualified_name"), fresh)))
            if only is not None:
                kept = kept.filter(pc.is_in(kept.column("native_id"), pa.array(sorted(only), type=pa.string())))
            if not kept.num_rows:
                continue
            writer.carry(kind, kept)
            state.carried += kept.num_rows
            if only is not None:
                carried.update(kept.column("qualified_name").to_pylist())
            yield from zip(*(kept.column(column).to_pylist() for column in columns), strict=True)
        if kind in _STATED_BY:
            self._take_over_relations(writer, kind, fresh, None if only is None else carried)

    def _take_over_relations(
        self, writer: SnapshotWriter, kind: AssetKind, fresh: pa.Array, only: Collection[str] | None
    ) -> None:
        assert self.snapshot is not None
        prefix, datasets = _STATED_BY[kind](self.snapshot.source), set()
        for batch in self.snapshot.folder.batches("relations.parquet"):
            stated_by = batch.column("stated_by")
            wanted = pc.and_(pc.starts_with(stated_by, prefix), pc.invert(pc.is_in(stated_by, fresh)))
            if only is not None:
                wanted = pc.and_(wanted, pc.is_in(stated_by, pa.array(sorted(only), type=pa.string())))
            kept = batch.filter(wanted)
            if not kept.num_rows:
                continue
            writer.carry_relations(kept)
            used = kept.filter(pc.equal(kept.column("kind"), str(Relation.DATASET_USED_BY_RUN)))
            datasets.update(used.column("from_name").unique().to_pylist())
        missing = pa.array(sorted(datasets - writer.names(AssetKind.DATASET)), type=pa.string())
        for batch in self.snapshot.folder.batches(f"assets/{AssetKind.DATASET}.parquet") if len(missing) else ():
            kept = batch.filter(pc.is_in(batch.column("qualified_name"), missing))
            if kept.num_rows:
                writer.carry(AssetKind.DATASET, kept)

    def _stamp(self, name: str) -> int:
        return int(self.snapshot.document.get(name) or 0) if self.snapshot else 0


def _is_fresh(snapshot: Snapshot, settings: MlflowSource) -> bool:
    """Runs are read by watermark only after a whole snapshot whose full read is recent."""
    age_ms = time.time() * 1000 - int(snapshot.document.get("full_read_at_ms") or 0)
    return snapshot.complete and 0 <= age_ms < settings.full_read_hours * _HOUR_MS


def _fingerprint(settings: MlflowSource, address: str) -> str:
    """Equal for two reads of which one may build on the other: same place, same filters, same table layout."""
    layout = [str(schema) for schema in (*ASSETS.values(), RELATIONS)]
    return qualified_names.short_hash(
        address,
        settings.experiments.model_dump_json(),
        settings.models.model_dump_json(),
        settings.workspace or "",
        *layout,
    )
