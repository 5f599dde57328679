"""A snapshot: all that one run read from one source, as tables in a folder. Read by column, never whole.

Snapshots of the previous release are read too: what their tables lack is derived here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..model import qualified_names
from ..model.assets import AssetKind
from ..model.read_status import BROKEN_OFF, ReadMode, ReadStatus
from ..model.rows import Row
from ..model.tables import ASSETS, QUARANTINE, RELATIONS, UNPARSED
from .folder import Folder

DOCUMENT = "snapshot.json"
LONGEST_ID = 500  # longer ids of quarantined and filtered items are cut


@dataclass
class CollectionState:
    """How far one listing of a source was read.

    Attributes:
        kind, covers: it lists the assets of that kind whose qualified names begin with `covers`.
        seen: items listed in this run. carried: items taken over unread from the last snapshot.
        filtered: excluded by allow / deny patterns. quarantined: listed but not understood.
        withheld: items of the last snapshot that the listing lacks and that may not be read by name.
        container: qualified name of the workspace, account, project or registry that was listed, or what the names of
            an MLflow source begin with; "" where the source itself was listed.
    """

    source: str
    collection: str
    kind: str = ""
    covers: str = ""
    state: ReadStatus = ReadStatus.COMPLETE
    mode: ReadMode = ReadMode.FULL
    seen: int = 0
    carried: int = 0
    filtered: int = 0
    quarantined: int = 0
    withheld: int = 0
    pages: int = 0
    reason: str = ""
    remedy: str = ""
    container: str = ""
    listing: str = ""

    def __post_init__(self) -> None:
        self.listing = self.listing or self.collection.rpartition("/")[2]

    @property
    def is_whole(self) -> bool:
        """Whether the listing was read to its end: what it lacks, but for withheld items, is not there."""
        return self.state == ReadStatus.COMPLETE or (self.state == ReadStatus.PARTIAL and self.withheld > 0)

    @property
    def broke_off(self) -> bool:
        """Whether there may be more than was read. A listing that the source does not offer did not break off."""
        return self.state in BROKEN_OFF and not self.is_whole

    @property
    def is_doubted(self) -> bool:
        """Whether the listing ended without an error and is not believed."""
        return self.state == ReadStatus.DOUBTED

    def fail(self, reason: str, remedy: str = "") -> None:
        """Partial when some pages were read before, else failed."""
        self.state = ReadStatus.PARTIAL if self.pages else ReadStatus.FAILED
        self.reason, self.remedy, self.withheld = reason, remedy, 0

    def doubt(self, reason: str, remedy: str) -> None:
        """The listing ended without an error and is not believed."""
        self.state, self.reason, self.remedy = ReadStatus.DOUBTED, reason, remedy

    def withhold(self, count: int, reason: str, remedy: str) -> None:
        """The listing was read to its end; of so many items that it lacks nobody can say whether they exist."""
        self.state, self.withheld, self.reason, self.remedy = ReadStatus.PARTIAL, count, reason, remedy


class Snapshot:
    """Reads a staged snapshot. Tables come back as pyarrow, only the columns asked for.

    Args:
        accepted: by collection, how few items of it the next read may list without being doubted: a person said so.
        kept: an earlier sync read it, and the present one was told not to read that source.
    """

    def __init__(self, path: str, accepted: Mapping[str, int] | None = None, *, kept: bool = False) -> None:
        self.folder, self.kept = Folder(path), kept
        self.accepted = dict(accepted or {})
        self.document: dict[str, Any] = self.folder.read_json(DOCUMENT)

    @property
    def source(self) -> str:
        """The name of the source."""
        return str(self.document["source"])

    @property
    def platform(self) -> str:
        """The platform of the source; empty in snapshots that do not say."""
        return str(self.document.get("platform") or "")

    @property
    def address(self) -> str:
        """The address of the source, without credentials."""
        return str(self.document.get("address") or "")

    def assets(self, kind: AssetKind, columns: Sequence[str] | None = None) -> pa.Table:
        """The assets of one kind, with the columns of ASSETS or those asked for."""
        return self._table(f"assets/{kind}.parquet", ASSETS[kind], columns)

    def asset_batches(self, kind: AssetKind) -> Iterator[pa.RecordBatch]:
        """The assets of one kind, part by part."""
        return self._batches(f"assets/{kind}.parquet")

    def relations(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All relations, with the columns of RELATIONS or those asked for."""
        return self._table("relations.parquet", RELATIONS, columns)

    def relation_batches(self) -> Iterator[pa.RecordBatch]:
        """All relations, part by part."""
        return self._batches("relations.parquet")

    def quarantine(self) -> list[Row]:
        """Items that were listed but not understood, with the columns of QUARANTINE."""
        return self._not_taken("quarantine.parquet")

    def filtered(self) -> list[Row]:
        """Items that allow / deny patterns excluded, with the columns of QUARANTINE."""
        return self._not_taken("filtered.parquet")

    def withheld(self) -> list[Row]:
        """Items of the last snapshot that may not be read, with the columns of QUARANTINE: they stay as last known."""
        rows: list[Row] = self._table("withheld.parquet", QUARANTINE).to_pylist()
        return rows

    def unlisted(self) -> list[Row]:
        """Items that no listing has and that are there by name, with the columns of QUARANTINE."""
        rows: list[Row] = self._table("unlisted.parquet", QUARANTINE).to_pylist()
        return rows

    def unparsed(self) -> list[Row]:
        """Values that were not understood, with the columns of UNPARSED: they are null in the rows of their items."""
        rows: list[Row] = self._table("unparsed.parquet", UNPARSED).to_pylist()
        return rows

    def collections(self) -> dict[str, CollectionState]:
        """By name of the collection."""
        states: dict[str, CollectionState] = {}
        for row in self.folder.read_table("collections.parquet").to_pylist():
            known = {"container": container_of(self.source, row["covers"]), **row}
            mode = ReadMode.KEPT if self.kept else ReadMode(row["mode"])
            known |= {"state": ReadStatus(row["state"]), "mode": mode}
            states[row["collection"]] = CollectionState(**known)
        return states

    @property
    def complete(self) -> bool:
        """Whether no listing broke off, and no item was withheld."""
        return not any(state.state in BROKEN_OFF for state in self.collections().values())

    @property
    def has_read_something(self) -> bool:
        """Whether any listing was read, at least in part."""
        nothing = (ReadStatus.FAILED, ReadStatus.UNSUPPORTED)
        return any(state.state not in nothing for state in self.collections().values())

    @property
    def is_intact(self) -> bool:
        """Whether all files that its document names are there."""
        return all(map(self.folder.exists, ("collections.parquet", *self.document.get("tables", ()))))

    def _has(self, table: str) -> bool:
        """Whether the snapshot has that table: one without rows is not written. A missing file is no empty table."""
        tables = self.document.get("tables")  # the snapshots of earlier releases do not say
        return self.folder.exists(table) if tables is None else table in tables

    def _table(self, name: str, schema: pa.Schema, columns: Sequence[str] | None = None) -> pa.Table:
        if self._has(name):
            return self.folder.read_table(name, columns)
        empty = schema.empty_table()
        return empty.select(list(columns)) if columns else empty

    def _batches(self, name: str) -> Iterator[pa.RecordBatch]:
        return self.folder.batches(name) if self._has(name) else iter(())

    def _not_taken(self, table: str) -> list[Row]:
        rows: list[Row] = self._table(table, QUARANTINE).to_pylist()
        if rows and "qualified_name" not in rows[0]:
            states = self.collections()
            for row in rows:
                row["qualified_name"] = _former_name(self.source, states.get(row["collection"]), row["native_id"])
        return rows


def container_of(source: str, covers: str) -> str:
    """The container of a listing, from what it covers."""
    if qualified_names.is_azure(covers):
        return next(reversed(qualified_names.azure_holders(covers)), "")
    return qualified_names.everything_of(source)


_FORMER_NAMES: dict[str, Callable[[str, str], str]] = {
    AssetKind.EXPERIMENT: qualified_names.experiment,
    AssetKind.RUN: qualified_names.run,
    AssetKind.MODEL: qualified_names.model,
    AssetKind.MODEL_VERSION: lambda source, native_id: qualified_names.model_version(source, *native_id.rsplit("/", 1)),
}


def _former_name(source: str, state: CollectionState | None, native_id: str | None) -> str | None:
    """The qualified name of an item in a table of the previous release, which held its id only."""
    parts = (native_id or "").split("/")
    if state is None or not native_id or "None" in parts or len(native_id) >= LONGEST_ID:
        return None
    if not qualified_names.is_azure(state.covers):
        known = state.kind in _FORMER_NAMES and (state.kind != AssetKind.MODEL_VERSION or len(parts) > 1)
        return _FORMER_NAMES[state.kind](source, native_id) if known else None
    if " " in native_id:
        return None  # a secret was cut out of it
    if native_id.startswith(("/subscriptions/", "azureml://")):
        return qualified_names.azure(native_id)
    return qualified_names.azure_part(state.covers.rstrip("/"), native_id) if state.kind == AssetKind.RUN else None
