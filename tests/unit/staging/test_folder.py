"""Staged tables: on this machine and on any other store, read by column and in batches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from include.governance.errors import StagingError
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
    assert folder.read_table("t.parquet").to_pylist() == ROWS
    assert folder.read_table("t.parquet", ["count"]).column_names == ["count"]
    batches = list(folder.batches("t.parquet", rows=1_000))
    assert [row for batch in batches for row in batch.to_pylist()] == ROWS
    assert max(batch.num_rows for batch in batches) <= 1_000


@pytest.mark.parametrize("read", [Folder.read_table, lambda *asked: list(Folder.batches(*asked)), Folder.read_json])
def test_a_file_that_is_missing_is_an_error_that_names_it(folder: Folder, read: Callable[[Folder, str], Any]) -> None:
    with pytest.raises(StagingError, match=r"a/t\.parquet is missing.*state\.staging"):
        read(folder, "a/t.parquet")


def test_a_table_that_is_torn_is_an_error_that_names_it(folder: Folder) -> None:
    folder.write_text("t.parquet", "PAR1 half a table")
    with pytest.raises(StagingError, match=r"t\.parquet cannot be read"):
        folder.read_table("t.parquet")


def test_documents_and_whole_tables(folder: Folder) -> None:
    folder.write_json("a/b.json", {"x": 1})
    folder.write_table("c.parquet", pa.Table.from_pylist(ROWS[:3], schema=SCHEMA))
    assert folder.read_json("a/b.json") == {"x": 1}
    assert folder.read_table("c.parquet").to_pylist() == ROWS[:3]
    folder.delete()
    assert not folder.exists("c.parquet")


def test_all_files_are_copied_those_in_folders_too_but_the_named_ones(folder: Folder) -> None:
    former, later = folder.child("former"), folder.child("later")
    for name in ("run.json", "plan.json", "snapshots/lab/1/run.json"):
        former.write_json(name, {"name": name})
    former.copy_to(later, but=["run.json"])
    assert later.read_json("snapshots/lab/1/run.json") == {"name": "snapshots/lab/1/run.json"}
    assert (later.exists("plan.json"), later.exists("run.json")) == (True, False)
