"""Staged files: Parquet tables and JSON documents in a folder that fsspec can open (local, ADLS, S3)."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import fsspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from ..errors import ConfigurationError, StagingError, StorageError
from ..storage import NewFile, storage_errors, tighten

_FLUSH_ROWS = 2_000
_STAGING = "state.staging"  # the only setting that names a folder by its URL


class _RemoteFile:
    """A new file of another store, which shows it when it is closed. stream: what its content is written into."""

    def __init__(self, fs: Any, path: str) -> None:
        fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self._fs, self._path = fs, path
        self.stream = fs.open(path, "wb")

    def keep(self) -> None:
        """Nothing is left to do once it is closed."""

    def discard(self) -> None:
        """Deletes what closing an incomplete file may have stored. Never raises."""
        for step in (self.stream.close, lambda: self._fs.rm(self._path)):
            with suppress(Exception):
                step()


class Folder:
    """One folder of staged files. `path` is a local path or any fsspec URL.

    Raises:
        ConfigurationError: fsspec knows no such store, or the library for it is not installed.
    """

    def __init__(self, path: str) -> None:
        self.path = str(path).rstrip("/")
        self._fs, self._root = _store_of(self.path)
        self._is_local = isinstance(self._fs, LocalFileSystem)

    def child(self, name: str) -> Folder:
        """The folder of that name in this one."""
        return Folder(f"{self.path}/{name}")

    def exists(self, name: str = "") -> bool:
        """Whether that file is there; without a name, the folder itself."""
        return bool(self._fs.exists(self._at(name)))

    def open(self, name: str) -> Any:
        """Opens a file for reading. Raises StagingError when it is missing or may not be read."""
        try:
            if self._is_local:
                tighten(Path(self._at(name)))
            return self._fs.open(self._at(name), "rb")
        except OSError as error:
            raise _unreadable(f"{self.path}/{name}", error) from None

    def new_file(self, name: str) -> NewFile | _RemoteFile:
        """A file that others see only once it is kept. Its folder is made first. Raises StorageError."""
        with storage_errors(f"{self.path}/{name}"):
            return NewFile(Path(self._at(name))) if self._is_local else _RemoteFile(self._fs, self._at(name))

    @contextmanager
    def create(self, name: str) -> Iterator[Any]:
        """A stream for a new file, which is there once the block ends without an error. Raises StorageError."""
        file = self.new_file(name)
        try:
            with storage_errors(f"{self.path}/{name}"):
                yield file.stream
                file.stream.close()
                file.keep()
        except BaseException:
            file.discard()
            raise

    def write_json(self, name: str, document: Any) -> str:
        """Writes JSON with sorted keys; returns the path."""
        with self.create(name) as file:
            file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
        return f"{self.path}/{name}"

    def read_json(self, name: str) -> Any:
        """The content of a JSON file. Raises StagingError when it is missing or torn."""
        with self.open(name) as file:
            content = file.read()
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise StagingError(f"{self.path}/{name}", f"cannot be read ({error})") from None

    def write_text(self, name: str, text: str) -> str:
        """Writes UTF-8 text, `?` for bad surrogates; returns the path."""
        with self.create(name) as file:
            file.write(text.encode("utf-8", "replace"))
        return f"{self.path}/{name}"

    def write_table(self, name: str, table: pa.Table) -> None:
        """Writes a Parquet file (zstd)."""
        with self.create(name) as file:
            pq.write_table(table, file, compression="zstd")

    def read_table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The table, or these columns of it. Raises StagingError when the file is missing or torn."""
        with self._parquet(name) as file:
            table = file.read(columns=list(columns) if columns else None, use_threads=self._is_local)
        return table.select(list(columns)) if columns else table

    def batches(self, name: str, rows: int = _FLUSH_ROWS) -> Iterator[pa.RecordBatch]:
        """The table's rows in batches, so that a large table is never completely in memory.

        Raises StagingError when the file is missing or torn.
        """
        with self._parquet(name) as file:
            yield from file.iter_batches(batch_size=rows, use_threads=self._is_local)

    @contextmanager
    def _parquet(self, name: str) -> Iterator[pq.ParquetFile]:
        """A file of this machine is opened by Arrow itself.

        Arrow's threads must hold no file object of Python's: they may outlive the interpreter of a short process, which
        then aborts after all is done (apache/arrow issue 45017). Others are therefore read without threads.
        """
        with self._opened(name) as file:
            try:
                table = pq.ParquetFile(file)
            except pa.ArrowInvalid as error:
                raise StagingError(f"{self.path}/{name}", f"cannot be read ({error})") from None
            yield table

    def _opened(self, name: str) -> Any:
        if not self._is_local:
            return self.open(name)
        try:
            tighten(Path(self._at(name)))
            return pa.OSFile(self._at(name))
        except OSError as error:
            raise _unreadable(f"{self.path}/{name}", error) from None

    def copy_to(self, other: Folder, but: Collection[str] = ()) -> None:
        """Copies all files but those of these names, in folders below too. Raises StorageError."""
        names = (str(path).removeprefix(self._root).lstrip("/") for path in self._fs.find(self._root))
        for name in (name for name in names if name not in but):
            with self.open(name) as source, other.create(name) as target:
                shutil.copyfileobj(source, target)

    def delete(self) -> None:
        """Deletes the folder with all files. Raises StorageError."""
        with storage_errors(self.path):
            if self._fs.exists(self._root):
                self._fs.rm(self._root, recursive=True)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root


def _store_of(path: str) -> tuple[Any, str]:
    """fsspec's file system and the path in it."""
    scheme = path.split("://")[0]
    try:
        store: tuple[Any, str] = fsspec.core.url_to_fs(path)
    except ImportError as error:
        raise ConfigurationError(
            f"no library for {scheme}:// is installed ({error}).", "Install it.", key=_STAGING
        ) from None
    except ValueError as error:
        raise ConfigurationError(
            f"a folder at {scheme}:// cannot be opened ({error}).",
            "Correct the address; of this machine, write a path.",
            key=_STAGING,
        ) from None
    return store


def _unreadable(path: str, error: OSError) -> StagingError:
    missing = isinstance(error, FileNotFoundError)
    return StagingError(path, "is missing" if missing else f"cannot be read ({error.strerror or type(error).__name__})")


class TableWriter:
    """Appends rows to one Parquet file, holding at most a row group of them in memory. Raises StorageError.

    The file is there once it is closed.
    """

    def __init__(self, folder: Folder, name: str, schema: pa.Schema) -> None:
        self._schema, self._path = schema, f"{folder.path}/{name}"
        self._rows: list[Mapping[str, Any]] = []
        self._file = folder.new_file(name)
        with self._writing():
            self._writer = pq.ParquetWriter(self._file.stream, schema, compression="zstd")
        self.count = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Appends one row."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= _FLUSH_ROWS:
            self._flush()

    def add_batch(self, batch: pa.RecordBatch) -> None:
        """Appends a batch, cast to the schema of the file."""
        self._flush()
        with self._writing():
            self._writer.write_batch(batch.cast(self._schema))
        self.count += batch.num_rows

    def close(self) -> None:
        """Writes what is left and closes the file. A second time, it does nothing."""
        self._flush()
        if not self._file.stream.closed:
            with self._writing():
                self._writer.close()
                self._file.stream.close()
                self._file.keep()

    def _flush(self) -> None:
        if self._rows:
            with self._writing():
                self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with storage_errors(self._path):
                yield
        except StorageError:
            self._file.discard()
            raise
