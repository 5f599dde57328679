"""Curated fields as last read from the catalog: the values that count while they cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Engine, bindparam, delete, insert, select

from ..model import json_text
from ..model.curated_fields import CURATED_FIELDS
from ..model.rows import Row
from ..model.timestamps import from_millis, to_millis
from .keys import name_hash
from .tables import curated_fields

_DELETE = delete(curated_fields).where(
    curated_fields.c.catalog == bindparam("of"), curated_fields.c.record_hash == bindparam("hash")
)


class CuratedHistory:
    """The curated fields of one catalog, by its configured name."""

    def __init__(self, engine: Engine, catalog: str) -> None:
        self._engine, self._catalog = engine, catalog

    def last(self) -> dict[str, Row]:
        """By record key: the columns of CURATED as they were read last."""
        query = select(curated_fields).where(curated_fields.c.catalog == self._catalog)
        with self._engine.connect() as connection:
            return {row["record_key"]: _row(dict(row)) for row in connection.execute(query).mappings()}

    def save(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Saves what was read in this run; rows with a reason (they were not read) change nothing."""
        values = [self._values(row) for row in rows if not row["reason"]]
        if not values:
            return
        with self._engine.begin() as connection:
            connection.execute(_DELETE, [{"of": self._catalog, "hash": value["record_hash"]} for value in values])
            connection.execute(insert(curated_fields), values)

    def _values(self, row: Mapping[str, Any]) -> Row:
        return {
            "catalog": self._catalog,
            "record_hash": name_hash(row["record_key"]),
            "record_key": row["record_key"],
            "qualified_name": row["qualified_name"],
            "fields_json": json_text.dump({name: row[name] for name in CURATED_FIELDS if row[name] is not None}),
            "read_at_ms": to_millis(row["read_at"]),
        }


def _row(row: Mapping[str, Any]) -> Row:
    fields = json_text.load(row["fields_json"])
    return {
        "record_key": row["record_key"],
        "qualified_name": row["qualified_name"],
        **{name: fields.get(name) for name in CURATED_FIELDS},
        "read_at": from_millis(row["read_at_ms"]),
        "reason": None,
    }
