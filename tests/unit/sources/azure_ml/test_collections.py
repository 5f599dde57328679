"""How far each collection came, what is set aside, and what stays as last known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot

from .canned import ML, SCOPE, Arm, estate, item, workspace_id
from .conftest import edges, rows

Reading = Callable[..., Snapshot]
WS = workspace_id()


def test_every_request_is_asked_once(arm: Arm, reading: Reading) -> None:
    """Two top listings, nine of the workspace, one for each container; nothing twice, no key ever."""
    snapshot = reading()
    assert len(arm.requests) == len(set(arm.requests)) == 2 + 9 + 3
    assert snapshot.document["calls"] == 14
    assert not [request for request in arm.requests if "listkeys" in request or "listsecrets" in request]
    assert all(state.state == ReadStatus.COMPLETE for state in snapshot.collections().values())
    assert all(state.covers.startswith("azure://subscriptions/") for state in snapshot.collections().values())


@pytest.mark.parametrize(
    ("path", "collection"),
    [
        (f"{WS}/jobs", "ws-fraud/jobs"),
        (f"{WS}/connections", "ws-fraud/connections"),
        (f"{WS}/onlineEndpoints", "ws-fraud/online_endpoints"),
        (f"{WS}/models", "ws-fraud/models"),
        (f"{SCOPE}/{ML}/registries", "registries"),
    ],
    ids=["jobs", "connections", "online_endpoints", "models", "registries"],
)
def test_a_refusal_costs_that_collection(arm: Arm, reading: Reading, path: str, collection: str) -> None:
    message = (
        "The client 'c' with object id 'o' does not have authorization to perform action "
        f"'Microsoft.MachineLearningServices/workspaces/jobs/read' over scope '{WS}' or the scope is invalid."
    )
    arm.refuse(path, 403, body={"error": {"code": "AuthorizationFailed", "message": message}})
    states = reading().collections()
    assert states[collection].state == ReadStatus.FAILED
    assert states[collection].remedy == f"Grant it the role AzureML Data Scientist (or Reader) on {WS}."
    below = {
        "ws-fraud/models": {"ws-fraud/model_versions"},
        "ws-fraud/online_endpoints": {"ws-fraud/online_deployments"},
        "ws-fraud/jobs": {"ws-fraud/experiments"},
    }.get(collection, set())
    assert {name for name, state in states.items() if state.state != ReadStatus.COMPLETE} == {collection, *below}


@pytest.mark.parametrize("listing", ["jobs", "models"])
def test_a_refusal_on_the_second_page_makes_it_partial(arm: Arm, reading: Reading, listing: str) -> None:
    for count in range(4):
        arm.add(f"{WS}/{listing}/more-{count}", {})
    arm.refuse(f"{WS}/{listing}", 403, from_page=1)
    state = reading().collections()[f"ws-fraud/{listing}"]
    assert (state.state, state.pages, state.seen) == (ReadStatus.PARTIAL, 1, 2)


def test_one_containers_refusal_makes_the_versions_partial(arm: Arm, reading: Reading) -> None:
    arm.add(f"{WS}/models/a-first", {})
    arm.collections[f"{WS}/models".lower()].reverse()
    arm.refuse(f"{WS}/models/a-first/versions", 403)
    snapshot = reading()
    assert snapshot.collections()["ws-fraud/model_versions"].state == ReadStatus.PARTIAL
    assert len(rows(snapshot, AssetKind.MODEL_VERSION)) == 2


def test_a_container_removed_meanwhile_is_no_failure(arm: Arm, reading: Reading) -> None:
    arm.add(f"{WS}/models/removed", {})
    arm.refuse(f"{WS}/models/removed/versions", 404)
    assert reading().collections()["ws-fraud/model_versions"].state == ReadStatus.COMPLETE


@pytest.mark.parametrize(
    ("listing", "kind", "odd"),
    [
        ("jobs", AssetKind.RUN, {"properties": "no object"}),
        ("models", AssetKind.MODEL, {"name": None}),
        ("datastores", AssetKind.DATASTORE, {"properties": 7}),
        ("onlineEndpoints", AssetKind.ENDPOINT, {"properties": {"traffic": {"blue": "much"}}}),
    ],
)
def test_one_bad_item_costs_that_item(
    arm: Arm, reading: Reading, listing: str, kind: AssetKind, odd: dict[str, Any]
) -> None:
    before = len(rows(reading(), kind))
    for count in range(3):
        arm.add(f"{WS}/{listing}/good-{count}", {})
    arm.collections[f"{WS}/{listing}".lower()].insert(1, {**item(f"{WS}/{listing}/bad"), **odd})
    snapshot = reading()
    state = next(found for found in snapshot.collections().values() if found.quarantined)
    assert (state.state, state.quarantined, state.kind) == (ReadStatus.COMPLETE, 1, kind)
    assert len(rows(snapshot, kind)) == before + 3
    assert snapshot.quarantine()[0]["native_id"] == f"{WS}/{listing}/bad"


@pytest.mark.parametrize("bad_at", [0, 2, 5])
def test_where_the_sdk_cannot_parse_a_page_paging_goes_on(arm: Arm, reading: Reading, bad_at: int) -> None:
    """A batch endpoint whose id is no ARM id and whose properties are null."""
    for count in range(6):
        arm.add(f"{WS}/batchEndpoints/b{count}", {"authMode": "AADToken"}, location="westeurope")
    arm.collections[f"{WS}/batchEndpoints".lower()][bad_at] |= {"properties": None, "id": "string"}
    snapshot = reading()
    assert len([row for row in rows(snapshot, AssetKind.ENDPOINT) if "batchendpoints" in row]) == 6
    asked = [request for request in arm.requests if request.split("?")[0].endswith("/batchendpoints")]
    assert len(asked) == len(set(asked)) == 3


def _always(body: dict[str, Any], page: Any) -> tuple[int, dict[str, Any]]:
    return 200, body


def test_a_next_link_to_another_host_is_not_followed(arm: Arm, reading: Reading) -> None:
    for path in (f"{WS}/models", f"{WS}/jobs"):
        body = {"value": [item(f"{path}/x")], "nextLink": "https://evil.example/steal"}
        arm.answers[path.lower()] = partial(_always, body)
    states = reading().collections()
    assert not [request for request in arm.requests if "steal" in request]
    assert states["ws-fraud/models"].state == states["ws-fraud/jobs"].state == ReadStatus.PARTIAL
    assert "evil.example" in states["ws-fraud/models"].reason


def test_what_patterns_leave_out_is_noted(arm: Arm, reading: Reading) -> None:
    estate(arm, "ws-other")
    snapshot = reading(workspaces={"deny": ["ws-other"]}, models={"allow": ["fraud*"]})
    left = {row["native_id"] for row in snapshot.filtered()}
    assert left == {workspace_id("ws-other"), f"{WS}/models/scorer"}
    assert not [request for request in arm.requests if "ws-other" in request or "scorer/versions" in request]


def test_two_workspaces_of_one_name_are_told_apart(arm: Arm, reading: Reading) -> None:
    twin = workspace_id("ws-fraud", "rg-two")
    arm.put(f"{SCOPE}/{ML}/workspaces", item(twin, {}))
    states = reading().collections()
    assert {"rg-ml/ws-fraud/jobs", "rg-two/ws-fraud/jobs"} < set(states)
    assert states["rg-two/ws-fraud/jobs"].covers.startswith(
        "azure://subscriptions/5a0c7d1e-0000-4000-8000-000000000001/resourcegroups/rg-two/"
    )


def test_hubs_and_projects(arm: Arm, reading: Reading) -> None:
    hub, project = workspace_id("hub"), workspace_id("project")
    listing = f"{SCOPE}/{ML}/workspaces"
    arm.put(listing, item(hub, {"associatedWorkspaces": [project]}, kind="Hub"))
    arm.put(listing, item(project, {"hubResourceId": hub}, kind="Project"))
    shared = {"category": "AzureOpenAI", "authType": "ApiKey", "target": "https://x", "isSharedToAll": True}
    arm.add(f"{hub}/connections/aoai", shared)
    arm.put(f"{project}/connections", item(f"{hub}/connections/aoai", shared))
    snapshot = reading()
    projects = snapshot.assets(AssetKind.PROJECT, ["name", "subtype", "container"]).to_pylist()
    assert [(row["name"], row["subtype"], row["container"][-4:]) for row in projects] == [
        ("project", "project", "/hub")
    ]
    subtypes = {
        row["name"]: row["subtype"] for row in snapshot.assets(AssetKind.SOURCE, ["name", "subtype"]).to_pylist()
    }
    assert subtypes == {"Fraud": "workspace", "hub": "hub"}
    connections = snapshot.assets(AssetKind.CONNECTION, ["name", "credential", "container", "shared"]).to_pylist()
    assert [(row["credential"], row["container"][-4:], row["shared"]) for row in connections] == [
        ("static key", "/hub", True)
    ]
    assert {edge[1][-8:] for edge in edges(snapshot, "connection_of")} == {"aces/hub", "/project"}


def test_archived_things_are_asked_for_and_marked(arm: Arm, reading: Reading) -> None:
    versions = rows(reading(), AssetKind.MODEL_VERSION)
    assert versions["models/scorer/versions/1"]["archived"] is True
    assert versions["models/scorer/versions/2"]["archived"] is False
    for listing in ("jobs", "models", "models/scorer/versions", "data", "data/transactions/versions", "schedules"):
        assert [request for request in arm.requests if f"/{listing}?" in request and "listViewType=All" in request]


def test_two_reads_give_the_same_bytes(arm: Arm, reading: Reading) -> None:
    for count in range(25):
        arm.add(f"{WS}/jobs/j{count}", {"experimentName": f"e{count % 3}"})
        arm.add(f"{WS}/models/m{count}", {})
        arm.add(f"{WS}/models/m{count}/versions/1", {"jobName": f"j{count}"})
    first, second = reading(), reading(concurrency=7)
    for table in ("assets/run.parquet", "assets/model_version.parquet", "relations.parquet", "collections.parquet"):
        assert _content(first, table) == _content(second, table), table


def _content(snapshot: Snapshot, table: str) -> bytes:
    return (Path(snapshot.folder.path) / table).read_bytes()


def test_what_cannot_be_read_stays_as_last_known(arm: Arm, reading: Reading) -> None:
    before = reading()
    for listing in ("jobs", "models", "onlineEndpoints"):
        arm.refuse(f"{WS}/{listing}", 403)
    after = reading(since=before)
    for kind in (
        AssetKind.RUN,
        AssetKind.MODEL,
        AssetKind.MODEL_VERSION,
        AssetKind.ENDPOINT,
        AssetKind.DEPLOYMENT,
        AssetKind.EXPERIMENT,
        AssetKind.DATASET,
    ):
        assert rows(after, kind) == rows(before, kind), kind
    for relation in ("run_produced_version", "dataset_used_by_run", "model_deployed_in", "deployment_of_endpoint"):
        assert edges(after, relation) == edges(before, relation), relation
    states = after.collections()
    assert (states["ws-fraud/jobs"].state, states["ws-fraud/jobs"].carried) == (ReadStatus.FAILED, 1)
    assert (states["ws-fraud/model_versions"].state, states["ws-fraud/model_versions"].carried) == (
        ReadStatus.FAILED,
        2,
    )


def test_an_unlisted_workspace_keeps_all_it_had(arm: Arm, reading: Reading) -> None:
    before = reading()
    arm.refuse(f"{SCOPE}/{ML}/workspaces", 403)
    after = reading(since=before)
    assert rows(after, AssetKind.MODEL_VERSION) == rows(before, AssetKind.MODEL_VERSION)
    assert rows(after, AssetKind.SOURCE) == rows(before, AssetKind.SOURCE)
    assert after.collections()["ws-fraud/jobs"].state == ReadStatus.FAILED
    assert sorted(after.relations().to_pylist(), key=str) == sorted(before.relations().to_pylist(), key=str)


def test_a_record_that_is_malformed_now_stays_as_last_known(arm: Arm, reading: Reading) -> None:
    before = reading()
    arm.collections[f"{WS}/models".lower()][0]["properties"] = "broken"
    after = reading(since=before)
    assert rows(after, AssetKind.MODEL) == rows(before, AssetKind.MODEL)
    state = after.collections()["ws-fraud/models"]
    assert (state.state, state.quarantined, state.carried) == (ReadStatus.COMPLETE, 1, 1)


def test_what_other_patterns_leave_out_is_not_carried_forward(arm: Arm, reading: Reading) -> None:
    arm.add(f"{WS}/models/x")
    arm.add(f"{WS}/models/x/versions/1")
    before = reading()
    arm.refuse(f"{WS}/models", 403)
    after = reading(since=before, models={"deny": ["x"]})
    for kind, lost in ((AssetKind.MODEL, {"models/x"}), (AssetKind.MODEL_VERSION, {"models/x/versions/1"})):
        assert set(rows(before, kind)) - set(rows(after, kind)) == lost
    assert after.collections()["ws-fraud/models"].state == ReadStatus.FAILED


@pytest.mark.parametrize(
    ("path", "collection"),
    [(f"{WS}/serverlessEndpoints", "ws-fraud/serverless_endpoints"), (f"{SCOPE}/{ML}/registries", "registries")],
    ids=["serverless", "registry"],
)
@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "NoRegisteredProviderFound"), (404, "InvalidResourceType"), (409, "MissingSubscriptionRegistration")],
    ids=["provider", "type", "subscription"],
)
def test_what_a_cloud_lacks_is_no_failure(
    arm: Arm, reading: Reading, path: str, collection: str, status: int, code: str
) -> None:
    whole = reading()
    arm.refuse(path, status, body={"error": {"code": code, "message": "not in this region"}})
    first = reading()
    assert first.collections()[collection].state == ReadStatus.UNSUPPORTED
    assert "does not offer it" in first.collections()[collection].reason
    assert first.complete
    assert reading(since=first).complete
    assert reading(since=whole).collections()[collection].state == ReadStatus.FAILED
