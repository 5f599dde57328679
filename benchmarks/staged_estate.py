"""A large estate as staged snapshots: MLflow and Azure ML, joined by run, by tag and by copy, with gaps among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from include.governance.model import json_text, qualified_names
from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.model.relations import Relation
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot

_WORKSPACES = 20
_VERSIONS_PER_MODEL = 6
_RUN_METRICS = json_text.dump({f"metric_{number}": number / 7 for number in range(5)})
_RUN_PARAMS = json_text.dump({f"param_{number}": str(number) for number in range(10)})


@dataclass(frozen=True)
class EstateSize:
    """Runs and models of MLflow, jobs and models of Azure ML; six versions per model."""

    runs: int
    models: int
    jobs: int
    azure_models: int

    @property
    def versions(self) -> int:
        """Model versions of both platforms."""
        return (self.models + self.azure_models) * _VERSIONS_PER_MODEL

    def times(self, factor: int) -> EstateSize:
        """An estate so many times as large."""
        return EstateSize(self.runs * factor, self.models * factor, self.jobs * factor, self.azure_models * factor)


LARGE = EstateSize(runs=20_000, models=500, jobs=20_000, azure_models=200)


def stage(size: EstateSize, folder: Path) -> list[Snapshot]:
    """Writes both snapshots below a folder."""
    return [_mlflow(size, folder / "mlflow"), _azure(size, folder / "azureml")]


def _mlflow(size: EstateSize, folder: Path) -> Snapshot:
    writer = SnapshotWriter(Folder(str(folder)), "mlflow")
    for collection in dict.fromkeys(COLLECTION_OF.values()):
        writer.state(collection).pages = 1
    for number in range(50):
        experiment = qualified_names.experiment("mlflow", str(number))
        _add(writer, AssetKind.EXPERIMENT, experiment, name=f"exp {number}", lifecycle_stage="active", tags_json="{}")
    for number in range(size.runs):
        _run(writer, number)
    for number in range(size.models):
        _mlflow_model(writer, number, size)
    return writer.close({"platform": "mlflow", "address": "http://mlflow.example.com", "calls": 36})


def _run(writer: SnapshotWriter, number: int) -> None:
    run = qualified_names.run("mlflow", _run_id(number))
    _add(
        writer,
        AssetKind.RUN,
        run,
        experiment=qualified_names.experiment("mlflow", str(number % 50)),
        lifecycle_stage="deleted" if number % 97 == 0 else "active",
        metrics_json=_RUN_METRICS if number % 11 else "{}",
        params_json=_RUN_PARAMS,
        tags_json="{}",
    )
    if number % 13:
        table = number % 2_000
        data = qualified_names.dataset("mlflow", f"table-{table}", "d1", f"s3://lake/{table}")
        _add(writer, AssetKind.DATASET, data, name=f"table-{table}", digest="d1", source_uri=f"s3://lake/{table}")
        writer.relate(Relation.DATASET_USED_BY_RUN, data, run, rule="dataset input", stated_by=run)


def _mlflow_model(writer: SnapshotWriter, number: int, size: EstateSize) -> None:
    model = qualified_names.model("mlflow", f"model-{number}")
    tags = {"governance.owner": f"team-{number % 40}"} if number % 9 else {}
    tags |= {"governance.use_case": f"UC-{number % 30}"} if number % 7 else {}
    tags |= {"governance.record": f"record-{number}"} if number % 5 == 0 else {}
    _add(writer, AssetKind.MODEL, model, name=f"model-{number}", tags_json=json_text.dump(tags), aliases_json="{}")
    for version in range(1, _VERSIONS_PER_MODEL + 1):
        name = qualified_names.model_version("mlflow", f"model-{number}", str(version))
        origin = (number * _VERSIONS_PER_MODEL + version) % size.runs
        in_production = version == _VERSIONS_PER_MODEL
        _add(
            writer,
            AssetKind.MODEL_VERSION,
            name,
            model=model,
            model_name=f"model-{number}",
            name=f"model-{number} v{version}",
            version=version,
            run_id=_run_id(origin),
            tags_json="{}",
            aliases_json='["champion"]' if in_production else "[]",
        )
        run = qualified_names.run("mlflow", _run_id(origin))
        writer.relate(Relation.RUN_PRODUCED_VERSION, run, name, rule="run id of the version", stated_by=name)


def _azure(size: EstateSize, folder: Path) -> Snapshot:
    writer = SnapshotWriter(Folder(str(folder)), "azureml")
    for number in range(_WORKSPACES):
        where = qualified_names.azure(_workspace(number)) + "/"
        for collection, kind in (
            ("jobs", AssetKind.RUN),
            ("model_versions", AssetKind.MODEL_VERSION),
            ("models", AssetKind.MODEL),
        ):
            writer.state(f"ws{number}/{collection}", kind=kind, covers=where).pages = 1
    for number in range(size.jobs):
        _job(writer, number)
    for number in range(size.azure_models):
        _azure_model(writer, number, size)
    return writer.close({"platform": "azure_ml", "address": "https://management.azure.com", "calls": 2_922})


def _job(writer: SnapshotWriter, number: int) -> None:
    workspace = _workspace(number % _WORKSPACES)
    job = qualified_names.azure(workspace, "jobs", f"job_{number}")
    columns = {"lifecycle_stage": "active", "metrics_json": _RUN_METRICS, "params_json": "{}", "tags_json": "{}"}
    _add(writer, AssetKind.RUN, job, name=f"job_{number}", container=qualified_names.azure(workspace), **columns)
    data = qualified_names.azure(workspace, "data", f"table-{number % 500}", "versions", "1")
    _add(writer, AssetKind.DATASET, data, name=f"table-{number % 500}", source_uri=f"abfss://lake/{number % 500}")
    writer.relate(Relation.DATASET_USED_BY_RUN, data, job, rule="job input", stated_by=job)


def _azure_model(writer: SnapshotWriter, number: int, size: EstateSize) -> None:
    """One of three came from an MLflow run, one states the same record, one was trained here."""
    workspace, title = _workspace(number % _WORKSPACES), f"model-{number}"
    model = qualified_names.azure(workspace, "models", title)
    tags = {"governance.record": f"record-{number}"} if number % 3 == 1 and number % 5 == 0 else {}
    common = {"container": qualified_names.azure(workspace)}
    _add(writer, AssetKind.MODEL, model, name=title, tags_json=json_text.dump(tags), aliases_json="{}", **common)
    for version in range(1, _VERSIONS_PER_MODEL + 1):
        name = qualified_names.azure(workspace, "models", title, "versions", str(version))
        origin = (number * _VERSIONS_PER_MODEL + version) % size.runs
        source = f"s3://artifacts/1/{_run_id(origin)}/artifacts/model" if number % 3 == 0 else None
        columns = {"model": model, "model_name": title, "name": f"{title} v{version}", "version": version}
        _add(
            writer,
            AssetKind.MODEL_VERSION,
            name,
            source_uri=source,
            tags_json='{"lifecycle":"production"}' if version == _VERSIONS_PER_MODEL else "{}",
            aliases_json="[]",
            **columns,
            **common,
        )
        if number % 3 == 2:
            job = qualified_names.azure(workspace, "jobs", f"job_{number * _VERSIONS_PER_MODEL + version}")
            writer.relate(Relation.RUN_PRODUCED_VERSION, job, name, rule="job name of the version", stated_by=name)


def _add(writer: SnapshotWriter, kind: AssetKind, qualified_name: str, **columns: object) -> None:
    row = {"qualified_name": qualified_name, "native_id": qualified_name, "secrets_removed": 0}
    writer.add(kind, {**row, **columns})


def _run_id(number: int) -> str:
    return f"{number:032x}"


def _workspace(number: int) -> str:
    return f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws-{number}"
