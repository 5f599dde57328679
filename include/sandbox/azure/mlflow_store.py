"""The MLflow store of the workspaces' MLflow endpoints: one run for each job, under the job's name.

MLflow makes its own run ids, so the rows are written into its tables. One store serves all workspaces: each is an
MLflow workspace of its own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from .history import parent_of
from .names import guid
from .resource_tree import Resource, ResourceTree
from .shapes import WORKSPACES

Row = dict[str, Any]

_STATES = {"Completed": "FINISHED", "Finished": "FINISHED", "Failed": "FAILED", "Canceled": "KILLED"}
# Of MLflow's table classes those that are written here, in the order in which rows can be deleted
_TABLES = (
    *("SqlInputTag", "SqlInput", "SqlDataset", "SqlLatestMetric", "SqlMetric", "SqlParam", "SqlTag", "SqlRun"),
    *("SqlExperiment", "SqlModelVersion", "SqlRegisteredModel", "SqlWorkspace"),
)
_EPOCH = "2026-01-01T00:00:00+00:00"


def workspace_of(path: str) -> str:
    """Name of the MLflow workspace of an Azure ML workspace."""
    return guid("mlflow", path)


def fill(tree: ResourceTree, store: Path) -> str:
    """Writes the store, in place of an older one. Returns its SQLAlchemy URI."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store.parent.mkdir(parents=True, exist_ok=True)
    store.unlink(missing_ok=True)
    SqlAlchemyStore(_uri(store), str(store.parent / "artifacts")).engine.dispose()
    refill(tree, store)
    return _uri(store)


def refill(tree: ResourceTree, store: Path) -> None:
    """Replaces the rows of a store in one transaction; a server may have it open."""
    from sqlalchemy import create_engine

    rows: dict[str, list[Row]] = defaultdict(list)
    for table, row in _Rows(tree).all():
        rows[table].append(row)
    engine = create_engine(_uri(store))
    with engine.begin() as connection:
        for name in _TABLES:
            connection.execute(_own_rows(_table(name)))
        for name, table_rows in rows.items():
            connection.execute(_table(name).insert(), table_rows)
    engine.dispose()


def _uri(store: Path) -> str:
    return f"sqlite:///{store.resolve()}"


def _own_rows(table: Any) -> Any:
    """Deletes all rows but MLflow's own default workspace and experiment."""
    if table.name == "workspaces":
        return table.delete().where(table.c.name != "default")
    if table.name == "experiments":
        return table.delete().where(table.c.experiment_id != 0)
    return table.delete()


def _table(name: str) -> Any:
    from mlflow.store.model_registry.dbmodels import models as registry
    from mlflow.store.tracking.dbmodels import models as tracking
    from mlflow.store.workspace.dbmodels import models as workspaces

    models = next(module for module in (tracking, registry, workspaces) if hasattr(module, name))
    return getattr(models, name).__table__


class _Rows:
    """Yields (name of MLflow's table class, row)."""

    def __init__(self, tree: ResourceTree) -> None:
        self._tree = tree
        self._experiments = 0

    def all(self) -> Iterator[tuple[str, Row]]:
        for workspace in self._tree.of_kind(WORKSPACES):
            name = workspace_of(workspace.path)
            yield "SqlWorkspace", {"name": name, "description": workspace.name}
            yield from self._of_jobs(workspace, name)
            yield from self._of_models(workspace, name)

    def _of_jobs(self, workspace: Resource, name: str) -> Iterator[tuple[str, Row]]:
        numbers: dict[str, int] = {}
        for job in self._tree.listing(f"{workspace.path}/jobs") or []:
            experiment = str(job.properties.get("experimentName") or "Default")
            if experiment not in numbers:
                self._experiments += 1
                numbers[experiment] = self._experiments
                yield "SqlExperiment", _experiment(self._experiments, experiment, name, _created_ms(job))
            yield from _run(job, numbers[experiment])

    def _of_models(self, workspace: Resource, name: str) -> Iterator[tuple[str, Row]]:
        for model in self._tree.listing(f"{workspace.path}/models") or []:
            created = _created_ms(model)
            versions = [
                version for version in self._tree.listing(f"{model.path}/versions") or [] if version.name.isdecimal()
            ]
            if not versions:
                continue
            own = {"name": model.name, "workspace": name}
            about = model.properties.get("description")
            times = {"creation_time": created, "last_updated_time": created}
            yield "SqlRegisteredModel", {**own, "description": about, **times}
            for version in versions:
                yield "SqlModelVersion", {**own, **_version(version)}


def _experiment(number: int, name: str, workspace: str, created: int) -> Row:
    return {
        "experiment_id": number,
        "name": name,
        "workspace": workspace,
        "lifecycle_stage": "active",
        "artifact_location": "",
        "creation_time": created,
        "last_update_time": created,
    }


def _run(job: Resource, experiment: int) -> Iterator[tuple[str, Row]]:
    logged = job.extra.get("mlflow") or {}
    began = _created_ms(job)
    status = _STATES.get(str(job.properties.get("status")), "RUNNING")
    user = str((job.item.get("systemData") or {}).get("createdBy") or "")
    key = {"run_uuid": job.name}
    yield (
        "SqlRun",
        {
            **key,
            "name": job.properties.get("displayName") or job.name,
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "source_version": "",
            "user_id": user,
            "status": status,
            "start_time": began,
            "end_time": None if status == "RUNNING" else began + 600_000,
            "lifecycle_stage": "active",
            "artifact_uri": f"azureml://experiments/runs/{job.name}/artifacts",
            "experiment_id": experiment,
        },
    )
    for name, value in _tags(job, user, logged).items():
        yield "SqlTag", {**key, "key": name, "value": value}
    for name, value in (logged.get("params") or {}).items():
        yield "SqlParam", {**key, "key": name, "value": str(value)}
    for name, value in (logged.get("metrics") or {}).items():
        measured = {**key, "key": name, "value": value, "timestamp": began + 500_000, "step": 0, "is_nan": False}
        yield "SqlMetric", measured
        yield "SqlLatestMetric", measured
    for number, dataset in enumerate(logged.get("datasets") or []):
        yield from _dataset(job, experiment, dataset, number)


def _tags(job: Resource, user: str, logged: Row) -> dict[str, str]:
    properties = job.properties.get("properties") or {}
    tags = {"mlflow.user": user, "mlflow.runName": str(job.properties.get("displayName") or job.name)}
    if parent := parent_of(job):
        tags |= {"mlflow.parentRunId": parent, "mlflow.rootRunId": parent}
    if commit := properties.get("azureml.git.commit"):
        tags["mlflow.source.git.commit"] = commit
    return {**tags, **(job.properties.get("tags") or {}), **(logged.get("tags") or {})}


def _dataset(job: Resource, experiment: int, logged: Row, number: int) -> Iterator[tuple[str, Row]]:
    # MLflow identifies a dataset within its experiment by name and digest
    uuid = guid("dataset", job.path, str(number)).replace("-", "")
    edge = guid("input", job.path, str(number)).replace("-", "")
    yield (
        "SqlDataset",
        {
            "dataset_uuid": uuid,
            "experiment_id": experiment,
            "name": logged["name"],
            "digest": logged.get("digest") or uuid[:8],
            "dataset_source_type": logged.get("source_type", "http"),
            "dataset_source": json.dumps({"uri": logged.get("source", "")}),
            "dataset_schema": None,
            "dataset_profile": None,
        },
    )
    ends = {"source_type": "DATASET", "source_id": uuid, "destination_type": "RUN", "destination_id": job.name}
    yield "SqlInput", {"input_uuid": edge, **ends, "step": 0}
    context = logged.get("context", "training")
    yield "SqlInputTag", {"input_uuid": edge, "name": "mlflow.data.context", "value": context}


def _version(version: Resource) -> Row:
    properties, created = version.properties, _created_ms(version)
    return {
        "version": int(version.name),
        "creation_time": created,
        "last_updated_time": created,
        "description": properties.get("description"),
        "user_id": (version.item.get("systemData") or {}).get("createdBy"),
        "current_stage": properties.get("stage") or "None",
        "source": properties.get("modelUri") or "",
        "storage_location": properties.get("modelUri") or "",
        "run_id": properties.get("jobName") or (version.extra.get("mlflow") or {}).get("run"),
        "status": "READY",
    }


def _created_ms(resource: Resource) -> int:
    """Creation time in milliseconds since the epoch."""
    created = (resource.item.get("systemData") or {}).get("createdAt") or _EPOCH
    return int(datetime.fromisoformat(created).timestamp() * 1_000)
