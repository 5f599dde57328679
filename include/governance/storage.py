"""Files and folders of this installation: for their owner only, whatever the umask, and sentences where one fails.

A folder with the setgid bit is shared with its group: what is made in it is for owner and group, and its subfolders
get the bit too. A file gets its name when all of it is written.
"""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .errors import StorageError, StorageFull, StorageUnavailable, StorageUnwritable

# EFBIG: a limit on the size of files (RLIMIT_FSIZE)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_UNWRITABLE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ELOOP,
        errno.ENAMETOOLONG,
    }
)
_BROKEN = frozenset({errno.EIO, errno.ESTALE, errno.ENXIO, errno.ENODEV, errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_LEAST_FREE = 1_000_000  # bytes; a sync of a few models needs more
_PART = ".part"


class _Modes(NamedTuple):
    """Permissions of new files and folders."""

    file: int
    folder: int


_OWNER = _Modes(0o600, 0o700)
_GROUP = _Modes(0o660, stat.S_ISGID | 0o770)


def full(path: object, reason: str) -> StorageFull:
    """There is no room for that path."""
    return StorageFull(
        f"there is no room for {path} ({reason}).",
        "Free space there, or have it elsewhere (GOVERNANCE_HOME, or `state` in governance.yaml), then run the sync "
        "again: it goes on from what the catalog has acknowledged.",
        path=str(path),
    )


def unwritable(path: object, reason: str, use: str = "written") -> StorageUnwritable:
    """That path is missing, read-only or somebody else's. use: what cannot be done with it."""
    return StorageUnwritable(
        f"{path} cannot be {use} ({reason}).",
        "Give this user the right to it, or have it elsewhere (GOVERNANCE_HOME, or `state` in governance.yaml).",
        path=str(path),
    )


def unavailable(path: object, reason: str) -> StorageUnavailable:
    """That path does not answer now."""
    return StorageUnavailable(
        f"{path} does not answer ({reason}).",
        "Check its disk, mount or server, then run the sync again.",
        path=str(path),
    )


def to_storage_error(error: OSError, path: object = "") -> StorageError | None:
    """What the error means for that path, else for the one that it names; None where it is no error of files."""
    use = "written" if path else "used"
    path = path or error.filename or "a file"
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return full(path, reason)
    if error.errno in _UNWRITABLE:
        return unwritable(path, reason, use)
    return unavailable(path, reason) if error.errno in _BROKEN else None


@contextmanager
def storage_errors(path: object = "") -> Iterator[None]:
    """Raises StorageError in place of an OSError that is one of files; its message names the path.

    Args:
        path: what is written; empty where only the error itself knows.
    """
    try:
        yield
    except OSError as error:
        failure = to_storage_error(error, path)
        if failure is None:
            raise
        raise failure from error


def make_folder(path: Path) -> None:
    """Makes the folder and those above it that are missing. Raises OSError."""
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        mode = _modes_in(folder.parent).folder
        try:
            folder.mkdir(mode=mode & 0o777)
        except FileExistsError:
            if not folder.is_dir():
                raise
        else:
            folder.chmod(mode)


def create_file(path: Path) -> None:
    """Makes an empty file unless there is one. Raises OSError."""
    mode = _modes_in(path.parent).file
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)


def write_file(path: Path, content: bytes) -> None:
    """Writes the whole file, in a folder that is made where it is missing. Raises StorageError."""
    with storage_errors(path):
        file = NewFile(path)
        try:
            with file.stream as stream:
                stream.write(content)
            file.keep()
        except BaseException:
            file.discard()
            raise


class NewFile:
    """A file that has its name only once `keep` is called. Raises OSError.

    Attributes:
        stream: what its content is written into; the caller closes it.
    """

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self._path, self._part = path, path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex[:8]}{_PART}")
        create_file(self._part)
        self.stream: BinaryIO = self._part.open("wb")

    def keep(self) -> None:
        """Gives the closed file its name, in place of one that had it."""
        self._part.replace(self._path)

    def discard(self) -> None:
        """Closes and deletes what was written. Never raises."""
        with suppress(OSError):
            self.stream.close()
        with suppress(OSError):
            self._part.unlink()


def tighten(*paths: Path) -> None:
    """Takes rights from files and folders of an earlier release that others have and should not. Never raises."""
    for path in paths:
        with suppress(OSError):
            _tighten(path, path.stat())


def require_room(path: Path) -> str:
    """A sentence on the free space of a folder that is there or could be made.

    Raises:
        StorageError: It cannot be written, or its disk is full.
    """
    with storage_errors(path):
        existing = next(folder for folder in (path, *path.parents) if folder.exists())
        if not existing.is_dir():
            raise unwritable(path, f"{existing} is no folder")
        disk = os.statvfs(existing)
    if disk.f_flag & os.ST_RDONLY:
        raise unwritable(path, "read-only file system")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise unwritable(path, f"no right to write in {existing}")
    free = disk.f_bavail * disk.f_frsize
    if disk.f_blocks and (free < _LEAST_FREE or (disk.f_files and not disk.f_favail)):
        raise full(path, f"{free:,} bytes are free")
    return f"{path}, {free // _LEAST_FREE:,} MB free"


def _modes_in(folder: Path) -> _Modes:
    return _GROUP if folder.stat().st_mode & stat.S_ISGID else _OWNER


def _tighten(path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        return
    is_folder = stat.S_ISDIR(status.st_mode)
    modes = _modes_in(path if is_folder else path.parent)
    allowed = stat.S_IMODE(status.st_mode) & (modes.folder if is_folder else modes.file)
    if allowed != stat.S_IMODE(status.st_mode):
        path.chmod(allowed)
