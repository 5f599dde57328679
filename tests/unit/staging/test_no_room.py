"""A store that takes no more, or dies, in the middle of a table: half a table is never one."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fsspec.implementations.memory import MemoryFile

from include.governance.errors import StagingError, StorageError, StorageFull
from include.governance.staging.attempts import ReadAttempt, finished
from include.governance.staging.folder import Folder, TableWriter
from tests.support import limits

SCHEMA = pa.schema([("name", pa.string())])
ROWS = [{"name": os.urandom(200).hex()} for _ in range(2_000)]

WRITE = """
import os, sys, time
import pyarrow as pa
from include.governance.errors import GovernanceError
from include.governance.staging.attempts import ReadAttempt
from include.governance.staging.folder import Folder, TableWriter
try:
    with ReadAttempt(Folder(sys.argv[1])) as attempt:
        writer = TableWriter(attempt.folder, "runs.parquet", pa.schema([("name", pa.string())]))
        for _ in range(8_000):
            writer.add({"name": os.urandom(200).hex()})
        print("HALF", flush=True)
        if len(sys.argv) > 2:
            time.sleep(60)
        writer.close()
except GovernanceError as error:
    print(type(error).__name__, error.message)
"""


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_is_an_error_that_names_the_file_and_leaves_nothing(tmp_path: Path) -> None:
    done = limits.python("-c", WRITE, str(tmp_path), largest_file=500_000)
    assert done.stderr == ""
    assert done.stdout.startswith(f"StorageFull there is no room for {tmp_path}/")
    assert "runs.parquet (File too large)" in done.stdout
    assert files(tmp_path) == ["newest.json"]


def test_a_table_of_a_killed_process_has_no_name_and_counts_as_missing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(tmp_path), "wait"], cwd=limits.ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "HALF\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert [name for name in files(tmp_path) if not name.endswith(".part")] == ["newest.json"]
    assert not list(tmp_path.rglob("runs.parquet"))
    with pytest.raises(StagingError, match=r"finished\.json is missing"):
        finished(Folder(str(tmp_path)))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["ENOSPC", "EDQUOT"])
def test_another_store_that_takes_no_more(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(f"memory://{tmp_path.name}-{number}")
    written = MemoryFile.write

    def write(file: MemoryFile, data: Any) -> Any:
        if file.tell() > 100:
            raise OSError(number, os.strerror(number))
        return written(file, data)

    monkeypatch.setattr(MemoryFile, "write", write)
    writer = TableWriter(folder, "t.parquet", SCHEMA)
    with pytest.raises(StorageFull, match=r"t\.parquet"):
        for row in ROWS:
            writer.add(row)
    with pytest.raises(StorageFull, match=r"u\.parquet"):
        folder.write_table("u.parquet", pa.Table.from_pylist(ROWS, schema=SCHEMA))
    assert not folder.exists("t.parquet")
    assert not folder.exists("u.parquet")


def test_a_document_that_could_not_be_written_is_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(str(tmp_path))
    folder.write_json("plan.json", {"changes": 1})
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *how: opened(Path("/dev/full"), "wb"))
    with pytest.raises(StorageFull, match=r"plan\.json .No space left on device"):
        folder.write_json("plan.json", {"changes": 2})
    assert folder.read_json("plan.json") == {"changes": 1}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"file/run\.json cannot be written"):
        Folder(str(tmp_path / "file")).write_json("run.json", {})


def test_an_attempt_that_fails_otherwise_keeps_what_it_has_read(tmp_path: Path) -> None:
    attempt = ReadAttempt(Folder(str(tmp_path)))
    with pytest.raises(ValueError, match="odd"), attempt:
        attempt.folder.write_json("a.json", {})
        raise ValueError("odd")
    assert attempt.folder.exists("a.json")


def test_staged_files_are_for_their_owner_and_older_ones_are_tightened(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = Folder(str(tmp_path / "staging" / "run"))
        folder.write_json("a.json", {})
        folder.write_table("t.parquet", pa.Table.from_pylist(ROWS[:1], schema=SCHEMA))
    finally:
        os.umask(before)
    paths = [tmp_path / "staging", *(tmp_path / "staging").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    old = tmp_path / "staging" / "run" / "t.parquet"
    old.chmod(0o644)
    folder.read_table("t.parquet")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
