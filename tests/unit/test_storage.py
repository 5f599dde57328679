"""Files and folders of this installation: whom they are for, when they have their name, what their errors mean."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.governance import storage
from include.governance.errors import ExitCode, StorageError, StorageFull, StorageUnavailable, StorageUnwritable

KINDS = {
    errno.ENOSPC: (StorageFull, ExitCode.BROKE_OFF, False),
    errno.EDQUOT: (StorageFull, ExitCode.BROKE_OFF, False),
    errno.EFBIG: (StorageFull, ExitCode.BROKE_OFF, False),
    errno.EACCES: (StorageUnwritable, ExitCode.CONFIGURATION, False),
    errno.EROFS: (StorageUnwritable, ExitCode.CONFIGURATION, False),
    errno.ENOENT: (StorageUnwritable, ExitCode.CONFIGURATION, False),
    errno.ENOTDIR: (StorageUnwritable, ExitCode.CONFIGURATION, False),
    errno.EIO: (StorageUnavailable, ExitCode.BROKE_OFF, True),
    errno.ESTALE: (StorageUnavailable, ExitCode.BROKE_OFF, True),
}


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o277], ids=["umask-000", "umask-022", "umask-277"])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.parametrize("number", KINDS, ids=lambda number: errno.errorcode[number])
def test_an_error_names_the_path_the_reason_and_a_remedy(number: int) -> None:
    kind, exit_code, retriable = KINDS[number]
    with pytest.raises(StorageError) as caught, storage.storage_errors("/data/plan.jsonl"):
        raise OSError(number, os.strerror(number))
    error = caught.value
    assert type(error) is kind
    assert (error.exit_code, error.retriable, error.data["path"]) == (exit_code, retriable, "/data/plan.jsonl")
    assert "/data/plan.jsonl" in error.message
    assert os.strerror(number) in error.message
    assert error.remedy


def test_an_error_that_names_its_file_needs_no_path(tmp_path: Path) -> None:
    with pytest.raises(StorageUnwritable, match="no/such cannot be used"), storage.storage_errors():
        (tmp_path / "no" / "such").touch()


@pytest.mark.parametrize("error", [TimeoutError("slow"), ConnectionResetError(errno.ECONNRESET, "reset")])
def test_errors_of_the_network_stay_what_they_are(error: OSError) -> None:
    with pytest.raises(type(error)), storage.storage_errors("/data"):
        raise error


@pytest.mark.usefixtures("umask")
def test_files_and_folders_are_for_their_owner_whatever_the_umask(tmp_path: Path) -> None:
    file = tmp_path / "home" / "staging" / "a.json"
    storage.write_file(file, b"{}")
    storage.create_file(tmp_path / "home" / "state.db")
    assert [mode_of(path) for path in (file, tmp_path / "home" / "state.db")] == [0o600, 0o600]
    assert [mode_of(path) for path in (file.parent, file.parent.parent)] == [0o700, 0o700]


@pytest.mark.usefixtures("umask")
def test_a_folder_with_the_setgid_bit_is_shared_with_its_group(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o2770)
    file = home / "staging" / "a.json"
    storage.write_file(file, b"{}")
    assert mode_of(file.parent) == 0o2770
    assert mode_of(file) == 0o660


def test_what_an_earlier_release_made_is_tightened(tmp_path: Path) -> None:
    folder, shared = tmp_path / "old", tmp_path / "shared"
    for path, mode in ((folder, 0o755), (shared, 0o2775)):
        path.mkdir()
        (path / "a").touch()
        (path / "a").chmod(0o664)
        path.chmod(mode)
    storage.tighten(folder / "a", folder, shared / "a", shared, tmp_path / "missing")
    assert [mode_of(path) for path in (folder, folder / "a")] == [0o700, 0o600]
    assert [mode_of(path) for path in (shared, shared / "a")] == [0o2770, 0o660]


def test_a_file_that_could_not_be_written_is_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.html"
    storage.write_file(file, b"before")
    opened = Path.open
    with monkeypatch.context() as patch, pytest.raises(StorageFull, match=r"report\.html"):
        patch.setattr(Path, "open", lambda path, *how: opened(Path("/dev/full"), "wb", buffering=0))
        storage.write_file(file, b"after")
    assert file.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_room_is_looked_for_where_the_folder_will_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "MB free" in storage.require_room(tmp_path / "a" / "b")
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnwritable, match="is no folder"):
        storage.require_room(tmp_path / "file" / "b")
    disk = os.statvfs(tmp_path)
    values = {"f_bavail": 0, "f_flag": 0}
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result([values.get(n, getattr(disk, n)) for n in FIELDS]))
    with pytest.raises(StorageFull, match="0 bytes are free"):
        storage.require_room(tmp_path)
    values |= {"f_flag": os.ST_RDONLY}
    with pytest.raises(StorageUnwritable, match="read-only"):
        storage.require_room(tmp_path)


FIELDS = [
    *("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail"),
    *("f_files", "f_ffree", "f_favail", "f_flag", "f_namemax"),
]


def test_every_kind_is_one_of_storage() -> None:
    assert all(issubclass(kind, StorageError) for kind, _, _ in KINDS.values())
