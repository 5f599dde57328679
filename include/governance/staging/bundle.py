"""Saves and loads several tables as one: a Parquet file per table, named after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from ..model.rows import Row
from .folder import Folder

Schemas = Mapping[str, pa.Schema]


def save_tables(folder: Folder, schemas: Schemas, tables: Mapping[str, pd.DataFrame | Sequence[Row]]) -> None:
    """Writes `<name>.parquet` for every schema, from the table of that name."""
    for name, schema in schemas.items():
        folder.write_table(f"{name}.parquet", _table(tables[name], schema))


def load_tables(folder: Folder, schemas: Schemas) -> dict[str, pd.DataFrame]:
    """The tables by name. Raises StagingError for one that is missing.

    A column that an earlier release did not have is null.
    """
    return {name: _completed(folder.read_table(f"{name}.parquet"), schema) for name, schema in schemas.items()}


def load_rows(folder: Folder, name: str) -> list[Row]:
    """The rows of one table. Raises StagingError when it is missing."""
    rows: list[Row] = folder.read_table(f"{name}.parquet").to_pylist()
    return rows


def _completed(table: pa.Table, schema: pa.Schema) -> pd.DataFrame:
    for field in schema:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _table(content: pd.DataFrame | Sequence[Row], schema: pa.Schema) -> pa.Table:
    if isinstance(content, pd.DataFrame):
        return pa.Table.from_pandas(content, schema=schema, preserve_index=False)
    return pa.Table.from_pylist(list(content), schema=schema)
