"""Adds rows to a table and changes those that are there: what an earlier sync saved is never deleted on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, insert, select, update

from ..model.rows import Row


def merge(connection: Connection, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Inserts the rows whose key is new and updates those that differ from what is stored.

    Args:
        key: name of the column that identifies a row.
        rows: with a value for every column.
    """
    known = stored(connection, table, key)
    new = [row for row in rows if row[key] not in known]
    changed = [row for row in rows if row[key] in known and known[row[key]] != row]
    if new:
        connection.execute(insert(table), new)
    if changed:
        connection.execute(_update(table, key), [_bound(row) for row in changed])


def stored(connection: Connection, table: Table, key: str) -> dict[str, Row]:
    """All rows of the table by their key."""
    return {row[key]: dict(row) for row in connection.execute(select(table)).mappings()}


def _update(table: Table, key: str) -> Update:
    values: dict[str, Any] = {
        column.name: bindparam(f"new_{column.name}") for column in table.columns if column.name != key
    }
    return update(table).where(table.columns[key] == bindparam(f"new_{key}")).values(values)


def _bound(row: Row) -> Row:
    return {f"new_{name}": value for name, value in row.items()}
