"""Generated MLflow stores of ordinary content, for measuring how fast a server is read.

`python -m benchmarks.stores small large` builds the cached ones ahead of time.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.content import CONTENT, Row, StoreGenerator, StoreSize

STORES = Path(__file__).parent / ".stores"
_FLUSH_ROWS = 50_000


SIZES = {"small": StoreSize(2_000, 500, 100), "large": StoreSize(20_000, 3_000, 500)}


def uri(path: Path) -> str:
    """SQLAlchemy URI of a store file."""
    return f"sqlite:///{path.resolve()}"


def cached(name: str) -> Path:
    """The store of one of SIZES, built on first use and kept under `benchmarks/.stores/`."""
    size = SIZES[name]
    return build(STORES / f"{name}-{CONTENT}.db", size.runs, size.versions, size.models)


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


def main() -> None:
    """The command line."""
    for name in sys.argv[1:] or SIZES:
        began = time.perf_counter()
        path = cached(name)
        print(f"{name}: {path} ({path.stat().st_size / 1e6:.0f} MB) in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
