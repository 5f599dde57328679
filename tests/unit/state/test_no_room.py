"""A state database that takes no more, or may not be written."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, make_url

from include.governance.errors import StorageFull, StorageUnavailable, StorageUnwritable
from include.governance.state.database import open_database
from include.governance.state.failures import to_storage_error
from include.governance.state.history import History
from tests.support import limits

OPEN = """
import sys
from include.governance.errors import GovernanceError
from include.governance.state.database import open_database
try:
    open_database(f"sqlite:///{sys.argv[1]}")
except GovernanceError as error:
    print(type(error).__name__, int(error.exit_code), error.message)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "state.db"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def restrict(engine: Engine, pragma: str) -> None:
    """Every connection from now on has that pragma."""
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))


def test_a_full_disk_is_told_with_the_file_and_what_was_saved_stays(engine: Engine, file: Path) -> None:
    History(engine).start("first", 1)
    restrict(engine, "max_page_count=1")
    with pytest.raises(StorageFull, match=r"no room for .*state\.db \(database or disk is full\)"):
        for number in range(200):
            History(engine).start(f"{number}" * 500, number)
    assert [row for row in History(engine).runs(1_000) if row["run_id"] == "first"]


def test_a_database_that_may_not_be_written(engine: Engine) -> None:
    restrict(engine, "query_only=1")
    with pytest.raises(StorageUnwritable, match=r"state\.db cannot be written \(attempt to write a readonly database"):
        History(engine).start("run", 1)


def test_a_limit_on_the_size_of_files_is_like_a_full_disk(file: Path) -> None:
    done = limits.python("-c", OPEN, str(file), largest_file=4_000)
    assert done.stdout.startswith(f"StorageFull 1 there is no room for {file} (")
    again = limits.python("-c", OPEN, str(file), largest_file=4_000_000)
    assert (again.stdout, again.stderr) == ("", "")


@pytest.mark.parametrize("name", ["folder", "file/state.db"])
def test_a_path_that_cannot_hold_a_database_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnwritable, match=f"{name} cannot be written") as caught:
        open_database(f"sqlite:///{tmp_path / name}")
    assert int(caught.value.exit_code) == 2


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("no database at all, only text\n" * 100)
    with pytest.raises(StorageUnwritable, match="file is not a database"):
        open_database(f"sqlite:///{tmp_path / 'state.db'}")


def test_the_database_and_the_files_beside_it_are_for_their_owner(file: Path) -> None:
    before = os.umask(0)
    try:
        engine = open_database(f"sqlite:///{file}")
        with engine.connect():
            beside = list(file.parent.iterdir())
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in beside}
        engine.dispose()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm"), 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_database_of_an_earlier_release_is_tightened(file: Path) -> None:
    file.parent.mkdir()
    sqlite3.connect(file).close()
    file.chmod(0o644)
    open_database(f"sqlite:///{file}?timeout=9").dispose()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


class OperationalError(Exception):
    """As drivers name it."""

    def __init__(self, message: str, pgcode: str | None) -> None:
        super().__init__(message)
        self.pgcode = pgcode


@pytest.mark.parametrize(
    ("code", "kind"), [("53100", StorageFull), ("42501", StorageUnwritable), (None, StorageUnavailable)]
)
def test_a_server_is_named_without_its_password(code: str | None, kind: type[Any]) -> None:
    address = make_url("postgresql+psycopg2://ana:pass-word@db.example/state")
    error = to_storage_error(OperationalError("could not extend\nfile", code), address)
    assert error is not None
    assert type(error) is kind
    assert "db.example/state" in error.message
    assert "could not extend file" in error.message
    assert "pass-word" not in str(error)
    assert to_storage_error(ValueError("a bug"), address) is None
