"""Versions that MLflow 3 logged with and without a signature: only their MLmodel file says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.sources.mlflow.signatures import _stated
from tests.support.fault_proxy import FaultProxy
from tests.support.mlflow_server import MlflowServer
from tests.unit.sources.mlflow.conftest import Read, row

MODEL = "signed"


@pytest.fixture(scope="module")
def versions(client: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What they stand for -> id: with a signature, without one, without a file, and one that is not in use."""
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    schema = Schema([ColSpec("double", "age")])
    experiment, made = client.create_experiment("signed"), {}
    client.create_registered_model(MODEL)
    for name, signature in {
        "present": ModelSignature(schema, schema),
        "absent": None,
        "no file": None,
        "not in use": None,
    }.items():
        run = client.create_run(experiment)
        logged = client.create_logged_model(experiment, "logged", source_run_id=run.info.run_id)
        if name != "no file":
            folder = tmp_path_factory.mktemp("model")
            model = Model(signature=signature)
            model.add_flavor("python_function", loader_module="nothing")
            model.save(str(folder / "MLmodel"))
            client.log_model_artifacts(logged.model_id, str(folder))
        version = client.create_model_version(
            MODEL, f"models:/{logged.model_id}", run.info.run_id, model_id=logged.model_id
        )
        if name != "not in use":
            client.set_registered_model_alias(MODEL, f"a{version.version}", version.version)
        made[name] = f"{MODEL}/{version.version}"
    return made


def files(proxy: FaultProxy) -> list[str]:
    return [seen.path for seen in proxy.requests if "get-artifact" in seen.path]


def signatures(snapshot: Any, versions: dict[str, str]) -> dict[str, str | None]:
    return {name: row(snapshot, AssetKind.MODEL_VERSION, one)["signature"] for name, one in versions.items()}


def test_the_file_of_each_version_in_use_is_read_once(
    read: Read, proxy: FaultProxy, server: MlflowServer, versions: dict[str, str]
) -> None:
    of_it = {"models": {"allow": [MODEL]}, "full_read_hours": 0}
    first = read(**of_it)
    assert signatures(first, versions) == {
        "present": "present",
        "absent": "absent",
        "no file": None,
        "not in use": None,
    }
    assert len(files(proxy)) == 3
    proxy.clear()
    again = read(since=first, **of_it)
    assert signatures(again, versions) == signatures(first, versions)
    assert [versions["no file"].rpartition("/")[2] in path for path in files(proxy)] == [True]
    direct = read(uri=f"sqlite:///{server.store}", **of_it)
    assert signatures(direct, versions)["not in use"] is None


def test_no_file_is_read_where_the_settings_say_so(read: Read, proxy: FaultProxy, versions: dict[str, str]) -> None:
    snapshot = read(models={"allow": [MODEL]}, signatures=False)
    assert set(signatures(snapshot, versions).values()) == {None}
    assert files(proxy) == []


@pytest.mark.parametrize(
    ("content", "stated"),
    [
        ("flavors: {python_function: {}}\nsignature:\n  inputs: '[]'\n", "present"),
        ("flavors: {python_function: {}}\nsignature: null\n", "absent"),
        ("flavors: {python_function: {}}\n", "absent"),
        ("<html>log in</html>", None),
        ("description: 'flavors: none'\nsignature: x\n", None),
        ("", None),
        ("[" * 100_000, None),
    ],
    ids=["present", "null", "none", "a page", "other keys", "empty", "nested"],
)
def test_only_a_model_file_says_something(content: str, stated: str | None) -> None:
    assert _stated(content) == stated


def test_a_local_store_gives_the_files_too(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow
    from mlflow import MlflowClient
    from mlflow.models import Model

    store = f"sqlite:///{tmp_path}/local.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)  # by it MLflow's client finds the logged model of a version
    client = MlflowClient(store, store)
    experiment = client.create_experiment("local", artifact_location=str(tmp_path / "artifacts"))
    run = client.create_run(experiment)
    logged = client.create_logged_model(experiment, "logged", source_run_id=run.info.run_id)
    model = Model()
    model.add_flavor("python_function", loader_module="nothing")
    (tmp_path / "made").mkdir()
    model.save(str(tmp_path / "made" / "MLmodel"))
    client.log_model_artifacts(logged.model_id, str(tmp_path / "made"))
    client.create_registered_model("local")
    client.create_model_version("local", f"models:/{logged.model_id}", run.info.run_id, model_id=logged.model_id)
    client.set_registered_model_alias("local", "champion", "1")
    snapshot = read(uri=store)
    assert row(snapshot, AssetKind.MODEL_VERSION, "local/1")["signature"] == "absent", mlflow.__version__
