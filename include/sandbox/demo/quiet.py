"""MLflow's fluent API on one store, within a `with` block."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_mlflow(uri: str) -> Iterator[None]:
    """Points MLflow's fluent API at `uri` within the block, without network, progress bars or log output."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    levels = {name: logging.getLogger(name).level for name in ("mlflow", "alembic")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in levels:
            logging.getLogger(name).setLevel(logging.ERROR)
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before[0])
            mlflow.set_registry_uri(before[1])
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
