"""Watermarks: which runs and logged models are read again between two full reads."""

from __future__ import annotations

import time

import pyarrow as pa
import pyarrow.compute as pc

from ...config.models import MlflowSource
from ...model.assets import AssetKind
from ...staging.snapshot import Snapshot
from .lineage import VersionOrigins, VersionSource, is_in_use

_UNFINISHED = ("RUNNING", "SCHEDULED")
_HOUR_MS = 3_600_000
# Clocks of clients differ, and what starts while a listing is read may not be on it
_OVERLAP_MS = 15 * 60_000


class Watermarks:
    """From where on runs and logged models are read again, by the last snapshot.

    Args:
        last: the last snapshot, if it may be built on.
        settings: of the source.
    """

    def __init__(self, last: Snapshot | None, settings: MlflowSource) -> None:
        self.snapshot = last
        self.is_usable = last is not None and _is_fresh(last, settings)

    @property
    def full_read_at_ms(self) -> int:
        """Epoch milliseconds of the last full read."""
        return self._recorded("full_read_at_ms")

    def watermark(self, name: str) -> int:
        """Epoch milliseconds from which on a collection is read again. name: of the stamp in the last snapshot."""
        return max(0, self._recorded(name) - _OVERLAP_MS)

    def unfinished_runs(self) -> tuple[set[str], set[str]]:
        """Ids of the runs that were not finished, and of all runs."""
        assert self.snapshot is not None
        runs = self.snapshot.assets(AssetKind.RUN, ["native_id", "status"])
        unfinished = runs.filter(pc.is_in(runs["status"], pa.array(_UNFINISHED)))["native_id"].to_pylist()
        return set(unfinished), set(runs["native_id"].to_pylist())

    def runs_to_expect(self) -> set[str]:
        """Ids of the runs that will be read by id: not finished or in use last time, and older than the watermark."""
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
        columns = [*VersionSource._fields[1:], "qualified_name", "stage", "aliases_json", "tags_json"]
        for batch in self.snapshot.assets(AssetKind.MODEL_VERSION, columns).to_batches():
            for row in filter(is_in_use, batch.to_pylist()):
                origins.add(VersionSource(row["qualified_name"], *(row[name] for name in columns[:3])), in_use=True)
        return origins.run_ids_in_use()

    def _recorded(self, name: str) -> int:
        return int(self.snapshot.document.get(name) or 0) if self.snapshot else 0


def _is_fresh(snapshot: Snapshot, settings: MlflowSource) -> bool:
    """Whether runs may be read by watermark: after a complete snapshot whose last full read is recent."""
    age_ms = time.time() * 1000 - int(snapshot.document.get("full_read_at_ms") or 0)
    return snapshot.complete and 0 <= age_ms < settings.full_read_hours * _HOUR_MS
