"""Runs a real DAG once, in one process, without a scheduler: what `make demo` and the tests do."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from include.governance.model.vocabularies import SyncMode

PROJECT = Path(__file__).resolve().parents[2]


def prepare(airflow_home: Path) -> None:
    """Points Airflow at the project and at a home of its own. To be called before any import of Airflow."""
    airflow_home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "AIRFLOW_HOME": str(airflow_home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": os.environ.get("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR"),
            "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(PROJECT), *_paths()])),
        }
    )
    for folder in (PROJECT, PROJECT / "plugins"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))


def migrate() -> None:
    """Creates or upgrades Airflow's own database; nothing to do when it is current."""
    from airflow.utils.db import check_migrations, initdb

    try:
        check_migrations(0)
    except Exception:  # noqa: BLE001 - an empty database and an outdated one raise different types
        initdb()


def run_dag(mode: str = SyncMode.PUBLISH, dag: str = "sync_model_catalog", **params: Any) -> tuple[str, str]:
    """One run of the DAG in that mode, if it has one, with more of its parameters.

    Returns:
        (state of the DAG run, its run id)
    """
    import importlib

    module: Any = importlib.import_module(f"dags.{dag}")
    run = getattr(module, dag)().test(run_conf={**({"mode": str(mode)} if mode else {}), **params})
    return str(run.state), str(run.run_id)


def _paths() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
