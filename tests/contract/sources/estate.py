"""A small MLflow estate with the oddities that are legal there, made through MLflow's own API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Put together here: no scanner of the repository should find one
SECRETS = {
    "param": "hunter" + "2-Tr0ub4dor",
    "tag": "AKIA" + "QYLPMN5HFIQR7XYA",
    "run description": "ghp_" + "a8Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "model description": "ghp_" + "b7Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "version description": "ghp_" + "c6Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "experiment tag": "dapi" + "0123456789abcdef0123456789abcdef",
    "source uri": "wJalrXUt" + "nFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    "dataset uri": "u8Kd02mf" + "QpXz71LwNcVbTyUeRi45SgHjZxCvAbCdEfGhIj",
    "dataset name": "glpat-" + "a8Kd02mfQpXz71LwNcVb",
    "dataset profile": "ghp_" + "d5Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "dataset context": "ghp_" + "e4Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "run name": "ghp_" + "f3Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "metric name": "ghp_" + "g2Kd02mfQpXz71LwNcVbTyUeRi45SgHjZxCv",
    "logged model tag": "xoxb-1234567890-1234567890-" + "a8Kd02mfQpXz71LwNcVbTyUe",
}
NAMES = ('O\'Brien "quoted"', "per cent 50% & <b>html</b>"[:21], "naïve 模型 🦊", "a b\tc;--")
RUNS = 7


def fill(store: Path) -> None:
    """Fills a SQLite store, which is made when missing."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{store}", f"sqlite:///{store}")
    experiments = [
        client.create_experiment(f"team/{name}", tags={"a/b": "c", "note": SECRETS["experiment tag"]})
        for name in NAMES[:3]
    ]
    runs = [_run(client, experiments[number % 3], number) for number in range(RUNS)]
    client.set_tag(runs[2], "mlflow.parentRunId", runs[1])
    client.delete_run(runs[3])
    for name in NAMES:
        _model(client, name, runs)
    client.create_model_version(NAMES[0], f"https://store/{runs[4]}/model?sig={SECRETS['source uri']}", None)
    client.create_model_version(NAMES[0], f"runs:/{runs[3]}/model", runs[3])
    for number in range(5):
        tags = {"bot": SECRETS["logged model tag"]}
        client.create_logged_model(experiments[number % 3], f"logged {number}", source_run_id=runs[5], tags=tags)


def _run(client: Any, experiment_id: str, number: int) -> str:
    from mlflow.entities import Metric, Param, RunTag

    name = f"run {number} {SECRETS['run name']}"
    run_id: str = client.create_run(experiment_id, start_time=1_700_000_000_000 + number, run_name=name).info.run_id
    values = {"auc": 0.9, "loss": float("nan"), "gap": float("inf"), SECRETS["metric name"]: 1.0}
    client.log_batch(
        run_id,
        metrics=[Metric(key, value, 1, 0) for key, value in values.items()],
        params=[Param("num_memory_tokens", "128"), Param("password", SECRETS["param"])],
        tags=[
            RunTag("note/with/slash", "<script>alert(1)</script>"),
            RunTag("long", "x" * 4_000),
            RunTag("mlflow.note.content", f"pushed with {SECRETS['run description']}"),
        ],
    )
    client.log_inputs(run_id, list(_inputs(number)))
    if number:
        client.set_terminated(run_id, "FINISHED")
    return run_id


def _inputs(number: int) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    table = f'{{"uri": "https://store/sales.csv?sig={SECRETS["dataset uri"]}"}}'
    profile = f'{{"rows": 10, "by": "{SECRETS["dataset profile"]}"}}'
    contexts = ("training", "validation", SECRETS["dataset context"])
    datasets = (
        Dataset("sales", f"digest{number % 2}", "http", table, None, profile),
        Dataset("plain", "d2", "local", "not json at all"),
        Dataset(f"export {SECRETS['dataset name']}", "d3", "code", "{}"),
    )
    for dataset, context in zip(datasets, contexts, strict=True):
        yield DatasetInput(dataset, [InputTag("mlflow.data.context", context)])


def _model(client: Any, name: str, runs: list[str]) -> None:
    about = f"read with {SECRETS['model description']}"
    client.create_registered_model(name, tags={"governance.owner": "ana"}, description=about)
    for run_id in runs[:3]:
        about = f"read with {SECRETS['version description']}"
        tags = {"where": SECRETS["tag"]}
        client.create_model_version(name, f"runs:/{run_id}/model", run_id, tags=tags, description=about)
    client.set_registered_model_alias(name, "champion", "2")
    client.set_registered_model_alias(name, "best-ever", "2")
