"""A snapshot: all that one run read from one source, as tables in a folder. Read by column, never whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from ..model.assets import AssetKind
from ..model.read_status import ReadMode, ReadStatus
from ..model.tables import ASSETS, COLLECTIONS, QUARANTINE, RELATIONS
from .folder import Folder

DOCUMENT = "snapshot.json"


@dataclass
class CollectionState:
    """How far one listing of a source was read.

    kind, covers: it lists the assets of that kind whose qualified names begin with `covers`.
    seen: records listed in this run. carried: records taken over unread from the last snapshot.
    filtered: left out by allow / deny patterns. quarantined: listed but not understood.
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
    pages: int = 0
    reason: str = ""
    remedy: str = ""

    def fail(self, reason: str, remedy: str = "") -> None:
        """Partial when some pages were read before, else failed."""
        self.state = ReadStatus.PARTIAL if self.pages else ReadStatus.FAILED
        self.reason, self.remedy = reason, remedy


class Snapshot:
    """Reads a staged snapshot. Tables come back as pyarrow, only the columns asked for."""

    def __init__(self, path: str) -> None:
        self.folder = Folder(path)
        self.document: dict[str, Any] = self.folder.read_json(DOCUMENT)

    @property
    def source(self) -> str:
        return str(self.document["source"])

    def assets(self, kind: AssetKind, columns: Sequence[str] | None = None) -> pa.Table:
        return self.folder.read_table(f"assets/{kind}.parquet", ASSETS[kind], columns)

    def relations(self, columns: Sequence[str] | None = None) -> pa.Table:
        return self.folder.read_table("relations.parquet", RELATIONS, columns)

    def quarantine(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.folder.read_table("quarantine.parquet", QUARANTINE).to_pylist()
        return rows

    def filtered(self) -> list[dict[str, Any]]:
        """Ids that allow / deny patterns left out."""
        rows: list[dict[str, Any]] = self.folder.read_table("filtered.parquet", QUARANTINE).to_pylist()
        return rows

    def collections(self) -> dict[str, CollectionState]:
        rows = self.folder.read_table("collections.parquet", COLLECTIONS).to_pylist()
        return {
            row["collection"]: CollectionState(
                **{**row, "state": ReadStatus(row["state"]), "mode": ReadMode(row["mode"])}
            )
            for row in rows
        }

    def covering(self, kind: AssetKind, qualified_name: str) -> CollectionState | None:
        """The collection in which that asset would stand; None where this snapshot has none for it."""
        fitting = [state for state in self._states if state.kind == kind and qualified_name.startswith(state.covers)]
        return max(fitting, key=lambda state: len(state.covers), default=None)

    @cached_property
    def _states(self) -> list[CollectionState]:
        return list(self.collections().values())

    @property
    def complete(self) -> bool:
        return all(
            state.state in (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED) for state in self.collections().values()
        )
