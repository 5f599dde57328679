"""The rows of a generated MLflow store: ordinary runs, logged models and versions, the same at every call."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CONTENT = 1  # raise when the content changes: cached stores are then rebuilt
EPOCH_MS = 1_700_000_000_000
RUN_EVERY_MS = 1_200_000

Row = dict[str, Any]


@dataclass(frozen=True)
class StoreSize:
    """Runs, model versions and registered models of a store."""

    runs: int
    versions: int
    models: int

    @property
    def experiments(self) -> int:
        """About 20 per 2,000 runs."""
        return max(2, self.runs // 100)


@dataclass(frozen=True)
class GeneratedRun:
    """What versions and logged models need to know of a run; `started` in milliseconds."""

    run_id: str
    experiment_id: int
    started: int
    user: str
    model_id: str  # empty: the run logged no model


class StoreGenerator:
    """Yields (name of MLflow's table class, row) for a whole store, from one seeded random source."""

    def __init__(self, size: StoreSize) -> None:
        self.size = size
        self.random = random.Random(f"{CONTENT} {size}")  # noqa: S311 - made-up content
        self.users = [f"{first}{last}" for first in "abcdefgh" for last in ("ruiz", "chen", "okafor", "novak", "holm")]
        self.runs = [self._run(number) for number in range(size.runs)]
        self.origins = self.random.choices(self.runs, k=size.versions)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """All rows, parents before children."""
        for number in range(1, self.size.experiments + 1):
            yield from self._experiment_rows(number)
        registered = self._registrations()
        for number, run in enumerate(self.runs):
            yield from self._run_rows(number, run)
            if run.model_id:
                yield from self._logged_model_rows(run, registered.get(run.run_id, []))
        for number in range(self.size.models):
            yield from self._model_rows(number)

    # --- names and links ---

    def _hex(self, characters: int = 32) -> str:
        return f"{self.random.getrandbits(characters * 4):0{characters}x}"

    def _run(self, number: int) -> GeneratedRun:
        logged = self.random.random() < 0.5
        experiment_id = 1 + number % self.size.experiments
        started = EPOCH_MS + number * RUN_EVERY_MS
        return GeneratedRun(
            self._hex(), experiment_id, started, self.random.choice(self.users), f"m-{self._hex()}" * logged
        )

    def _model_name(self, number: int) -> str:
        team = ("fraud", "credit", "clinical", "pricing", "documents")[number % 5]
        return f"{team}-model-{number:04d}"

    def _version_numbers(self, model: int) -> Iterator[tuple[int, GeneratedRun]]:
        """(version, its run) of one model: versions are dealt to the models in turn."""
        dealt = range(model, self.size.versions, self.size.models)
        for version, index in enumerate(dealt, 1):
            yield version, self.origins[index]

    def _registrations(self) -> dict[str, list[Row]]:
        by_run: dict[str, list[Row]] = defaultdict(list)
        for model in range(self.size.models):
            for version, run in self._version_numbers(model):
                by_run[run.run_id].append({"name": self._model_name(model), "version": version})
        return by_run

    # --- tracking ---

    def _experiment_rows(self, number: int) -> Iterator[tuple[str, Row]]:
        yield (
            "SqlExperiment",
            {
                "experiment_id": number,
                "name": f"team-{number % 7}/experiment-{number:04d}",
                "artifact_location": f"s3://example-models/{number}",
                "creation_time": EPOCH_MS,
                "last_update_time": EPOCH_MS,
            },
        )
        tags = {"team": f"team-{number % 7}", "mlflow.note.content": f"What experiment {number} is about. " * 4}
        for key, value in tags.items():
            yield "SqlExperimentTag", {"experiment_id": number, "key": key, "value": value}
        for data in range(3):
            yield "SqlDataset", self._dataset_row(number, data)

    def _dataset_row(self, experiment_id: int, data: int) -> Row:
        columns = [
            {"type": "double", "name": f"feature_{column:03d}", "required": True} for column in range(14 + 8 * data)
        ]
        return {
            "dataset_uuid": _dataset_id(experiment_id, data),
            "experiment_id": experiment_id,
            "name": f"curated_table_{data}",
            "digest": self._hex(8),
            "dataset_source_type": "abfss",
            "dataset_source": json.dumps({"uri": f"abfss://curated@example.net/{experiment_id}/table_{data}"}),
            "dataset_schema": json.dumps({"mlflow_colspec": columns}),
            "dataset_profile": json.dumps({"num_rows": 10_000 + data, "num_elements": 140_000 + data}),
        }

    def _run_rows(self, number: int, run: GeneratedRun) -> Iterator[tuple[str, Row]]:
        status = self.random.choices(("FINISHED", "FAILED", "KILLED", "RUNNING"), (94, 4, 1, 1))[0]
        deleted = self.random.random() < 0.02
        yield (
            "SqlRun",
            {
                "run_uuid": run.run_id,
                "name": f"train-{number:05d}",
                "source_type": "UNKNOWN",
                "source_name": "",
                "entry_point_name": "",
                "source_version": "",
                "user_id": run.user,
                "status": status,
                "start_time": run.started,
                "end_time": None if status == "RUNNING" else run.started + self.random.randint(10_000, 900_000),
                "lifecycle_stage": "deleted" if deleted else "active",
                "deleted_time": run.started + RUN_EVERY_MS if deleted else None,
                "artifact_uri": f"s3://example-models/{run.experiment_id}/{run.run_id}/artifacts",
                "experiment_id": run.experiment_id,
            },
        )
        for key, value in self._params().items():
            yield "SqlParam", {"run_uuid": run.run_id, "key": key, "value": value}
        for key, value in self._run_tags(number, run).items():
            yield "SqlTag", {"run_uuid": run.run_id, "key": key, "value": value}
        at = {"run_uuid": run.run_id, "timestamp": run.started + 9_000, "step": 0}
        for key, score in self._metrics().items():
            measured = {**at, "key": key, "value": score}
            yield "SqlMetric", {**measured, "is_nan": False}
            yield "SqlLatestMetric", {**measured, "is_nan": False}
        for data in range(self.random.choice((1, 2))):
            yield from self._input_rows(run, data)
        if run.model_id:
            yield "SqlInput", _edge(self._hex(), ("RUN_OUTPUT", run.run_id), ("MODEL_OUTPUT", run.model_id))

    def _input_rows(self, run: GeneratedRun, data: int) -> Iterator[tuple[str, Row]]:
        key = self._hex()
        context = ("training", "validation")[data]
        yield "SqlInput", _edge(key, ("DATASET", _dataset_id(run.experiment_id, data)), ("RUN", run.run_id))
        yield "SqlInputTag", {"input_uuid": key, "name": "mlflow.data.context", "value": context}

    def _params(self) -> dict[str, str]:
        choose = self.random.choice
        return {
            "learner": choose(("RandomForestClassifier", "GradientBoostingClassifier", "LogisticRegression")),
            "learning_rate": str(choose((0.1, 0.03, 0.01))),
            "n_estimators": str(choose((100, 200, 500))),
            "max_depth": str(choose((4, 6, 8))),
            "subsample": str(choose((0.5, 0.8, 1.0))),
            "num_memory_tokens": "128",
            "early_stopping": "True",
            "features": ",".join(f"feature_{number:03d}" for number in range(12)),
        }

    def _metrics(self) -> dict[str, float]:
        names = ("accuracy", "f1_macro", "roc_auc", "log_loss", "training_score", "fit_seconds")
        return {name: round(self.random.random(), 6) for name in names}

    def _run_tags(self, number: int, run: GeneratedRun) -> dict[str, str]:
        tags = {
            "mlflow.user": run.user,
            "mlflow.runName": f"train-{number:05d}",
            "mlflow.source.name": "pipelines/train.py",
            "mlflow.source.type": "JOB",
            "mlflow.source.git.commit": self._hex(40),
            "mlflow.source.git.branch": "main",
            "team": f"team-{run.experiment_id % 7}",
            "pipeline": f"nightly-{number % 13}",
            "cost_centre": str(4000 + number % 50),
        }
        if number // self.size.experiments % 3 == 2:  # its parent: the run before it in the same experiment
            tags["mlflow.parentRunId"] = self.runs[number - self.size.experiments].run_id
        return tags

    def _logged_model_rows(self, run: GeneratedRun, registered: list[Row]) -> Iterator[tuple[str, Row]]:
        key = {"model_id": run.model_id, "experiment_id": run.experiment_id}
        yield (
            "SqlLoggedModel",
            {
                **key,
                "name": "model",
                "artifact_location": f"s3://example-models/{run.experiment_id}/models/{run.model_id}/artifacts",
                "creation_timestamp_ms": run.started + 8_000,
                "last_updated_timestamp_ms": run.started + 9_000,
                "status": 2,  # READY
                "lifecycle_stage": "active",
                "source_run_id": run.run_id,
            },
        )
        for name, value in self._params().items():
            yield "SqlLoggedModelParam", {**key, "param_key": name, "param_value": value}
        tags = {"mlflow.user": run.user, "mlflow.source.name": "pipelines/train.py", "mlflow.source.type": "JOB"}
        if registered:
            tags["mlflow.modelVersions"] = json.dumps(registered)
        for name, value in tags.items():
            yield "SqlLoggedModelTag", {**key, "tag_key": name, "tag_value": value}
        at = {"run_id": run.run_id, "metric_timestamp_ms": run.started + 9_000, "metric_step": 0}
        for name, measured in self._metrics().items():
            yield "SqlLoggedModelMetric", {**key, **at, "metric_name": name, "metric_value": measured}

    # --- the registry ---

    def _model_rows(self, number: int) -> Iterator[tuple[str, Row]]:
        name = self._model_name(number)
        about = f"{name} scores what its team decides on, nightly. " * 3 if number % 10 else None
        times = {"creation_time": EPOCH_MS, "last_updated_time": EPOCH_MS + number}
        yield "SqlRegisteredModel", {"name": name, "description": about, **times}
        tags = {"team": name.split("-")[0], "governance.risk_tier": self.random.choice(("low", "medium", "high"))}
        if number % 6:
            tags["governance.owner"] = f"{self.random.choice(self.users)}@example.com"
        if number % 7:
            tags["governance.use_case"] = f"UC-{number % 40:02d}"
        for key, value in tags.items():
            yield "SqlRegisteredModelTag", {"name": name, "key": key, "value": value}
        numbers = []
        for version, run in self._version_numbers(number):
            yield from self._version_rows(name, version, run)
            numbers.append(version)
        if numbers and number % 5:
            alias = {"name": name, "alias": "champion", "version": self.random.choice(numbers)}
            yield "SqlRegisteredModelAlias", alias

    def _version_rows(self, name: str, version: int, run: GeneratedRun) -> Iterator[tuple[str, Row]]:
        registered = run.started + version * 60_000
        artifacts = f"s3://example-models/{run.experiment_id}"
        yield (
            "SqlModelVersion",
            {
                "name": name,
                "version": version,
                "creation_time": registered,
                "last_updated_time": registered,
                "description": f"Trained by {run.user}." if version % 2 else None,
                "current_stage": "None",
                "source": f"models:/{run.model_id}" if run.model_id else f"runs:/{run.run_id}/model",
                "storage_location": f"{artifacts}/{run.model_id or run.run_id}/artifacts",
                "run_id": run.run_id,
                "status": "READY",
            },
        )
        for key, value in {"validated_by": run.user, "ticket": f"MRM-{registered % 9973}"}.items():
            yield "SqlModelVersionTag", {"name": name, "version": version, "key": key, "value": value}


def _dataset_id(experiment_id: int, data: int) -> str:
    return f"{experiment_id:028x}{data:04x}"


def _edge(key: str, source: tuple[str, str], destination: tuple[str, str]) -> Row:
    return {
        "input_uuid": key,
        "source_type": source[0],
        "source_id": source[1],
        "destination_type": destination[0],
        "destination_id": destination[1],
        "step": 0,
    }
