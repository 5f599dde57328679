"""Writes the estate table into an MLflow store through MLflow's own API, with trained models."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import itertools
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from include.governance.errors import ConfigurationError
from include.sandbox.demo.data import TRUSTED_TYPES, Table, accepts, as_text, fitted
from include.sandbox.demo.estate import (
    EXPERIMENTS,
    MODELS,
    PROMPT,
    PROMPT_TEXTS,
    SECRET,
    TEAMS,
    Experiment,
    Model,
    Training,
    Version,
)
from include.sandbox.demo.quiet import quiet_mlflow

STORE = "mlflow.db"
MARKER = "demo.estate"
_PARTIAL = ".filling.db"
_DAY_MS = 86_400_000
_TRAIN_MS = 95_000

Say = Callable[[str], None]


def store_uri(home: Path) -> str:
    """SQLAlchemy URI of the demo store in `home`, for `mlflow server` and MlflowClient."""
    return f"sqlite:///{(home / STORE).resolve()}"


def is_filled(home: Path) -> bool:
    """Whether `home` holds a complete demo estate. Needs no MLflow.

    Raises ConfigurationError for a store that the demo did not write.
    """
    store = home / STORE
    if not store.exists():
        return False
    query = "SELECT 1 FROM experiment_tags WHERE key = ?"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db, contextlib.suppress(sqlite3.DatabaseError):
        if db.execute(query, (MARKER,)).fetchone():
            return True
    raise ConfigurationError(f"{store} is not a demo estate.", "Choose another folder with --home.", file=str(store))


def fill(home: Path, say: Say = print) -> bool:
    """Fills `home` with `mlflow.db` and `artifacts/`; False when they existed already.

    The database is written to a temporary file and renamed last, so that the next call repeats an interrupted one.
    Raises ConfigurationError when `home` holds files that the demo did not write.
    """
    home = home.resolve()
    if is_filled(home):
        say(f"The demo estate is already in {home}")
        return False
    home.mkdir(parents=True, exist_ok=True)
    with _only_writer(home):
        if is_filled(home):  # another process filled it while this one waited
            return False
        partial = _clear(home)
        say(f"Filling {home} (imports take some seconds) ...")
        with quiet_mlflow(f"sqlite:///{partial}"):
            _Writer(partial, home / "artifacts", say).write()
        _forget_run_ids(partial)
        partial.replace(home / STORE)
    return True


@contextmanager
def _only_writer(home: Path) -> Iterator[None]:
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clear(home: Path) -> Path:
    """Removes the files of an interrupted call and returns the path of the database to write."""
    partial, artifacts = home / _PARTIAL, home / "artifacts"
    if artifacts.exists() and not partial.exists():
        raise ConfigurationError(f"{artifacts} was not written by the demo.", "Choose another folder with --home.")
    shutil.rmtree(artifacts, ignore_errors=True)
    for leftover in home.glob(f"{_PARTIAL}*"):
        leftover.unlink()
    partial.touch()  # before the first artifact: it marks the folder as the demo's
    artifacts.mkdir()
    return partial


def _forget_run_ids(store: Path) -> None:
    """Removes the run id of `runless` versions, as older servers registered from the user interface.

    A current server looks the run up in the logged model and fills it in, so its API cannot write this state.
    """
    runless = [(m.name, n) for m in MODELS for n, v in enumerate(m.versions, 1) if v.origin == "runless"]
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.executemany("UPDATE model_versions SET run_id = NULL WHERE name = ? AND version = ?", runless)


def _made_up_secret() -> str:
    key = base64.b64encode(hashlib.sha512(b"no account has this key").digest()).decode()
    return ";".join(("DefaultEndpointsProtocol=https", "AccountName=examplelake", "Account" + f"Key={key}"))


class _Writer:
    """Writes the table into one store. Keeps the ids that later rows refer to, by training key."""

    def __init__(self, store: Path, artifacts: Path, say: Say) -> None:
        from mlflow import MlflowClient
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        uri = f"sqlite:///{store}"
        SqlAlchemyStore(uri, str(artifacts))  # creates the schema, with the Default experiment's artifacts in `home`
        self.client, self.artifacts, self.say = MlflowClient(uri, uri), artifacts, say
        self.now = int(time.time() * 1000)
        self.run_ids: dict[str, str] = {}
        self.model_ids: dict[str, str] = {}
        self.estimators: dict[str, Any] = {}

    def write(self) -> None:
        """Everything, in the order of the table."""
        first, *_ = [self._experiment(experiment) for experiment in EXPERIMENTS]
        for model in MODELS:
            self._model(model)
        for text in PROMPT_TEXTS:
            self.client.register_prompt(PROMPT, text, tags={"team": "documents"})
        self.client.set_prompt_alias(PROMPT, "production", len(PROMPT_TEXTS))
        self.say(f"  {len(MODELS)} models, {sum(len(m.versions) for m in MODELS)} versions, 1 prompt")
        self.client.set_experiment_tag(first, MARKER, "1")

    # --- experiments and runs ---

    def _experiment(self, experiment: Experiment) -> str:
        owner = TEAMS[experiment.team].owner
        experiment_id: str = self.client.create_experiment(
            experiment.name,
            artifact_location=str(self.artifacts / experiment.name.replace("/", "-")),
            tags={"team": experiment.team, "mlflow.note.content": experiment.about, "contact": owner},
        )
        if experiment.grid:
            self._search(experiment, experiment_id)
        for training in experiment.trainings:
            self._train(experiment, experiment_id, training)
        if experiment.deleted:
            self.client.delete_experiment(experiment_id)
        self.say(f"  {experiment.name}: {len(experiment.trainings)} runs" + (", then deleted" * experiment.deleted))
        return experiment_id

    def _search(self, experiment: Experiment, experiment_id: str) -> None:
        """A parent run and one child per combination of the grid, on the learner of the last training that fits it."""
        template = next(t for t in experiment.trainings if accepts(t.learner, experiment.grid))
        began = self.now - (template.days_ago + 1) * _DAY_MS
        user = TEAMS[experiment.team].people[0]
        parent = self._start_run(experiment_id, "grid search", experiment.team, user, began)
        combinations = list(itertools.product(*experiment.grid.values()))
        for number, values in enumerate(combinations):
            settings = dict(zip(experiment.grid, values, strict=True))
            child = self._start_run(
                experiment_id, f"grid {number + 1}", experiment.team, user, began + number * _TRAIN_MS, parent
            )
            table = Table(template.dataset)
            estimator = fitted(template.learner, settings, table)
            self._log_values(child, {"learner": template.learner, **as_text(settings)}, table.scores(estimator), began)
            self.client.set_terminated(child, "FINISHED", began + (number + 1) * _TRAIN_MS)
        self._log_values(parent, {"combinations": str(len(combinations))}, {}, began)
        self.client.set_terminated(parent, "FINISHED", began + len(combinations) * _TRAIN_MS)

    def _train(self, experiment: Experiment, experiment_id: str, training: Training) -> None:
        people = TEAMS[experiment.team].people
        began = self.now - training.days_ago * _DAY_MS
        user = people[training.days_ago % len(people)]
        run_id = self._start_run(experiment_id, training.key, experiment.team, user, began)
        self.run_ids[training.key] = run_id
        notes = {key: _made_up_secret() if value == SECRET else value for key, value in training.notes.items()}
        if training.learner:
            table = Table(training.dataset)
            estimator = self.estimators[training.key] = fitted(training.learner, training.settings, table)
            scores = table.scores(estimator) if training.record_metrics else {}
            self._log_values(
                run_id, {"learner": training.learner, **as_text(training.settings), **notes}, scores, began
            )
            self._log_model(run_id, training, table, user)
        else:
            lost = float("nan") if training.status == "FAILED" else 1 / (1 + training.days_ago)
            self._log_values(run_id, notes, {"loss": lost}, began)
        if training.status != "RUNNING":
            self.client.set_terminated(run_id, training.status, began + _TRAIN_MS)

    def _start_run(self, experiment_id: str, name: str, team: str, user: str, began: int, parent: str = "") -> str:
        """Creates a run that began at `began` (epoch milliseconds) and returns its id."""
        tags = {
            "mlflow.user": user,
            "team": team,
            "mlflow.source.name": f"pipelines/{team}/train.py",
            "mlflow.source.type": "JOB",
            "mlflow.source.git.commit": hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
        }
        if parent:
            tags["mlflow.parentRunId"] = parent
        run_id: str = self.client.create_run(experiment_id, began, tags, name).info.run_id
        return run_id

    def _log_values(self, run_id: str, params: dict[str, str], metrics: dict[str, float], at: int) -> None:
        from mlflow.entities import Metric, Param

        self.client.log_batch(
            run_id,
            [Metric(key, value, at + _TRAIN_MS, 0) for key, value in metrics.items()],
            [Param(key, value) for key, value in params.items()],
        )

    def _log_model(self, run_id: str, training: Training, table: Table, user: str) -> None:
        """Logs data sets and the fitted model from inside the run, as a training script does."""
        import mlflow
        import mlflow.sklearn
        from mlflow.models import infer_signature

        estimator = self.estimators[training.key]
        with mlflow.start_run(run_id=run_id, log_system_metrics=False):
            if training.record_dataset:
                for context, dataset in table.mlflow_datasets(training.dataset):
                    mlflow.log_input(dataset, context=context)
            info = mlflow.sklearn.log_model(
                estimator,
                name="model",
                signature=infer_signature(table.train_x, estimator.predict(table.train_x)),
                pip_requirements=["scikit-learn"],
                skops_trusted_types=TRUSTED_TYPES,
            )
        # not this process's login and path
        user_tags = {"mlflow.user": user, "mlflow.source.name": "pipelines/train.py"}
        self.client.set_logged_model_tags(info.model_id, user_tags)
        self.model_ids[training.key] = info.model_id

    # --- the registry ---

    def _model(self, model: Model) -> None:
        owner = TEAMS[model.team].owner if model.owner is None else model.owner
        governance = {
            "governance.owner": owner,
            "governance.use_case": model.use_case,
            "governance.risk_tier": model.risk,
            "governance.record": model.record,
            "team": model.team,
        }
        tags = {key: value for key, value in governance.items() if value}
        self.client.create_registered_model(model.name, tags=tags, description=model.about or None)
        for version in model.versions:
            self._version(model.name, version)

    def _version(self, name: str, version: Version) -> None:
        run_id = self.run_ids[version.training]
        source = {
            "model": f"models:/{self.model_ids[version.training]}",
            "runless": f"models:/{self.model_ids[version.training]}",
            "run": f"runs:/{run_id}/model",
            "upload": "",
        }[version.origin] or self._save_unlogged(name, version.training)
        number = self.client.create_model_version(
            name,
            source,
            None if version.origin == "upload" else run_id,
            tags=version.tags or None,
            description=version.about or None,
        ).version
        for alias in version.aliases:
            self.client.set_registered_model_alias(name, alias, number)
        if version.stage:
            self.client.transition_model_version_stage(name, number, version.stage)
        if version.delete_run:
            self.client.delete_run(run_id)

    def _save_unlogged(self, name: str, training: str) -> str:
        """Saves a model without run or signature and returns its path."""
        import mlflow.sklearn

        path = str(self.artifacts / "uploads" / name)
        mlflow.sklearn.save_model(
            self.estimators[training], path, pip_requirements=["scikit-learn"], skops_trusted_types=TRUSTED_TYPES
        )
        return path
