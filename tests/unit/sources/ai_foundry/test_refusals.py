"""Control plane and data plane fail apart; what was not read stays as last known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.errors import SourceError, Unsupported
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.emulator import AzureEmulator, azure_emulator
from include.sandbox.faults import Fault

from .conftest import edges, read, rows
from .estate import write

P1 = "acct/projects/p1"


def states(snapshot: Snapshot) -> dict[str, ReadStatus]:
    return {name: state.state for name, state in snapshot.collections().items() if state.state != ReadStatus.COMPLETE}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_data_plane_leaves_deployments_whole(azure: AzureEmulator, tmp_path: Path, status: int) -> None:
    azure.fault(Fault("status", path="^/foundry/acct/", status=status, times=None))
    snapshot = read(azure, tmp_path)
    failed = states(snapshot)
    assert {name.split("/")[-1] for name in failed} == {
        *("datasets", "indexes", "evaluation_rules", "evaluations", "agents", "agent_versions"),
        *("classic_agents", "classic_agent_versions"),
    }
    assert set(failed.values()) == {ReadStatus.FAILED}
    state = snapshot.collections()["acct/p1/agents"]
    assert state.remedy.startswith("Grant it the role Azure AI User on /subscriptions/")
    assert state.remedy.endswith("/accounts/acct/projects/p1.")
    assert rows(snapshot, AssetKind.DEPLOYMENT)


def test_a_refused_control_plane_leaves_agents_whole(azure: AzureEmulator, tmp_path: Path) -> None:
    azure.fault(Fault("status", path=r"accounts/acct/(deployments|raiPolicies|connections)", status=403, times=None))
    snapshot = read(azure, tmp_path)
    assert set(states(snapshot)) == {
        "acct/deployments",
        "acct/endpoints",
        "acct/content_policies",
        "acct/connections",
    }
    assert len(rows(snapshot, AssetKind.AGENT)) == 6
    # what could not be listed is not denied
    assert ("acct/deployments/chat/endpoint", f"{P1}/agents/worker/versions/2") in edges(
        snapshot, "endpoint_used_by_agent_version"
    )


def test_what_a_service_lacks_is_no_fault(azure: AzureEmulator, tmp_path: Path) -> None:
    azure.fault(Fault("status", path="/(evals|evaluationrules)", status=404, times=None))
    azure.fault(Fault("status", path="/applications", status=404, times=None))
    snapshot = read(azure, tmp_path)
    assert set(states(snapshot).values()) == {ReadStatus.UNSUPPORTED}
    agents = {name: row for name, row in rows(snapshot, AssetKind.AGENT).items() if "/agents/" in name}
    assert {row["published"] for row in agents.values()} == {None}


def test_a_vanished_agent_is_no_fault(azure: AzureEmulator, tmp_path: Path) -> None:
    azure.fault(Fault("status", path="/agents/helper/versions", status=404))
    assert states(read(azure, tmp_path)) == {}


def test_versions_of_one_agent_refused_are_partial(azure: AzureEmulator, tmp_path: Path) -> None:
    azure.fault(Fault("status", path="/agents/worker/versions", status=403))
    snapshot = read(azure, tmp_path)
    assert states(snapshot) == {"acct/p1/agent_versions": ReadStatus.PARTIAL}
    # the agents' listing brought its latest version
    assert f"{P1}/agents/worker/versions/2" in rows(snapshot, AssetKind.AGENT_VERSION)


def test_accounts_refused_fail_nothing_but_themselves(azure: AzureEmulator, tmp_path: Path) -> None:
    azure.fault(Fault("status", path=r"/accounts\?", status=403, times=None))
    snapshot = read(azure, tmp_path)
    assert states(snapshot) == {"accounts": ReadStatus.FAILED}
    assert "Reader" in snapshot.collections()["accounts"].remedy


@pytest.mark.parametrize(
    ("path", "collection", "state"),
    [
        (r"accounts/acct/deployments\?", "acct/deployments", ReadStatus.FAILED),
        ("^/foundry/acct/api/projects/p1/agents", "acct/p1/agents", ReadStatus.FAILED),
        ("^/foundry/acct/api/projects/p1/datasets", "acct/p1/datasets", ReadStatus.FAILED),
    ],
    ids=["deployments", "agents", "datasets"],
)
@pytest.mark.parametrize("kind", ["garbage", "truncate", "reset_before"])
def test_sick_answers_fail_their_collection(
    azure: AzureEmulator, tmp_path: Path, path: str, collection: str, state: ReadStatus, kind: Any
) -> None:
    azure.fault(Fault(kind, path=path, times=None))
    assert read(azure, tmp_path).collections()[collection].state == state


def test_what_was_not_read_stays_as_last_known(azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path) -> None:
    azure.fault(Fault("status", path="^/foundry/acct/", status=403, times=None))
    azure.fault(Fault("status", path=r"accounts/acct/deployments\?", status=500, times=None))
    again = read(azure, tmp_path, snapshot)
    for kind in AssetKind:
        assert set(rows(again, kind)) == set(rows(snapshot, kind)), kind
    assert again.collections()["acct/p1/agents"].carried == 4
    one, two = (
        {(row["kind"], row["from_name"], row["to_name"]) for row in each.relations().to_pylist()}
        for each in (snapshot, again)
    )
    assert one == two
    assert len(again.relations().to_pylist()) == len(two)


def test_accounts_that_could_not_be_listed_stay_as_last_known(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("status", path=r"/accounts\?", status=403, times=None))
    again = read(azure, tmp_path, snapshot)
    for kind in AssetKind:
        assert set(rows(again, kind)) == set(rows(snapshot, kind)), kind
    assert again.collections()["acct/p1/agents"].state == ReadStatus.FAILED


def test_projects_that_could_not_be_listed_stay_as_last_known(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("status", path=r"/acct/projects\?", status=403, times=None))
    again = read(azure, tmp_path, snapshot)
    assert set(rows(again, AssetKind.AGENT_VERSION)) == set(rows(snapshot, AssetKind.AGENT_VERSION))
    assert again.collections()["acct/p1/agents"].state == ReadStatus.FAILED
    assert again.collections()["acct/deployments"].state == ReadStatus.COMPLETE


def test_an_unread_connection_of_the_account_is_not_taken_for_the_projects(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    azure.fault(Fault("status", path=r"accounts/acct/connections\?", status=403, times=None))
    alone = read(azure, tmp_path)
    assert set(rows(alone, AssetKind.DATASET)) == set(rows(snapshot, AssetKind.DATASET))
    assert set(edges(alone, "dataset_used_by_agent_version")) == set(edges(snapshot, "dataset_used_by_agent_version"))


@pytest.mark.parametrize("odd", [False, True])
def test_what_leads_through_an_unread_connection_stays_as_last_known(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path, odd: bool
) -> None:
    def spoil(body: Any) -> None:
        for item in body["value"]:
            item["properties"] = "nonsense"

    path = r"accounts/acct/connections\?"
    azure.fault(Fault("rewrite", path=path, edit=spoil) if odd else Fault("status", path=path, status=403, times=None))
    again = read(azure, tmp_path, snapshot)
    assert again.collections()["acct/connections"].carried == 2
    assert rows(again, AssetKind.DATASET) == rows(snapshot, AssetKind.DATASET)  # the addresses of indexes too
    used = "endpoint_used_by_agent_version"  # one of them in the account behind the connection
    assert edges(again, used) == edges(snapshot, used)


@pytest.mark.parametrize("path", [r"/applications\?", "/agentDeployments"], ids=["applications", "deployments"])
def test_an_unread_application_keeps_its_agent_published(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path, path: str
) -> None:
    azure.fault(Fault("status", path=path, status=403, times=None))
    again = read(azure, tmp_path, snapshot)
    assert rows(again, AssetKind.AGENT)[f"{P1}/agents/worker"]["published"] is True
    served = "agent_served_by_endpoint"
    assert edges(again, served) == edges(snapshot, served)


@pytest.mark.parametrize("path", [r"/applications\?", "/agentDeployments"], ids=["applications", "deployments"])
def test_unread_applications_leave_an_agent_unpublished(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path, path: str
) -> None:
    """What was known of it stands: neither false nor unknown is written over it."""
    assert rows(snapshot, AssetKind.AGENT)[f"{P1}/agents/helper"]["published"] is False
    azure.fault(Fault("status", path=path, status=403, times=None))
    assert rows(read(azure, tmp_path, snapshot), AssetKind.AGENT)[f"{P1}/agents/helper"]["published"] is False
    assert rows(read(azure, tmp_path / "first"), AssetKind.AGENT)[f"{P1}/agents/helper"]["published"] is None


def test_dates_of_unread_models_stand(azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path) -> None:
    azure.fault(Fault("status", path=r"accounts/acct/models\?", status=403, times=None))
    again = read(azure, tmp_path, snapshot)
    assert again.collections()["acct/models"].state == ReadStatus.FAILED
    assert rows(again, AssetKind.DEPLOYMENT) == rows(snapshot, AssetKind.DEPLOYMENT)


@pytest.mark.parametrize(
    ("status", "state"), [(404, ReadStatus.UNSUPPORTED), (403, ReadStatus.FAILED)], ids=["not-offered", "refused"]
)
def test_classic_agents_fail_alone(azure: AzureEmulator, tmp_path: Path, status: int, state: ReadStatus) -> None:
    azure.fault(Fault("status", path=r"/assistants\?", status=status, times=None))
    states = read(azure, tmp_path).collections()
    both = (states["acct/p1/classic_agents"].state, states["acct/p1/classic_agent_versions"].state)
    assert both == (state, state)
    assert states["acct/p1/agents"].state == ReadStatus.COMPLETE


def test_an_odd_classic_agent_costs_one(azure: AzureEmulator, tmp_path: Path) -> None:
    def edit(body: Any) -> None:
        body["data"][0]["tool_resources"] = "nonsense"

    azure.fault(Fault("rewrite", path=r"/projects/p1/assistants\?", edit=edit))
    found = read(azure, tmp_path)
    assert set(rows(found, AssetKind.AGENT)) >= {f"{P1}/assistants/asst_2", f"{P1}/agents/worker"}
    assert found.collections()["acct/p1/classic_agents"].quarantined == 1


def test_a_disabled_application_publishes_nothing(azure: AzureEmulator, tmp_path: Path) -> None:
    def disable(body: Any) -> None:
        body["value"][0]["properties"]["isEnabled"] = False

    azure.fault(Fault("rewrite", path=r"/projects/p1/applications\?", edit=disable))
    found = read(azure, tmp_path)
    assert rows(found, AssetKind.ENDPOINT)[f"{P1}/applications/desk"]["state"] == "disabled"
    assert rows(found, AssetKind.AGENT)[f"{P1}/agents/worker"]["published"] is False
    assert edges(found, "agent_served_by_endpoint") == {}


def test_what_stood_in_an_odd_record_stays_as_last_known(
    azure: AzureEmulator, snapshot: Snapshot, tmp_path: Path
) -> None:
    def spoil(body: Any) -> None:
        body["value"][0]["properties"] = "nonsense"

    def spoil_agent(body: Any) -> None:
        body["data"][0]["versions"] = "nonsense"

    azure.fault(Fault("rewrite", path=r"accounts/acct/deployments\?", edit=spoil))
    azure.fault(Fault("rewrite", path=r"projects/p1/agents\?", edit=spoil_agent))
    again = read(azure, tmp_path, snapshot)
    for kind in AssetKind:
        assert set(rows(again, kind)) == set(rows(snapshot, kind)), kind
    states = again.collections()
    assert (states["acct/endpoints"].carried, states["acct/p1/agent_versions"].carried) == (1, 2)


def test_instructions_no_longer_published_are_not_carried_over(azure: AzureEmulator, tmp_path: Path) -> None:
    before = read(azure, tmp_path / "one", instructions="publish")
    azure.fault(Fault("status", path="^/foundry/acct/", status=403, times=None))
    after = read(azure, tmp_path / "two", before)
    published, kept = rows(before, AssetKind.AGENT_VERSION), rows(after, AssetKind.AGENT_VERSION)
    assert any(row["instructions"] for row in published.values())
    assert kept == {name: {**row, "instructions": None} for name, row in published.items()}


@pytest.mark.parametrize("bad", [7, {"name": None}, {"name": "x", "versions": 3}, {"name": "a/b"}])
def test_one_odd_agent_costs_one(azure: AzureEmulator, tmp_path: Path, bad: Any) -> None:
    def edit(body: Any) -> Any:
        body["data"].insert(1, bad)
        return body

    azure.fault(Fault("rewrite", path=r"projects/p1/agents\?", edit=edit))
    snapshot = read(azure, tmp_path)
    state = snapshot.collections()["acct/p1/agents"]
    assert (state.state, state.quarantined, len(rows(snapshot, AssetKind.AGENT))) == (ReadStatus.COMPLETE, 1, 6)


@pytest.mark.parametrize("bad", [7, {"name": "x"}, {"id": "/odd", "name": "x", "properties": []}])
def test_one_odd_deployment_costs_one(azure: AzureEmulator, tmp_path: Path, bad: Any) -> None:
    def edit(body: Any) -> Any:
        body["value"].insert(0, bad)
        return body

    azure.fault(Fault("rewrite", path=r"accounts/acct/deployments\?", edit=edit))
    snapshot = read(azure, tmp_path)
    state = snapshot.collections()["acct/deployments"]
    assert (state.state, state.quarantined) == (ReadStatus.COMPLETE, 1)
    assert "acct/deployments/chat" in rows(snapshot, AssetKind.DEPLOYMENT)


def test_an_odd_latest_version_costs_only_itself(azure: AzureEmulator, tmp_path: Path) -> None:
    def edit(body: Any) -> Any:
        body["data"][0]["versions"]["latest"]["metadata"] = {}
        body["data"][0]["versions"]["latest"]["version"] = ["no", "text"]
        return body

    azure.fault(Fault("rewrite", path=r"projects/p1/agents\?", edit=edit))
    snapshot = read(azure, tmp_path)
    assert f"{P1}/agents/worker" in rows(snapshot, AssetKind.AGENT)
    assert snapshot.collections()["acct/p1/agent_versions"].quarantined == 1


def test_agents_page_by_their_last_id(tmp_path: Path) -> None:
    with azure_emulator(write(tmp_path / "estate"), page_size=1) as azure:
        snapshot = read(azure, tmp_path / "read")
        assert len(rows(snapshot, AssetKind.AGENT)) == 6
        pages = [snapshot.collections()[f"acct/p1/{listing}"].pages for listing in ("agents", "classic_agents")]
        assert pages == [4, 2]  # and no request for an empty page
        azure.fault(Fault("status", path=r"projects/p1/agents\?.*after=", status=403))
        assert states(read(azure, tmp_path / "two"))["acct/p1/agents"] == ReadStatus.PARTIAL


def test_a_service_that_turns_in_a_circle_is_left(azure: AzureEmulator, tmp_path: Path) -> None:
    def edit(body: Any) -> Any:
        body["has_more"] = True
        return body

    azure.fault(Fault("rewrite", path=r"projects/p1/agents\?", edit=edit, times=None))
    azure.fault(Fault("rewrite", path=r"/evals\?", edit=edit, times=None))
    snapshot = read(azure, tmp_path)
    assert len(rows(snapshot, AssetKind.AGENT)) == 6


def test_the_probe_tells_both_planes_apart(tmp_path: Path) -> None:
    with azure_emulator(write(tmp_path / "open")) as azure:
        said = sources.test_connection(azure.settings("ai_foundry"), from_environment)
        assert "2 accounts may be read (control plane), agents of 2 projects may be listed (data plane)" in said
    with (
        azure_emulator(write(tmp_path / "closed", acct=["projects/*/agents"], second=["deployments"])) as azure,
        pytest.raises(SourceError) as refused,
    ):
        sources.test_connection(azure.settings("ai_foundry"), from_environment)
    assert "control plane: " in refused.value.message and "data plane: " in refused.value.message
    assert "second/deployments" in refused.value.message
    assert "the role Reader on /subscriptions/" in refused.value.remedy
    assert "the role Azure AI User on /subscriptions/" in refused.value.remedy
    assert "projects/p1." in refused.value.remedy


def test_the_probe_says_that_one_plane_is_well(tmp_path: Path) -> None:
    with (
        azure_emulator(write(tmp_path / "closed", acct=["projects/p1/agents"])) as azure,
        pytest.raises(SourceError, match="control plane: what was asked may be read"),
    ):
        sources.test_connection(azure.settings("ai_foundry"), from_environment)


def asked(azure: AzureEmulator, **more: Any) -> dict[str, str]:
    """What `check` asks for, and what it is told; a refusal with its remedy, what is lacking as such."""
    told = {}
    for what, ask in sources.probes(azure.settings("ai_foundry", **more), from_environment):
        try:
            told[what] = ask()
        except Unsupported as error:
            told[what] = f"lacking: {error}"
        except SourceError as error:
            told[what] = str(error)
    return told


def test_everything_that_a_read_needs_is_asked_for_on_both_planes(azure: AzureEmulator) -> None:
    azure.clear()
    told = asked(azure, preview=True)
    assert list(told) == [
        *("models of the accounts", "deployments of the accounts", "content policies of the accounts"),
        "connections of the accounts",
        *(
            "projects of the accounts",
            "connections of the projects",
            "applications of the projects and their deployments",
        ),
        *("datasets (data plane)", "indexes (data plane)", "evaluation rules (data plane)"),
        *("evaluations (data plane)", "agents and their versions (data plane)", "classic agents (data plane)"),
        "role assignments",
    ]
    assert all(re.match(r"(\d+) of \1 answer$|can be listed$", says) for says in told.values()), told
    assert "applications of the projects and their deployments" not in asked(azure, preview=False)


def test_every_listing_of_a_read_is_asked_for(azure: AzureEmulator, tmp_path: Path) -> None:
    """A listing that joins the read joins the check."""

    def paths() -> set[str]:
        asked_for = {seen.path.split("?")[0] for seen in azure.reads}
        azure.clear()
        return asked_for

    azure.clear()
    read(azure, tmp_path)
    needed = paths()
    asked(azure, preview=True)
    of_every_item = re.compile(r"/agents/[^/]+/versions$|/applications/[^/]+/(agentD|d)eployments$")
    lacking = [path for path in sorted(needed - paths()) if not of_every_item.search(path)]
    assert needed and not lacking


def test_a_listing_that_fails_while_it_is_looked_at_is_a_failed_check(azure: AzureEmulator) -> None:
    """Once: what is asked of its items would otherwise be left out in silence."""
    azure.fault(Fault("status", path=r"accounts/acct/projects\?", status=403))
    assert "403" in asked(azure)["projects of acct"]
    azure.clear()
    azure.fault(Fault("status", path=r"CognitiveServices/accounts\?", status=403))
    told = asked(azure)
    assert list(told) == ["accounts", "role assignments"]
    assert "403" in told["accounts"]


def test_a_data_plane_inside_a_network_is_told_beside_the_control_plane(azure: AzureEmulator) -> None:
    content = {"error": {"code": "403", "message": "Public access is disabled. Please configure private endpoint"}}
    azure.fault(Fault("status", path="^/foundry/acct/", status=403, content=content, times=None))
    told = asked(azure)
    refused = {what for what, says in told.items() if "may not be read" in says}
    assert refused == {what for what in told if what.endswith("(data plane)")}
    azure.clear()
    azure.fault(Fault("status", path="/evaluationrules", status=404, times=None))
    assert asked(azure)["evaluation rules (data plane)"].startswith("lacking: ")


def test_an_answer_that_broke_off_is_asked_for_again_and_counted(azure: AzureEmulator, tmp_path: Path) -> None:
    fault = azure.fault(Fault("garbage", path=r"accounts/acct/connections\?"))
    snapshot = read(azure, tmp_path)
    assert (fault.hits, states(snapshot), snapshot.document["retries"]) == (1, {}, 1)
