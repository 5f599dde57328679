"""The configuration of MLflow's basic-auth app (mlflow 3.17, `mlflow server --app-name basic-auth`)."""

from __future__ import annotations

import os
from configparser import RawConfigParser
from pathlib import Path


def write(file: Path, database: str) -> None:
    """Writes the file, for its owner only. Who is not told otherwise may read all and change nothing.

    The administrator is that of MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD, made at the first start.

    Args:
        database: SQLAlchemy URL of the users; they have tables of their own, so it may be that of the runs.
    """
    config = RawConfigParser()
    config["mlflow"] = {
        "default_permission": "READ",
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
        "database_uri": database.replace("%", "%%"),  # MLflow's parser interpolates
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        config.write(stream)
