"""What is sent to MLflow: how many calls, with which headers, and what patterns leave out."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.sandbox.faults import Fault
from tests.support.fault_proxy import FaultProxy
from tests.unit.sources.mlflow.conftest import Read, ids


@pytest.fixture(scope="module")
def named(client: Any) -> None:
    for name in ("calls/alpha", "calls/beta", "calls/[odd]*?"):
        experiment = client.create_experiment(name)
        client.create_run(experiment, run_name=f"run of {name}")
    for name in ("calls-alpha", "calls-beta", "calls-O'Brien"):
        client.create_registered_model(name)
        client.create_model_version(name, "s3://bucket/x")


def test_a_full_read_is_five_calls_and_the_first_one_more(read: Read, proxy: FaultProxy, named: None) -> None:
    """The first one asks whether the server has workspaces."""
    read(since=read(page_size=1_000), full_read_hours=0)
    assert [seen.path.split("?")[0].split("/mlflow/")[1] for seen in proxy.requests] == [
        "experiments/search",
        "registered-models/search",
        "model-versions/search",
        "logged-models/search",
        "runs/search",
        "workspaces",
        "experiments/search",
        "registered-models/search",
        "model-versions/search",
        "logged-models/search",
        "runs/search",
    ]


def test_each_further_page_is_one_call_more(read: Read, named: None) -> None:
    snapshot = read(page_size=2)
    states = snapshot.collections()
    assert all(state.pages == max(1, -(-state.seen // 2)) for state in states.values())
    assert snapshot.document["calls"] == 1 + sum(state.pages for state in states.values())
    assert states["runs"].pages > 1


def test_deleted_runs_and_experiments_are_asked_for(read: Read, proxy: FaultProxy, named: None) -> None:
    read()
    bodies = {seen.path.split("/")[-2]: json.loads(seen.body) for seen in proxy.requests if seen.body}
    assert bodies["experiments"]["view_type"] == "ALL"
    assert bodies["runs"]["run_view_type"] == "ALL"
    assert bodies["runs"]["order_by"] == ["attributes.start_time ASC"]


def test_bodies_are_sent_as_json(read: Read, proxy: FaultProxy, named: None) -> None:
    read()
    kinds = [seen.headers["content-type"] for seen in proxy.requests if int(seen.headers.get("content-length", 0))]
    assert kinds == ["application/json"] * 3


@pytest.mark.parametrize("workspace", ["team-a", None])
def test_the_workspace_header_is_sent_only_when_asked_for(read: Read, proxy: FaultProxy, workspace: str | None) -> None:
    snapshot = read(workspace=workspace)
    assert len(proxy.requests) >= 3
    assert {seen.headers.get("x-mlflow-workspace") for seen in proxy.requests} == {workspace}
    assert snapshot.assets(AssetKind.SOURCE).to_pylist()[0]["workspace"] == workspace


def test_a_server_without_workspaces_says_so(read: Read) -> None:
    state = read(workspace="team-a").collections()["experiments"]
    assert state.state == ReadStatus.FAILED
    assert "FEATURE_DISABLED" in state.reason


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ({"username": "ana", "password": "pw"}, "Basic " + base64.b64encode(b"ana:pw").decode()),
        ({"token": "t0k"}, "Bearer t0k"),
        ({}, None),
    ],
)
def test_the_login_goes_with_every_call(
    read: Read, proxy: FaultProxy, login: dict[str, str], expected: str | None
) -> None:
    read(**login)
    assert len(proxy.requests) >= 3
    assert {seen.headers.get("authorization") for seen in proxy.requests} == {expected}


def test_patterns_choose_models(read: Read, named: None) -> None:
    snapshot = read(models={"allow": ["calls-*"], "deny": ["*beta"]})
    assert ids(snapshot, AssetKind.MODEL) == {"calls-alpha", "calls-O'Brien"}
    assert ids(snapshot, AssetKind.MODEL_VERSION) == {"calls-alpha/1", "calls-O'Brien/1"}
    left = {row["native_id"] for row in snapshot.filtered() if row["collection"] == "model_versions"}
    assert "calls-beta/1" in left
    assert snapshot.collections()["registered_models"].state == ReadStatus.COMPLETE


def test_patterns_choose_experiments_and_their_runs(read: Read, named: None) -> None:
    snapshot = read(experiments={"allow": ["calls/alpha"]})
    assert {row["name"] for row in snapshot.assets(AssetKind.EXPERIMENT).to_pylist()} == {"calls/alpha"}
    assert {row["name"] for row in snapshot.assets(AssetKind.RUN).to_pylist()} == {"run of calls/alpha"}
    assert snapshot.collections()["experiments"].filtered >= 2


def test_patterns_match_with_regard_to_case(read: Read, named: None) -> None:
    assert ids(read(models={"allow": ["CALLS-*"]}), AssetKind.MODEL) == set()


def test_patterns_that_leave_nothing_ask_for_no_runs(read: Read, proxy: FaultProxy, named: None) -> None:
    snapshot = read(experiments={"allow": ["no such experiment"]})
    assert not [seen for seen in proxy.requests if "runs/search" in seen.path]
    assert snapshot.complete


def test_prompts_are_one_call_more_and_never_models(read: Read, proxy: FaultProxy, client: Any) -> None:
    client.register_prompt("greeting", "Say hello to {{name}}")
    without = read()
    assert "greeting" not in ids(without, AssetKind.MODEL)
    assert "prompts" not in without.collections()
    proxy.clear()
    snapshot = read(prompts=True)
    assert "greeting" in ids(snapshot, AssetKind.PROMPT)
    assert "greeting" not in ids(snapshot, AssetKind.MODEL)
    assert not [name for name in ids(snapshot, AssetKind.MODEL_VERSION) if name.startswith("greeting/")]
    assert len(proxy.requests) == 7


def test_prompts_that_a_server_shows_as_models_are_left_out(read: Read, proxy: FaultProxy, client: Any) -> None:
    client.register_prompt("shown", "As an older server shows it")
    tag = {"key": "mlflow.prompt.is_prompt", "value": "true"}

    def show(key: str, record: dict[str, Any]) -> Fault:
        return Fault(
            "rewrite",
            path=f"{key.replace('_', '-')}/search",
            times=None,
            edit=lambda answer: answer[key].append(record),
        )

    proxy.fault(show("registered_models", {"name": "shown", "tags": [tag]}))
    proxy.fault(show("model_versions", {"name": "shown", "version": "1"}))
    snapshot = read()
    assert "shown" not in ids(snapshot, AssetKind.MODEL)
    assert "shown/1" not in ids(snapshot, AssetKind.MODEL_VERSION)
    assert snapshot.quarantine() == []
