"""Generated MLflow stores of ordinary content, for tests and benchmarks of how a server is read."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from .mlflow_content import Row, StoreGenerator, StoreSize

_FLUSH_ROWS = 50_000


def uri(path: Path) -> str:
    """SQLAlchemy URI of a store file."""
    return f"sqlite:///{path.resolve()}"


def build(path: Path, runs: int, versions: int, models: int = 0) -> Path:
    """Write a SQLite MLflow store with so many runs, model versions and models (0: a fifth of the versions).

    The content is the same at every call. A store that is already there is kept; an interrupted build leaves none.
    The schema is MLflow's own. Returns `path`.
    """
    if path.exists():
        return path
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import create_engine, text

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    SqlAlchemyStore(uri(partial), str(path.parent / "artifacts")).engine.dispose()
    engine = create_engine(uri(partial))
    with engine.connect() as connection:
        connection.execute(text("PRAGMA synchronous = OFF"))
        size = StoreSize(runs, versions, models or max(1, versions // 5))
        waiting: dict[str, list[Row]] = defaultdict(list)
        for number, (table, row) in enumerate(StoreGenerator(size).rows(), 1):
            waiting[table].append(row)
            if number % _FLUSH_ROWS == 0:
                _flush(connection, waiting)
        _flush(connection, waiting)
        connection.commit()
    engine.dispose()
    return partial.replace(path)


def _flush(connection: Any, waiting: dict[str, list[Row]]) -> None:
    from mlflow.store.model_registry.dbmodels import models as registry
    from mlflow.store.tracking.dbmodels import models as tracking

    for name, rows in waiting.items():
        table = getattr(tracking, name, None) or getattr(registry, name)
        connection.execute(table.__table__.insert(), rows)
    waiting.clear()
