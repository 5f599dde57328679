"""Staged tables: on this machine and on any other store, read by column and in batches."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from include.governance.staging.folder import Folder, TableWriter

SCHEMA = pa.schema([("name", pa.string()), ("count", pa.int64())])
ROWS = [{"name": f"n{number}", "count": number} for number in range(4_500)]


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    path = str(tmp_path / "a folder") if request.param == "local" else f"memory://{tmp_path.name}"
    return Folder(path)


def test_what_is_written_row_by_row_is_read_whole_by_column_and_in_batches(folder: Folder) -> None:
    writer = TableWriter(folder, "t.parquet", SCHEMA)
    for row in ROWS:
        writer.add(row)
    writer.close()
    assert folder.read_table("t.parquet", SCHEMA).to_pylist() == ROWS
    assert folder.read_table("t.parquet", SCHEMA, ["count"]).column_names == ["count"]
    batches = list(folder.batches("t.parquet", rows=1_000))
    assert [row for batch in batches for row in batch.to_pylist()] == ROWS
    assert max(batch.num_rows for batch in batches) <= 1_000


def test_a_table_that_was_never_written_is_empty(folder: Folder) -> None:
    assert folder.read_table("t.parquet", SCHEMA).num_rows == 0
    assert list(folder.batches("t.parquet")) == []


def test_documents_and_whole_tables(folder: Folder) -> None:
    folder.write_json("a/b.json", {"x": 1})
    folder.write_table("c.parquet", pa.Table.from_pylist(ROWS[:3], schema=SCHEMA))
    assert folder.read_json("a/b.json") == {"x": 1}
    assert folder.read_table("c.parquet", SCHEMA).to_pylist() == ROWS[:3]
    folder.delete()
    assert not folder.exists("c.parquet")
