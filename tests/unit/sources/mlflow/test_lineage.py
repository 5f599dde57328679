"""Which run a model version comes from: every rule that says so, and every state in which none does."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from include.governance.estate import Coverage
from include.governance.model.assets import AssetKind
from include.governance.records.evidence.run_states import run_state as state_of_run
from tests.support.mlflow_server import MlflowServer
from tests.unit.sources.mlflow.conftest import Read, edges, ids, row

MODEL = "lineage"


@pytest.fixture(scope="module")
def home(client: Any) -> str:
    client.create_registered_model(MODEL)
    return str(client.create_experiment("lineage"))


def a_run(client: Any, home: str) -> str:
    return str(client.create_run(home).info.run_id)


def a_version(client: Any, source: str, run_id: str | None = None, **more: Any) -> str:
    return f"{MODEL}/{client.create_model_version(MODEL, source, run_id, **more).version}"


def origin(snapshot: Any, version_id: str) -> list[tuple[str, str, bool]]:
    """(run id, rule, heuristic) of every run that made that version."""
    version = row(snapshot, AssetKind.MODEL_VERSION, version_id)["qualified_name"]
    found = edges(snapshot, "run_produced_version", to_name=version)
    return [(edge["from_name"].rsplit("/", 1)[-1], edge["rule"], edge["heuristic"]) for edge in found]


def run_state(snapshot: Any, version_id: str) -> str | None:
    """What the stages after reading are told about the version's run."""
    version = row(snapshot, AssetKind.MODEL_VERSION, version_id)
    runs = {run["qualified_name"]: run["lifecycle_stage"] for run in snapshot.assets(AssetKind.RUN).to_pylist()}
    found = edges(snapshot, "run_produced_version", to_name=version["qualified_name"])
    name = found[0]["from_name"] if found else None
    asked = {"run": name, "run_lifecycle": runs.get(str(name)), "run_link": version["run_link"]}
    return state_of_run(asked, Coverage([snapshot]), was_there=True)[0]


def test_by_run_id(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    version = a_version(client, "s3://bucket/elsewhere", run_id)
    assert origin(read(), version) == [(run_id, "version's run id", False)]


def test_by_logged_model(read: Read, client: Any, registry: Any, home: str) -> None:
    run_id = a_run(client, home)
    model = client.create_logged_model(home, "logged", source_run_id=run_id)
    version = a_version(registry, f"models:/{model.model_id}")
    snapshot = read()
    assert origin(snapshot, version) == [(run_id, "logged model's source run", False)]
    name = row(snapshot, AssetKind.MODEL_VERSION, version)["qualified_name"]
    (edge,) = edges(snapshot, "version_from_logged_model", from_name=name)
    assert edge["to_name"] == row(snapshot, AssetKind.LOGGED_MODEL, model.model_id)["qualified_name"]
    assert edges(snapshot, "run_produced_logged_model", to_name=edge["to_name"])


def test_by_a_logged_model_that_is_gone(read: Read, client: Any, registry: Any, home: str) -> None:
    model = client.create_logged_model(home, "short-lived", source_run_id=a_run(client, home))
    version = a_version(registry, f"models:/{model.model_id}")
    client.delete_logged_model(model.model_id)
    snapshot = read()
    assert model.model_id not in ids(snapshot, AssetKind.LOGGED_MODEL)
    assert origin(snapshot, version) == []
    assert row(snapshot, AssetKind.MODEL_VERSION, version)["logged_model_id"] == model.model_id


def test_by_source(read: Read, client: Any, registry: Any, home: str) -> None:
    run_id = a_run(client, home)
    version = a_version(registry, f"runs:/{run_id}/model")
    assert origin(read(), version) == [(run_id, "source runs:/", False)]


def test_by_a_known_run_in_the_path_is_a_guess(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    known = a_version(client, f"s3://bucket/1/{run_id}/artifacts/model")
    unknown = a_version(client, f"s3://bucket/1/{'0' * 32}/artifacts/model")
    snapshot = read()
    assert origin(snapshot, known) == [(run_id, "run id in artifact path", True)]
    assert origin(snapshot, unknown) == []


def test_without_a_run(read: Read, client: Any, home: str) -> None:
    version = a_version(client, "s3://bucket/upload")
    snapshot = read()
    assert origin(snapshot, version) == []
    assert row(snapshot, AssetKind.MODEL_VERSION, version)["run_id"] is None
    assert snapshot.quarantine() == []


def test_a_copy_names_its_original(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    number = a_version(client, f"runs:/{run_id}/model", run_id).split("/")[1]
    client.copy_model_version(f"models:/{MODEL}/{number}", "lineage, copied")
    snapshot = read()
    copy = row(snapshot, AssetKind.MODEL_VERSION, "lineage, copied/1")["qualified_name"]
    (edge,) = edges(snapshot, "version_copied_from", from_name=copy)
    assert edge["to_name"] == row(snapshot, AssetKind.MODEL_VERSION, f"{MODEL}/{number}")["qualified_name"]


def test_every_version_of_a_run_has_its_edge(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    versions = [a_version(client, f"runs:/{run_id}/model", run_id) for _ in range(3)]
    snapshot = read()
    assert [origin(snapshot, version) for version in versions] == [[(run_id, "version's run id", False)]] * 3


def test_a_deleted_run_is_read(read: Read, client: Any, home: str) -> None:
    run_id = a_run(client, home)
    version = a_version(client, f"runs:/{run_id}/model", run_id)
    client.delete_run(run_id)
    snapshot = read()
    assert row(snapshot, AssetKind.RUN, run_id)["lifecycle_stage"] == "deleted"
    assert run_state(snapshot, version) == "deleted"


def test_a_purged_run_is_told(read: Read, client: Any, home: str, server: MlflowServer) -> None:
    run_id = a_run(client, home)
    version = a_version(client, f"runs:/{run_id}/model", run_id)
    with sqlite3.connect(server.store) as store:
        for table in ("tags", "runs"):
            store.execute(f"DELETE FROM {table} WHERE run_uuid = ?", (run_id,))
    snapshot = read()
    assert run_id not in ids(snapshot, AssetKind.RUN)
    assert origin(snapshot, version) == [(run_id, "version's run id", False)]
    assert run_state(snapshot, version) == "purged"


def test_a_run_of_a_deleted_experiment(read: Read, client: Any) -> None:
    experiment = client.create_experiment("deleted with its runs")
    run_id = a_run(client, experiment)
    client.delete_experiment(experiment)
    snapshot = read()
    assert row(snapshot, AssetKind.EXPERIMENT, experiment)["lifecycle_stage"] == "deleted"
    assert row(snapshot, AssetKind.RUN, run_id)["lifecycle_stage"] == "deleted"


def test_parents_and_children(read: Read, client: Any, home: str) -> None:
    parent = a_run(client, home)
    child = client.create_run(home, tags={"mlflow.parentRunId": parent}).info.run_id
    snapshot = read()
    names = [row(snapshot, AssetKind.RUN, run_id)["qualified_name"] for run_id in (child, parent)]
    assert [edge["to_name"] for edge in edges(snapshot, "child_of_run", from_name=names[0])] == names[1:]


def test_models_that_a_run_made_and_used(read: Read, client: Any, home: str) -> None:
    from mlflow.entities import LoggedModelInput, LoggedModelOutput

    maker, user = a_run(client, home), a_run(client, home)
    model = client.create_logged_model(home, "base", source_run_id=maker)
    client.log_outputs(maker, [LoggedModelOutput(model.model_id, 0)])
    client.log_inputs(user, models=[LoggedModelInput(model.model_id)])
    snapshot = read()
    name = row(snapshot, AssetKind.LOGGED_MODEL, model.model_id)["qualified_name"]
    rules = {edge["rule"] for edge in edges(snapshot, "run_produced_logged_model", to_name=name)}
    assert rules == {"logged model source run", "model output"}


def test_several_aliases_and_a_stage(read: Read, client: Any, home: str) -> None:
    version = a_version(client, "s3://bucket/aliased")
    number = version.split("/")[1]
    for alias in ("champion", "best-ever", "blue_1"):
        client.set_registered_model_alias(MODEL, alias, number)
    client.transition_model_version_stage(MODEL, number, "Production")
    found = row(read(), AssetKind.MODEL_VERSION, version)
    assert json.loads(found["aliases_json"]) == ["best-ever", "blue_1", "champion"]
    assert found["stage"] == "Production"


def test_a_deleted_version_is_not_listed(read: Read, client: Any, home: str) -> None:
    version = a_version(client, "s3://bucket/mistake")
    client.set_registered_model_alias(MODEL, "mistake", version.split("/")[1])
    client.delete_model_version(MODEL, version.split("/")[1])
    snapshot = read()
    assert version not in ids(snapshot, AssetKind.MODEL_VERSION)
    assert "mistake" not in json.loads(row(snapshot, AssetKind.MODEL, MODEL)["aliases_json"])


def test_an_experiment_that_is_renamed_stays_the_same(read: Read, client: Any) -> None:
    experiment = client.create_experiment("before")
    before = row(read(), AssetKind.EXPERIMENT, experiment)
    client.rename_experiment(experiment, "after")
    after = row(read(), AssetKind.EXPERIMENT, experiment)
    assert (before["name"], after["name"]) == ("before", "after")
    assert before["qualified_name"] == after["qualified_name"]
