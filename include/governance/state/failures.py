"""What it means when the state database fails: the errors of its drivers as errors of storage."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import ExceptionContext

from ..errors import StorageError
from ..storage import full, unavailable, unwritable

# SQLite tells a full disk (SQLITE_FULL) from a quota and a limit on the size of files (SQLITE_IOERR_WRITE) only so
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_TRUNCATE", "53100")
_NO_RIGHT = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH", "42501")
_NO_DATABASE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
_LONGEST_REASON = 200


def translate(context: ExceptionContext) -> StorageError | None:
    """The error to raise in place of SQLAlchemy's; None where that one stays. An event handler: handle_error."""
    engine = context.engine
    if engine is None:
        return None
    return to_storage_error(context.original_exception, engine.url)


def to_storage_error(error: BaseException, address: URL) -> StorageError | None:
    """What an error of sqlite3 or psycopg means for that database; None for one of the statement itself."""
    code = _code_of(error)
    path = address.database if address.get_backend_name() == "sqlite" else address.render_as_string()
    reason = " ".join(str(error).split())[:_LONGEST_REASON]
    if code.startswith(_NO_ROOM):
        return full(path, reason)
    if code.startswith((*_NO_RIGHT, *_NO_DATABASE)):
        return unwritable(path, reason)
    return unavailable(path, reason) if type(error).__name__ == "OperationalError" else None


def _code_of(error: Any) -> str:
    """SQLite's name of the error, or the SQLSTATE of PostgreSQL (psycopg: sqlstate, psycopg2: pgcode)."""
    names = ("sqlite_errorname", "sqlstate", "pgcode")
    return next((str(code) for name in names if (code := getattr(error, name, None))), "")
