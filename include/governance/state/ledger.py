"""The ledger: what a catalog has acknowledged so far. Committed after every acknowledged batch."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, case, delete, insert, select, update

from ..model import json_text
from ..model.rows import Row
from ..staging.plan import Entry, Key
from .keys import name_hash
from .tables import catalogs, ledger

_DELETE = delete(ledger).where(
    ledger.c.catalog == bindparam("of"),
    ledger.c.type_name == bindparam("type"),
    ledger.c.name_hash == bindparam("hash"),
)


class Ledger:
    """The ledger of one catalog, by the catalog's configured name."""

    def __init__(self, engine: Engine, catalog: str) -> None:
        self._engine = engine
        self.catalog = catalog

    def marker_id(self) -> str:
        """The id by which this ledger's catalog is marked; made when the ledger is opened for the first time."""
        with self._engine.begin() as connection:
            known = connection.scalar(select(catalogs.c.marker_id).where(catalogs.c.name == self.catalog))
            if known is None:
                known = str(uuid.uuid4())
                connection.execute(insert(catalogs).values(name=self.catalog, marker_id=known, revision=0))
            return str(known)

    def revision(self) -> int:
        """A number that grows with every acknowledged batch; 0 before the first."""
        with self._engine.connect() as connection:
            return int(connection.scalar(select(catalogs.c.revision).where(catalogs.c.name == self.catalog)) or 0)

    def has_published(self) -> bool:
        """Whether a sync with this state database has published. Taking the ledger over from a catalog is none."""
        with self._engine.connect() as connection:
            return bool(connection.scalar(select(catalogs.c.has_published).where(catalogs.c.name == self.catalog)))

    def note_published(self) -> None:
        """A sync has published."""
        self.marker_id()  # the catalog's row must be there
        with self._engine.begin() as connection:
            connection.execute(update(catalogs).where(catalogs.c.name == self.catalog).values(has_published=1))

    def entries(self) -> dict[Key, Entry]:
        """All entries of the catalog."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ledger).where(ledger.c.catalog == self.catalog)).mappings()
            return {entry.key: entry for entry in map(_entry, rows)}

    def guids(self) -> dict[Key, str]:
        """The catalog's id of every entity."""
        columns = (ledger.c.type_name, ledger.c.qualified_name, ledger.c.guid)
        with self._engine.connect() as connection:
            rows = connection.execute(select(*columns).where(ledger.c.catalog == self.catalog))
            return {Key(type_name, name): guid for type_name, name, guid in rows}

    def of_type(self, type_name: str) -> list[Entry]:
        """The entries of one type, in the order of their names."""
        query = select(ledger).where(ledger.c.catalog == self.catalog, ledger.c.type_name == type_name)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return sorted(map(_entry, rows), key=lambda entry: entry.key)

    def acknowledge(self, entries: Iterable[Entry]) -> None:
        """Writes what the catalog has just taken, in one transaction."""
        with self._engine.begin() as connection:
            self._write(connection, list(entries))

    def replace(self, entries: Iterable[Entry], marker_id: str, revision: int = 0) -> None:
        """Replaces the whole ledger by what a catalog really holds, under that catalog's marker id.

        Args:
            revision: the least that the ledger's revision is then.
        """
        self.marker_id()  # the catalog's row must be there
        with self._engine.begin() as connection:
            connection.execute(delete(ledger).where(ledger.c.catalog == self.catalog))
            values = {
                "marker_id": marker_id,
                "revision": case((catalogs.c.revision < revision, revision), else_=catalogs.c.revision),
            }
            connection.execute(update(catalogs).where(catalogs.c.name == self.catalog).values(values))
            self._write(connection, list(entries))

    def _write(self, connection: Connection, entries: list[Entry]) -> None:
        by_key = {entry.key: entry for entry in entries}
        rows = [_row(self.catalog, entry) for entry in by_key.values()]
        if rows:
            connection.execute(
                _DELETE, [{"of": self.catalog, "type": r["type_name"], "hash": r["name_hash"]} for r in rows]
            )
            connection.execute(insert(ledger), rows)
        connection.execute(
            update(catalogs).where(catalogs.c.name == self.catalog).values(revision=catalogs.c.revision + 1)
        )


def _row(catalog: str, entry: Entry) -> Row:
    return {
        "catalog": catalog,
        "type_name": entry.key.type_name,
        "name_hash": name_hash(entry.key.qualified_name),
        "qualified_name": entry.key.qualified_name,
        "source": entry.source,
        "guid": entry.guid,
        "attributes_json": json_text.dump(entry.attributes),
        "references_json": json_text.dump(entry.references),
        "classifications_json": json_text.dump(entry.classifications),
        "content_hash": entry.content_hash,
    }


def _entry(row: Any) -> Entry:
    return Entry(
        key=Key(row["type_name"], row["qualified_name"]),
        source=row["source"],
        guid=row["guid"],
        attributes=json_text.load(row["attributes_json"]),
        references=json_text.load(row["references_json"]),
        classifications=json_text.load(row["classifications_json"]),
        content_hash=row["content_hash"],
    )
