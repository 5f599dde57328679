"""Saves and loads several tables as one: a Parquet file per table, named after it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa

from .folder import Folder

Schemas = Mapping[str, pa.Schema]


def save_tables(folder: Folder, schemas: Schemas, tables: Mapping[str, pd.DataFrame]) -> None:
    """Writes `<name>.parquet` for every schema, from the table of that name."""
    for name, schema in schemas.items():
        folder.write_table(f"{name}.parquet", pa.Table.from_pandas(tables[name], schema=schema, preserve_index=False))


def load_tables(folder: Folder, schemas: Schemas) -> dict[str, pd.DataFrame]:
    """The tables by name; an empty one for a file that is not there."""
    return {name: folder.read_table(f"{name}.parquet", schema).to_pandas() for name, schema in schemas.items()}


def has_tables(folder: Folder, schemas: Schemas) -> bool:
    """Whether every table of the bundle is there."""
    return all(folder.exists(f"{name}.parquet") for name in schemas)
