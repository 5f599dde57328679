"""A real server with workspaces, below a path, and a store in a folder: as MLflow 3 offers them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.config.models import MlflowSource, Settings
from include.governance.config.register import Register
from include.governance.estate import Coverage, Estate
from include.governance.model import qualified_names
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.model.tables import RELATIONS
from include.governance.plan.entities import display_names
from include.governance.plan.entities.publish_scope import published_runs
from include.governance.records import Past, resolve
from include.governance.rules import judge, load_suites
from include.governance.staging.folder import Folder
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from include.sandbox import mlflow_server as launcher
from include.sandbox.faults import Fault
from tests.support.checked import answers_of
from tests.support.fault_proxy import FaultProxy, SeenRequest
from tests.support.judging import SHIPPED
from tests.unit.sources.mlflow.conftest import Read, edges, ids, row

PREFIX = "/mlflow"
LISTINGS = {"experiments", "registered_models", "model_versions", "logged_models", "runs"}


@pytest.fixture(scope="module")
def special(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL, without the path, of a server with workspaces: default, team-a and team-b, each with the same model."""
    folder = tmp_path_factory.mktemp("special")
    options = ("--enable-workspaces", "--static-prefix", PREFIX)
    with launcher.mlflow_server(
        f"sqlite:///{folder}/mlflow.db", folder / "artifacts", wait_idle=False, options=options, log=folder / "log"
    ) as url:
        for workspace in ("default", "team-a", "team-b"):
            fill(url + PREFIX, workspace)
        yield url


class ByWorkspace(FaultProxy):
    """Faults see the workspace that a request names at the end of its path, behind a #."""

    def note(self, seen: SeenRequest) -> Fault | None:
        plain, seen.path = seen.path, f"{seen.path}#{seen.headers.get('x-mlflow-workspace', '')}"
        try:
            return super().note(seen)
        finally:
            seen.path = plain


def fill(url: str, workspace: str) -> None:
    with httpx.Client(base_url=url, headers={"X-MLFLOW-WORKSPACE": workspace}, trust_env=False, timeout=60) as client:

        def post(path: str, **body: Any) -> Any:
            return client.post(f"/api/2.0/mlflow/{path}", json=body).raise_for_status().json()

        if workspace != "default":
            headers = {"X-MLFLOW-WORKSPACE": "default"}
            made = client.post("/api/3.0/mlflow/workspaces", json={"name": workspace}, headers=headers)
            made.raise_for_status()
        experiment = post("experiments/create", name="shared")["experiment_id"]
        run = post("runs/create", experiment_id=experiment, start_time=1_700_000_000_000)["run"]["info"]["run_id"]
        post("registered-models/create", name="scorer", tags=[{"key": "team", "value": workspace}])
        post("model-versions/create", name="scorer", source=f"s3://bucket/{run}", run_id=run)
        post("registered-models/alias", name="scorer", alias="champion", version="1")


def states(snapshot: Snapshot) -> dict[str, ReadStatus]:
    return {name: state.state for name, state in snapshot.collections().items()}


@pytest.mark.heavy
def test_below_a_path_it_is_read_as_at_the_root(read: Read, special: str) -> None:
    snapshot = read(uri=special + PREFIX, workspace="team-a")
    assert set(states(snapshot).values()) == {ReadStatus.COMPLETE}
    version = row(snapshot, AssetKind.MODEL_VERSION, "scorer/1")
    page = f"{special}{PREFIX}/#/models/scorer/versions/1?workspace=team-a"
    assert display_names.link(AssetKind.MODEL_VERSION, version, snapshot) == page


@pytest.mark.parametrize("form", ["uri", "fields", "path in host", "json schema"])
def test_a_connection_keeps_its_path(read: Read, special: str, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    host, _, port = special.removeprefix("http://").partition(":")
    stated = {
        "uri": f"{special}{PREFIX}",
        "fields": json.dumps({"conn_type": "http", "host": host, "port": int(port), "schema": PREFIX.strip("/")}),
        "path in host": json.dumps({"conn_type": "http", "host": f"{host}{PREFIX}", "port": int(port)}),
        "json schema": json.dumps({"conn_type": "mlflow", "host": f"{host}{PREFIX}", "port": port, "schema": "http"}),
    }[form]
    monkeypatch.setenv("AIRFLOW_CONN_BELOW", stated)
    source = MlflowSource(name="unit", connection="below", attempts=1, timeout_seconds=30)
    assert "can be listed" in sources.test_connection(source, from_environment)


def test_where_the_api_is_at_the_root_the_address_to_write_is_told(read: Read, proxy: FaultProxy) -> None:
    """As before MLflow had its REST API below the prefix, which only its pages were then."""
    proxy.fault(Fault("status", path="^/mlflow/", status=404, times=None, content="<html>Not Found</html>"))
    state = read(uri=proxy.url + PREFIX).collections()["experiments"]
    assert state.state == ReadStatus.FAILED
    assert state.remedy == f"MLflow's REST API answers at {proxy.url}: write that as the address."


def test_where_only_the_pages_api_is_below_the_path_that_is_read(read: Read, special: str) -> None:
    with FaultProxy(special) as proxy:
        proxy.fault(Fault("status", path=f"^{PREFIX}/api/", status=404, times=None, content="Not Found"))
        snapshot = read(uri=proxy.url + PREFIX, workspace="team-b")
    assert set(states(snapshot).values()) == {ReadStatus.COMPLETE}
    assert ids(snapshot, AssetKind.MODEL) == {"scorer"}


def test_workspaces_that_are_not_read_are_told(read: Read, special: str) -> None:
    first = read(uri=special + PREFIX, full_read_hours=0)
    again = read(since=first, uri=special + PREFIX, full_read_hours=0)
    for snapshot in (first, again):
        told = snapshot.collections()["workspaces"]
        assert (told.state, told.filtered) == (ReadStatus.COMPLETE, 2)
        assert "team-a, team-b" in told.reason
        assert "workspaces:" in told.remedy
        assert snapshot.complete


def test_all_workspaces_are_read_each_under_its_name(read: Read, special: str) -> None:
    snapshot = read(uri=special + PREFIX, workspaces={"allow": ["*"]})
    assert snapshot.complete
    assert set(states(snapshot)) == {"workspaces"} | {
        f"{workspace}/{listing}" for workspace in ("default", "team-a", "team-b") for listing in LISTINGS
    }
    models = {one["qualified_name"]: one["tags_json"] for one in snapshot.assets(AssetKind.MODEL).to_pylist()}
    assert {name: json.loads(tags)["team"] for name, tags in models.items()} == {
        "mlflow://unit/models/scorer": "default",
        "mlflow://unit/workspaces/team-a/models/scorer": "team-a",
        "mlflow://unit/workspaces/team-b/models/scorer": "team-b",
    }
    for model in models:
        version = f"{model}/versions/1"
        (edge,) = edges(snapshot, "run_produced_version", to_name=version)
        assert edge["from_name"].startswith(model.removesuffix("models/scorer") + "runs/")
        assert edges(snapshot, "run_in_experiment", from_name=edge["from_name"])
    versions = snapshot.assets(AssetKind.MODEL_VERSION).to_pylist()
    assert {one["aliases_json"] for one in versions} == {'["champion"]'}
    pages = {display_names.link(AssetKind.MODEL, one, snapshot) for one in snapshot.assets(AssetKind.MODEL).to_pylist()}
    page = f"{special}{PREFIX}/#/models/scorer"
    assert pages == {page, f"{page}?workspace=team-a", f"{page}?workspace=team-b"}
    keys = {qualified_names.record_key("unit", model, "scorer") for model in models}
    assert keys == {"unit/scorer", "unit/team-a/scorer", "unit/team-b/scorer"}


def test_workspaces_are_read_by_watermark_too(read: Read, special: str) -> None:
    first = read(uri=special + PREFIX, workspaces={"allow": ["*"]})
    again = read(since=first, uri=special + PREFIX, workspaces={"allow": ["*"]})
    modes = {state.mode for name, state in again.collections().items() if name.endswith("/runs")}
    assert modes == {"incremental"}
    for kind in AssetKind:
        names = [set(one.assets(kind, ["qualified_name"])["qualified_name"].to_pylist()) for one in (first, again)]
        assert names[0] == names[1]


def test_a_workspace_that_may_not_be_read_is_told_and_is_no_failure(read: Read, special: str) -> None:
    with ByWorkspace(special) as proxy:
        refused = {"error_code": "PERMISSION_DENIED", "message": "Permission denied"}
        proxy.fault(Fault("status", path="#team-b$", status=403, times=None, content=refused))
        snapshot = read(uri=proxy.url + PREFIX, workspaces={"allow": ["*"]})
    assert snapshot.complete
    told = snapshot.collections()["workspaces"]
    assert "may not read 1 of them: team-b" in told.reason
    assert not [name for name in states(snapshot) if name.startswith("team-b/")]


def checked(url: str, **more: Any) -> dict[str, str]:
    """What `check` asks for, and what it is told."""
    source = MlflowSource(name="unit", uri=url, workspaces={"allow": ["*"]}, attempts=1, timeout_seconds=30, **more)
    return answers_of(source)


def test_every_workspace_is_checked(special: str) -> None:
    with ByWorkspace(special) as proxy:
        told = checked(proxy.url + PREFIX, prompts=True)
        asked = {seen.headers["x-mlflow-workspace"] for seen in proxy.requests if "/runs/search" in seen.path}
    assert told.pop("workspaces") == "3 of 3 are read"
    listings = ("experiments", "runs", "registered models", "model versions", "logged models", "prompts")
    assert told == {f"{listing} of the workspaces": "3 of 3 answer" for listing in listings}
    assert asked == {"default", "team-a", "team-b"}


def test_a_listing_that_one_workspace_refuses_is_a_failed_check(special: str) -> None:
    refused = {"error_code": "PERMISSION_DENIED", "message": "Permission denied"}
    with ByWorkspace(special) as proxy:
        proxy.fault(Fault("status", path="/runs/search.*#team-b$", status=403, times=None, content=refused))
        told = checked(proxy.url + PREFIX)
    assert told["runs of the workspaces"].startswith("1 of 3 may not be read: ")
    assert told["registered models of the workspaces"] == "3 of 3 answer"


def test_a_workspace_that_a_read_leaves_out_is_no_failed_check(special: str) -> None:
    refused = {"error_code": "PERMISSION_DENIED", "message": "Permission denied"}
    with ByWorkspace(special) as proxy:
        proxy.fault(Fault("status", path="#team-b$", status=403, times=None, content=refused))
        told = checked(proxy.url + PREFIX)
    assert told.pop("workspaces") == "2 of 3 are read; this login may not read team-b"
    assert set(told.values()) == {"2 of 2 answer"}


def test_workspaces_that_cannot_be_listed_are_a_failed_check(special: str) -> None:
    source = MlflowSource(name="unit", uri=special + PREFIX, workspaces={"allow": ["team-*"]}, attempts=1)
    assert sources.test_connection(source, from_environment).endswith("2 workspaces are in scope")
    with FaultProxy(special) as proxy:
        proxy.fault(Fault("status", path="/3.0/mlflow/workspaces", status=403, times=None, content="no"))
        assert list(told := checked(proxy.url + PREFIX)) == ["workspaces"]
    assert "403" in told["workspaces"]


def test_a_workspace_that_fails_costs_only_itself(read: Read, special: str) -> None:
    with ByWorkspace(special) as proxy:
        first = read(uri=proxy.url + PREFIX, workspaces={"allow": ["*"]}, full_read_hours=0)
        proxy.fault(Fault("status", path="#team-b$", status=403, times=None, content="no"))
        snapshot = read(since=first, uri=proxy.url + PREFIX, workspaces={"allow": ["*"]}, full_read_hours=0)
    found = states(snapshot)
    assert {name for name, state in found.items() if state != ReadStatus.COMPLETE} == {
        f"team-b/{listing}" for listing in LISTINGS
    }
    assert len(ids(snapshot, AssetKind.MODEL_VERSION)) == 1
    assert snapshot.assets(AssetKind.MODEL_VERSION).num_rows == 3
    coverage = Coverage([snapshot])
    assert coverage.why_incomplete("mlflow://unit/workspaces/team-b/models/scorer/versions/1")
    for whole in ("mlflow://unit/models/scorer/versions/1", "mlflow://unit/workspaces/team-a/models/scorer/versions/1"):
        assert coverage.why_incomplete(whole) is None
    assert coverage.is_complete(AssetKind.RUN, "mlflow://unit/runs/gone")
    assert not coverage.is_complete(AssetKind.RUN, "mlflow://unit/workspaces/team-b/runs/gone")


def test_a_server_that_wants_a_workspace_says_which_there_are(read: Read, special: str) -> None:
    """As one without a default workspace answers."""
    with FaultProxy(special) as proxy:
        message = {"code": "INVALID_PARAMETER_VALUE", "message": "Workspace context is required for this request."}
        proxy.fault(Fault("status", path="/api/2.0/", status=400, times=None, content={"error": message}))
        state = read(uri=proxy.url + PREFIX).collections()["experiments"]
    assert "`workspace`" in state.remedy
    assert "default, team-a, team-b" in state.remedy


def test_a_workspace_that_is_not_there(read: Read, special: str) -> None:
    state = read(uri=special + PREFIX, workspace="nobody").collections()["experiments"]
    assert state.state == ReadStatus.FAILED
    assert "Correct `workspace`" in state.remedy


def test_headers_of_ones_own_go_with_every_call_and_are_never_shown(
    read: Read, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret, other = "value-of-access-client", "value-of-the-connection"
    source = {"headers": {"X-Access-Client-Secret": secret}}
    assert secret not in repr(MlflowSource(name="unit", uri=proxy.url, **source))
    proxy.fault(Fault("status", path="runs/search", status=403, times=None, content=f"bad header {secret}"))
    snapshot = read(**source)
    assert {seen.headers.get("x-access-client-secret") for seen in proxy.requests} == {secret}
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]
    assert "bad header ***" in snapshot.collections()["runs"].reason
    extra = {"headers": {"X-Access-Client-Secret": other}}
    connection = {"conn_type": "http", "host": proxy.url, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_GATE", json.dumps(connection))
    proxy.clear()
    sources.test_connection(MlflowSource(name="unit", connection="gate"), from_environment)
    assert {seen.headers.get("x-access-client-secret") for seen in proxy.requests} == {other}


@pytest.mark.parametrize(
    "headers", [{"bad name": "x"}, {"X-Y": "two\nlines"}, {"": "x"}], ids=["name", "value", "empty"]
)
def test_headers_that_cannot_be_sent_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header") as caught:
        MlflowSource(name="unit", uri="http://x", headers=headers)
    assert "two\nlines" not in str(caught.value)


@pytest.fixture(scope="module")
def folder_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in a folder, made by MLflow in a process of its own, which alone allows it."""
    store = tmp_path_factory.mktemp("folder") / "mlruns"
    script = (
        "import sys; from mlflow import MlflowClient; c = MlflowClient(sys.argv[1], sys.argv[1]);"
        "r = c.create_run(c.create_experiment('in a folder')); c.create_registered_model('kept');"
        "c.create_model_version('kept', 's3://bucket/x', r.info.run_id);"
        "c.set_registered_model_alias('kept', 'champion', '1')"
    )
    environment = {**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}
    subprocess.run([sys.executable, "-c", script, str(store)], env=environment, check=True, capture_output=True)
    return store


def test_a_store_in_a_folder_is_refused_with_what_to_do(read: Read, folder_store: Path, tmp_path: Path) -> None:
    unopened = shutil.copytree(folder_store, tmp_path / "unopened")  # MLflow opens a store once per process
    state = read(uri=str(unopened)).collections()["experiments"]
    assert state.state == ReadStatus.FAILED
    assert "MLFLOW_ALLOW_FILE_STORE=true" in state.remedy
    assert "migrate-filestore" in state.remedy


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_store_in_a_folder_is_read_where_mlflow_is_told_to(
    folder_store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    before = sorted(str(file) for file in folder_store.rglob("*"))
    source = MlflowSource(name="unit", uri=form.format(folder_store))
    snapshot = sources.read(source, Folder(str(tmp_path)), from_environment)
    assert snapshot.complete, snapshot.collections()
    assert ids(snapshot, AssetKind.MODEL_VERSION) == {"kept/1"}
    assert row(snapshot, AssetKind.MODEL_VERSION, "kept/1")["aliases_json"] == '["champion"]'
    assert sorted(str(file) for file in folder_store.rglob("*")) == before


def test_workspaces_are_containers_of_their_own(read: Read, special: str) -> None:
    snapshot = read(uri=special + PREFIX, workspaces={"allow": ["*"], "deny": ["team-b"]})
    settings = Settings.model_validate({"sources": [{"name": "unit", "uri": "x"}], "catalog": {"url": "x"}})
    records = resolve(Estate.of([snapshot]), Register(), settings, Past(), datetime(2026, 3, 1, tzinfo=UTC)).records
    judgement = judge(records, load_suites(SHIPPED))
    assert not judgement.rule_errors
    found = {one["record_key"]: one for one in rows(records.evidence)}
    assert set(found) == {"unit/scorer", "unit/team-a/scorer"}
    assert found["unit/team-a/scorer"]["run_state"] == "active"
    assert found["unit/team-a/scorer"]["container"] == "mlflow://unit/workspaces/team-a"
    told = next(one for one in rows(records.health) if one["collection"] == "workspaces")
    assert told["state"] == "complete"
    assert [one["native_id"] for one in snapshot.filtered()] == ["team-b"]
    merged = Estate.of([snapshot]).merged.with_relations(pa.Table.from_pandas(records.relations, schema=RELATIONS))
    assert published_runs(merged, settings.publish) == {one["run"] for one in found.values()}
