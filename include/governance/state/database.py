"""The state database: opened, migrated, one engine per address and process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..errors import ConfigurationError, StorageUnavailable
from ..storage import create_file, make_folder, storage_errors, tighten
from .failures import translate

MIGRATIONS = Path(__file__).parent / "migrations"


@lru_cache(maxsize=8)
def open_database(url: str) -> Engine:
    """The engine, its schema brought up to date (alembic). Statements raise StorageError where it takes no more.

    Raises:
        ConfigurationError: It cannot be opened.
        StorageFull: There is no room for it.
    """
    try:
        address = _address(url)
        file = _sqlite_file(address)
        if file:
            _prepare_file(file)
        engine = create_engine(address, pool_pre_ping=True)
        event.listen(engine, "handle_error", translate)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        _migrate(engine)
        if file:
            tighten(*_sidecars(file))
    except ImportError as error:
        raise ConfigurationError(
            f"the driver that the address names is not installed ({error.name}).",
            "For PostgreSQL write postgresql+psycopg://...; install any other driver beside this project.",
            key="state.database",
        ) from error
    except (StorageUnavailable, SQLAlchemyError) as error:
        reason = error.message if isinstance(error, StorageUnavailable) else type(error).__name__
        raise ConfigurationError(
            f"the state database cannot be opened ({reason.rstrip('.')}).",
            "Check its address, login and rights; write what is no letter or digit in a password as %XX.",
            key="state.database",
        ) from error
    return engine


def require_folder(url: str) -> None:
    """Raises ConfigurationError where the folder of that SQLite database does not exist.

    A mistyped path, or a disk that is not mounted, would otherwise become a new, empty state.
    """
    file = _sqlite_file(_address(url))
    if file and not file.parent.is_dir():
        raise ConfigurationError(
            f"the folder {file.parent} of the state database does not exist.",
            "Mount it or correct the path; create the folder if this installation is new.",
            key="state.database",
        )


def _address(url: str) -> URL:
    """The URL, with the driver that this project installs where it names PostgreSQL and no driver.

    Raises:
        ConfigurationError: It is no URL; the sentence does not repeat it, since it may hold a password.
    """
    try:
        address = make_url(url)
    except (SQLAlchemyError, ValueError):
        raise ConfigurationError(
            "the address of the state database is no SQLAlchemy URL.",
            "Write sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME; write what is no letter or digit in "
            "a password as %XX (`/` as %2F, `@` as %40).",
            key="state.database",
        ) from None
    return address.set(drivername="postgresql+psycopg") if address.drivername == "postgresql" else address


def _sqlite_file(address: URL) -> Path | None:
    """The file of a SQLite database; None for one in memory and for other databases."""
    is_file = address.get_backend_name() == "sqlite" and address.database
    if not is_file or str(address.database).startswith((":memory:", "file:")):
        return None
    return Path(str(address.database))


def _prepare_file(file: Path) -> None:
    """SQLite gives the files beside it (-wal, -shm) the rights that the database has."""
    with storage_errors(file):
        make_folder(file.parent)
        create_file(file)
    tighten(file, *_sidecars(file))


def _sidecars(file: Path) -> list[Path]:
    return [file.with_name(f"{file.name}{suffix}") for suffix in ("-wal", "-shm", "-journal")]


def _prepare_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.begin() as connection:
        _one_migration_at_a_time(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _one_migration_at_a_time(connection) -> None:  # type: ignore[no-untyped-def]
    """Two first syncs may open an empty database at once: the second waits here, then finds nothing left to do."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(729517)")
