"""Writes a snapshot row by row: what every source's reader fills."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from ..model import json_text, qualified_names
from ..model.assets import COLLECTION_OF, AssetKind
from ..model.read_status import ReadMode
from ..model.relations import Relation
from ..model.tables import ASSETS, COLLECTIONS, QUARANTINE, RELATIONS, UNPARSED
from ..scrub import Scrubber
from ..staging.folder import Folder, TableWriter
from ..staging.snapshot import DOCUMENT, LONGEST_ID, CollectionState, Snapshot, container_of
from .clean_names import CleanNames
from .fields import Unparsed

_LONGEST_VALUE = 200
_UNLISTED = "there by name, and not listed"
# Columns of names and ids, the id in its own spelling first; the text columns are scrubbed by who reads them
_NAMES = (
    *("native_id", "qualified_name", "experiment", "container", "model", "endpoint", "agent", "subject"),
    *("environment", "component", "parent_run_id", "link"),
)
_KIND_OF = {collection: kind for kind, collection in reversed(COLLECTION_OF.items())}  # runs: run, not dataset


class SnapshotWriter:
    """Writes one snapshot. Rows go to Parquet as they come, so memory does not grow with the source."""

    def __init__(self, folder: Folder, source: str) -> None:
        self.folder = folder
        self.source = source
        self.scrubber = Scrubber()
        self.clean = CleanNames()
        self.states: dict[str, CollectionState] = {}
        self._tables: dict[str, TableWriter] = {}
        self._seen: dict[AssetKind, set[str]] = {kind: set() for kind in AssetKind}
        self._unparsed: set[tuple[str, str, str]] = set()
        self._quarantined: dict[str, dict[str, str | None]] = {}  # collection -> native id -> qualified name
        self.excluded_names: set[str] = set()
        self.withheld: dict[str, str] = {}
        self.unlisted: set[str] = set()
        self._kinds: dict[str, tuple[AssetKind, ...]] = {}

    def state(
        self,
        collection: str,
        mode: ReadMode = ReadMode.FULL,
        *,
        kind: AssetKind | None = None,
        covers: str = "",
        also: tuple[AssetKind, ...] = (),
    ) -> CollectionState:
        """The state of one listing, created at first.

        Args:
            collection: its name.
            mode: how it is read.
            kind, covers: see CollectionState; by default MLflow's.
            also: further kinds of assets that it lists.
        """
        if collection not in self.states:
            listed = kind or _KIND_OF.get(collection) or ""
            covered = self.clean.name(covers or qualified_names.everything_of(self.source))
            self.states[collection] = CollectionState(
                self.source, collection, listed, covered, mode=mode, container=container_of(self.source, covered)
            )
            self._kinds[collection] = (*((AssetKind(listed),) if listed else ()), *also)
        return self.states[collection]

    def kinds_of(self, state: CollectionState) -> tuple[AssetKind, ...]:
        """The kinds of assets that the collection lists."""
        return self._kinds[state.collection]

    def has(self, kind: AssetKind, qualified_name: str) -> bool:
        """Whether that asset was written or carried forward."""
        return self.clean.name(qualified_name) in self._seen[kind]

    def names(self, kind: AssetKind) -> set[str]:
        """Qualified names of the assets of that kind that were written or carried forward."""
        return self._seen[kind]

    def add(self, kind: AssetKind, row: Mapping[str, Any]) -> bool:
        """False if that asset was already written: pages of a list that changes can repeat items."""
        names = {column: self.clean.name(row[column]) for column in _NAMES if row.get(column)}
        name = names["qualified_name"]
        if name in self._seen[kind]:
            return False
        self._table(f"assets/{kind}.parquet", ASSETS[kind]).add({"source": self.source, **row, **names})
        self._seen[kind].add(name)
        return True

    def carry(self, kind: AssetKind, batch: pa.RecordBatch) -> None:
        """Carries rows of the last snapshot forward as they are."""
        self._table(f"assets/{kind}.parquet", ASSETS[kind]).add_batch(batch)
        self._seen[kind].update(batch.column("qualified_name").to_pylist())

    def carry_relations(self, batch: pa.RecordBatch) -> None:
        """Carries relations of the last snapshot forward as they are."""
        self._table("relations.parquet", RELATIONS).add_batch(batch)

    def relate(
        self,
        kind: Relation,
        from_name: str,
        to_name: str,
        *,
        rule: str,
        stated_by: str,
        heuristic: bool = False,
        attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Writes one relation. rule: how it was found. stated_by: the asset with which it is carried forward."""
        row = {
            "kind": kind,
            "from_name": self.clean.name(from_name),
            "to_name": self.clean.name(to_name),
            "rule": self.clean.text(rule),
            "heuristic": heuristic,
            "stated_by": self.clean.name(stated_by),
            "attributes_json": json_text.dump(attributes) if attributes else None,
        }
        self._table("relations.parquet", RELATIONS).add(row)

    def quarantine(self, collection: str, native_id: str, reason: str, qualified_name: str | None = None) -> None:
        """Quarantines one item. The collection stays complete: the item was listed, only not understood.

        qualified_name: None where the item's id does not say, so that it could be any asset of the collection.
        """
        self.state(collection).quarantined += 1
        self._quarantined.setdefault(collection, {})[native_id] = (
            self.clean.name(qualified_name) if qualified_name else None
        )
        self._note("quarantine.parquet", collection, native_id, self.scrubber.text(reason), qualified_name)

    def quarantined_ids(self, collection: str) -> set[str]:
        """Ids of the items in quarantine."""
        return set(self._quarantined.get(collection, ()))

    def quarantined_names(self, *collections: str) -> set[str]:
        """Known qualified names of the items in quarantine: of these collections, or of all."""
        items = [self._quarantined.get(collection, {}) for collection in collections or self._quarantined]
        return {name for names in items for name in names.values() if name is not None}

    def exclude(
        self, collection: str, native_id: str, qualified_name: str | None = None, reason: str = "filtered"
    ) -> None:
        """Notes one item that allow / deny patterns exclude: it exists, so it must never count as absent."""
        self.state(collection).filtered += 1
        self.excluded_names |= {qualified_name} if qualified_name is not None else set()
        self._note("filtered.parquet", collection, native_id, reason, qualified_name)

    def withhold(self, collection: str, native_id: str, reason: str, qualified_name: str) -> None:
        """Notes one item of the last snapshot that may not be read: it stays as last known, with what is in it.

        `withheld` has the reasons by qualified name.
        """
        self.withheld[qualified_name] = clean = self.scrubber.text(reason)
        self._note("withheld.parquet", collection, native_id, clean, qualified_name)

    def note_unlisted(self, collection: str, native_id: str, qualified_name: str) -> None:
        """Notes one item that is there when it is asked for by name, and was not listed: it stays as last known."""
        if qualified_name not in self.unlisted:
            self.unlisted.add(qualified_name)
            self._note("unlisted.parquet", collection, native_id, _UNLISTED, qualified_name)

    def kept_names(self) -> set[str]:
        """Qualified names of what stays as last known, with what is in it, though its listing was read to its end."""
        return self.quarantined_names() | self.withheld.keys() | self.unlisted

    def not_taken_names(self) -> set[str]:
        """Qualified names of what is there, or may be, and was not written: `kept_names` and what is excluded."""
        return self.kept_names() | self.excluded_names

    def note_unparsed(
        self, collection: str, native_id: str, qualified_name: str | None, values: Iterable[Unparsed]
    ) -> None:
        """Notes the values of one item that were not understood. Its row is written, with null in their place."""
        for field, value in dict.fromkeys(values):
            stated = self.scrubber.pair(field.rpartition(".")[2], value)
            self.add_unparsed(
                {
                    "source": self.source,
                    "collection": collection,
                    "native_id": native_id[:LONGEST_ID],
                    "qualified_name": qualified_name,
                    "field": self.scrubber.text(field)[:_LONGEST_VALUE],
                    "value": stated[:_LONGEST_VALUE],
                }
            )

    def add_unparsed(self, row: Mapping[str, Any]) -> None:
        """Adds one row of UNPARSED; once, where pages of a list that changes repeat its item."""
        key = (row["collection"], row["native_id"], row["field"])
        if key not in self._unparsed:
            self._unparsed.add(key)
            self._table("unparsed.parquet", UNPARSED).add(row)

    def close(self, document: Mapping[str, Any]) -> Snapshot:
        """Writes states and the document last: a folder without it is no snapshot."""
        for table in self._tables.values():
            table.close()
        for state in self.states.values():  # a server's error message may quote anything
            state.reason, state.remedy = self.scrubber.text(state.reason), self.scrubber.text(state.remedy)
        rows = [asdict(state) for state in self.states.values()]
        self.folder.write_table("collections.parquet", pa.Table.from_pylist(rows, schema=COLLECTIONS))
        secrets = dict(self.scrubber.counts)
        ours = {"source": self.source, "secrets_removed": secrets, "tables": sorted(self._tables)}
        self.folder.write_json(DOCUMENT, {**ours, **document})
        return Snapshot(self.folder.path)

    def _note(self, table: str, collection: str, native_id: str, reason: str, qualified_name: str | None) -> None:
        is_known = qualified_name is not None and len(native_id) < LONGEST_ID
        row = {
            "source": self.source,
            "collection": collection,
            "native_id": native_id[:LONGEST_ID],
            "reason": reason[:500],
            "qualified_name": self.clean.name(qualified_name) if qualified_name and is_known else None,
        }
        self._table(table, QUARANTINE).add(row)

    def _table(self, name: str, schema: pa.Schema) -> TableWriter:
        if name not in self._tables:
            self._tables[name] = TableWriter(self.folder, name, schema)
        return self._tables[name]
