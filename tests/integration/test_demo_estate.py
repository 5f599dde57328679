"""Every story of the demo estate is really in the store, seen through MLflow's own client."""

from __future__ import annotations

import hashlib
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.governance.errors import ConfigurationError
from include.sandbox import demo
from include.sandbox.demo.estate import EXPERIMENTS, MODELS, PROMPT
from tests.support.demo import FILL_LOG

APPROVED = {"UC-FRAUD-01", "UC-CREDIT-02", "UC-DEMAND-05"}
PRODUCTION = {"champion", "production"}


@pytest.fixture(scope="module")
def home(demo_home: Path) -> Path:
    return demo_home


@pytest.fixture(scope="module")
def client(home: Path) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(demo.store_uri(home), demo.store_uri(home))


@pytest.fixture(scope="module")
def runs(client: Any) -> dict[str, Any]:
    from mlflow.entities import ViewType

    ids = [experiment.experiment_id for experiment in client.search_experiments(ViewType.ALL)]
    return {run.info.run_id: run for run in client.search_runs(ids, run_view_type=ViewType.ALL)}


def test_an_interrupted_fill_was_started_over(home: Path) -> None:
    assert demo.is_filled(home)
    assert not (home / "artifacts" / "torn.txt").exists()
    assert not list(home.glob(".filling*"))
    assert len((home / FILL_LOG).read_text().splitlines()) > len(EXPERIMENTS)


def test_a_second_fill_is_quick_changes_nothing_and_does_without_mlflow(home: Path) -> None:
    before = _fingerprint(home)
    code = (
        "import sys; from pathlib import Path; from include.sandbox import demo; "
        f"assert demo.fill(Path({str(home)!r})) is False; assert 'mlflow' not in sys.modules"
    )
    began = _cpu_seconds_of_children()
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert _cpu_seconds_of_children() - began < 2
    assert len(answer.stdout.splitlines()) == 1
    assert _fingerprint(home) == before


def test_a_foreign_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="not a demo estate"):
        demo.fill(tmp_path)


def test_foreign_artifacts_are_not_removed(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts" / "mine").touch()
    with pytest.raises(ConfigurationError, match="not written by the demo"):
        demo.fill(tmp_path)
    assert (tmp_path / "artifacts" / "mine").exists()


def test_three_models_or_more_are_perfectly_governed() -> None:
    assert len([model for model, rules in demo.stories() if not rules]) >= 3


def test_runs_have_every_status_parents_and_data(runs: dict[str, Any]) -> None:
    assert 40 <= len(runs) <= 60
    assert {run.info.status for run in runs.values()} == {"FINISHED", "FAILED", "RUNNING"}
    children = [run.data.tags["mlflow.parentRunId"] for run in runs.values() if "mlflow.parentRunId" in run.data.tags]
    assert len(children) > 10
    assert set(children) <= set(runs)
    contexts = {tag.value for run in runs.values() for use in run.inputs.dataset_inputs for tag in use.tags}
    assert contexts == {"training", "validation"}


def test_one_run_holds_a_made_up_secret_among_innocent_tokens(runs: dict[str, Any]) -> None:
    secret = "Account" + "Key="
    holders = [run.data.params for run in runs.values() if any(secret in v for v in run.data.params.values())]
    assert len(holders) == 1
    assert holders[0].items() >= {"num_memory_tokens": "128", "max_tokens": "512", "token_budget": "2048"}.items()


def test_an_experiment_is_deleted_and_no_version_comes_from_it(client: Any, runs: dict[str, Any]) -> None:
    from mlflow.entities import ViewType

    [deleted] = client.search_experiments(ViewType.DELETED_ONLY)
    assert deleted.name == "fraud/graph-embeddings-spike"
    behind = {runs[v.run_id].info.experiment_id for v in client.search_model_versions() if v.run_id}
    assert deleted.experiment_id not in behind


def test_the_registry_holds_the_table_and_a_prompt_apart(client: Any) -> None:
    models = {model.name for model in client.search_registered_models()}
    assert models == {model.name for model in MODELS}
    assert len(client.search_model_versions()) == sum(len(model.versions) for model in MODELS)
    assert client.get_prompt_version_by_alias(PROMPT, "production").version == 2


@pytest.mark.parametrize(("name", "rules"), demo.stories())
def test_the_story_is_in_the_store(name: str, rules: tuple[str, ...], client: Any, runs: dict[str, Any]) -> None:
    assert _findings(client, runs, name) == set(rules)


def test_a_model_outside_the_stories_is_not_in_production(client: Any) -> None:
    [name] = {model.name for model in MODELS} - {name for name, _ in demo.stories()}
    assert _in_production(client, name) is None


def test_the_runless_version_is_traced_through_its_logged_model(client: Any, runs: dict[str, Any]) -> None:
    version = _in_production(client, "demand-forecast")
    assert not version.run_id
    assert version.source.startswith("models:/m-")
    assert client.get_logged_model(version.source.removeprefix("models:/")).source_run_id in runs


def test_one_model_is_still_on_stages_and_one_names_its_record(client: Any) -> None:
    assert _in_production(client, "account-takeover-score").current_stage == "Production"
    assert client.get_registered_model("credit-default-risk").tags["governance.record"] == "credit-default"


# --- a small judge of its own, so that the table and the store are compared by a third party ---


def _in_production(client: Any, name: str) -> Any:
    model = client.get_registered_model(name)
    numbers = {model.aliases[alias] for alias in PRODUCTION & set(model.aliases)}
    versions = [v for v in client.search_model_versions() if v.name == name]
    [*found] = [v for v in versions if str(v.version) in map(str, numbers) or v.current_stage == "Production"]
    assert len(found) <= 1
    return found[0] if found else None


def _run_of(client: Any, runs: dict[str, Any], version: Any) -> Any:
    if not version.run_id and version.source.startswith("models:/m-"):
        return runs[client.get_logged_model(version.source.removeprefix("models:/")).source_run_id]
    return runs.get(version.run_id)


def _findings(client: Any, runs: dict[str, Any], name: str) -> set[str]:
    model, version = client.get_registered_model(name), _in_production(client, name)
    run, tags = _run_of(client, runs, version), model.tags
    owner, use_case = tags.get("governance.owner", ""), tags.get("governance.use_case", "")
    data = [use.dataset for use in run.inputs.dataset_inputs] if run else []
    checks = {
        "lineage.run.missing": run is None,
        "lineage.run.deleted": run is not None and run.info.lifecycle_stage == "deleted",
        "lineage.dataset.missing": not data,
        "lineage.dataset.unresolved": any(dataset.source_type == "code" for dataset in data),
        "ownership.owner.missing": not owner,
        "ownership.owner.unresolved": bool(owner) and "@" not in owner and not owner.startswith("team-"),
        "use_case.missing": not use_case,
        "use_case.not_approved": bool(use_case) and use_case not in APPROVED,
        "documentation.description.missing": not (model.description or version.description),
        "evaluation.metrics.missing": not (run and run.data.metrics),
        "security.secret_removed": run is not None and any("AccountName=" in v for v in run.data.params.values()),
    }
    return {rule for rule, broken in checks.items() if broken}


def _description_file(client: Any, version: Any) -> str:
    folder = client.get_model_version_download_uri(version.name, version.version)
    if folder.startswith("runs:/"):
        run = client.get_run(version.run_id)
        folder = client.get_logged_model(run.outputs.model_outputs[0].model_id).artifact_location
    return (Path(folder) / "MLmodel").read_text()


def _cpu_seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _fingerprint(home: Path) -> tuple[str, str]:
    database = (home / "mlflow.db").read_bytes()
    with sqlite3.connect(home / "mlflow.db") as connection:
        versions = connection.execute("SELECT name, version, last_updated_time FROM model_versions").fetchall()
    return hashlib.sha256(database).hexdigest(), repr(sorted(versions))
