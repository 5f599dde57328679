"""The state database: opened, migrated, one engine per address and process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..errors import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"


@lru_cache(maxsize=8)
def open_database(url: str) -> Engine:
    """The engine, its schema brought up to date (alembic). Raises ConfigurationError when it cannot be opened."""
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        _migrate(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise ConfigurationError(
            f"the state database cannot be opened ({type(error).__name__}).",
            "Check its address and rights.",
            key="state.database",
        ) from error
    return engine


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
