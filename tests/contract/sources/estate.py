"""A small MLflow estate with every oddity that is legal there, made through MLflow's own API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECRETS = ("AKIA" + "QYLPMN5HFIQR7XYA", "ghp_" + "a8Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv", "hunter" + "2-Tr0ub4dor")
NAMES = ('O\'Brien "quoted"', "per cent 50% & <b>html<b>", "naïve 模型 🦊")
LONG = "x" * 100_000


def fill(store: Path) -> dict[str, Any]:
    """Fills a SQLite store; what was made, by a short name."""
    from mlflow import MlflowClient
    from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag

    client = MlflowClient(f"sqlite:///{store}", f"sqlite:///{store}")
    made: dict[str, Any] = {"experiments": [], "runs": [], "models": []}
    for number in range(3):
        made["experiments"].append(client.create_experiment(f"experiment {number} {NAMES[number]}", tags={"a/b": "c"}))
    for number in range(7):
        experiment = made["experiments"][number % 3]
        run = client.create_run(experiment, start_time=1_700_000_000_000 + number, run_name=f"run {number}")
        run_id = run.info.run_id
        client.log_batch(
            run_id,
            metrics=[Metric("auc", 0.9, 1, 0), Metric("loss", float("nan"), 1, 0), Metric("gap", float("inf"), 1, 0)],
            params=[Param("num_memory_tokens", "128"), Param("password", SECRETS[2])],
            tags=[RunTag("note/with/slash", "<script>alert(1)</script>"), RunTag("long", LONG[:4_000])],
        )
        datasets = [
            DatasetInput(
                Dataset("sales", f"digest{number % 2}", "s3", '{"uri": "s3://bucket/sales"}'), [_context("training")]
            ),
            DatasetInput(Dataset("plain", "d2", "local", "not json at all"), [_context("validation")]),
        ]
        client.log_inputs(run_id, datasets)
        client.set_terminated(run_id, "FINISHED") if number else None
        made["runs"].append(run_id)
    client.set_tag(made["runs"][2], "mlflow.parentRunId", made["runs"][1])
    client.delete_run(made["runs"][3])
    for name in NAMES:
        client.create_registered_model(name, tags={"governance.owner": "ana"}, description=f"token {SECRETS[1]} inside")
        for run_id in made["runs"][:3]:
            client.create_model_version(name, f"runs:/{run_id}/model", run_id, tags={"key": SECRETS[0]})
        client.set_registered_model_alias(name, "champion", "2")
        client.set_registered_model_alias(name, "best-ever", "2")
        made["models"].append(name)
    client.create_model_version(NAMES[0], "s3://bucket/model", None)
    client.create_model_version(NAMES[0], f"s3://bucket/{made['runs'][4]}/artifacts/model", None)
    client.create_model_version(NAMES[0], f"runs:/{made['runs'][3]}/model", made["runs"][3])
    for experiment in made["experiments"]:
        client.create_logged_model(experiment, f"logged-{experiment}", source_run_id=made["runs"][5])
    return made


def _context(value: str) -> Any:
    from mlflow.entities import InputTag

    return InputTag("mlflow.data.context", value)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, all its cells as one text) of every staged file."""
    import pyarrow.parquet as pq

    for file in sorted(folder.rglob("*")):
        if file.suffix == ".parquet":
            yield file.name, str(pq.read_table(file).to_pylist())
        elif file.is_file():
            yield file.name, file.read_text(encoding="utf-8")
