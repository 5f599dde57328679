"""A whole read: rows, relations, what is kept back, what it costs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from include.governance.model import json_text
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadStatus
from include.governance.sources.ai_foundry.account_models import DATES
from include.governance.staging.snapshot import Snapshot
from include.sandbox.azure.emulator import AzureEmulator

from .conftest import edges, read, rows
from .estate import BEARER, KEY, MAIN, SECRET

P1 = "acct/projects/p1"


def test_every_collection_is_whole(snapshot: Snapshot) -> None:
    states = snapshot.collections()
    assert {name for name, state in states.items() if state.state != ReadStatus.COMPLETE} == set()
    assert {"acct/deployments", "acct/content_policies", "acct/p1/agents", "acct/p1/agent_versions"} <= set(states)
    assert all(state.kind and state.covers for state in states.values())
    assert (states["accounts"].seen, states["accounts"].filtered) == (3, 1)  # the speech account is not of this source
    assert set(rows(snapshot, AssetKind.SOURCE)) == {"acct", "second"}


def test_accounts_and_projects(snapshot: Snapshot) -> None:
    main, second = rows(snapshot, AssetKind.SOURCE)["acct"], rows(snapshot, AssetKind.SOURCE)["second"]
    assert (main["caller_auth"], main["static_keys"], main["public_network"]) == ("keys or Entra ID", True, "enabled")
    assert (second["caller_auth"], second["static_keys"], second["subtype"]) == ("Entra ID", False, "OpenAI")
    assert main["runs_as"] == "its own identity" and len(json_text.load(main["principals_json"])) == 1
    project = rows(snapshot, AssetKind.PROJECT)[P1]
    assert (project["name"], project["container"]) == ("Project one", main["qualified_name"])
    assert project["link"].startswith("https://ai.azure.com/")
    assert (P1, "acct") in edges(snapshot, "part_of_source")


def test_a_deployment_is_an_endpoint_with_the_accounts_access(snapshot: Snapshot) -> None:
    deployment = rows(snapshot, AssetKind.DEPLOYMENT)["acct/deployments/chat"]
    assert (deployment["name"], deployment["sku"], deployment["capacity"]) == ("Chat", "GlobalStandard", 7)
    assert deployment["upgrade_option"] == "OnceNewDefaultVersionAvailable"
    assert deployment["content_policy"] == "strict"
    endpoint = rows(snapshot, AssetKind.ENDPOINT)["acct/deployments/chat/endpoint"]
    assert endpoint["endpoint_type"] == "model"
    assert (endpoint["static_keys"], endpoint["runs_as"]) == (True, "the identity of account acct")
    whole = edges(snapshot, "deployment_of_endpoint")[("acct/deployments/chat", "acct/deployments/chat/endpoint")]
    assert json_text.load(whole["attributes_json"])["traffic"] == 100
    assert ("acct/raipolicies/strict", "acct/deployments/chat") in edges(snapshot, "content_policy_of_deployment")


def test_what_model_a_deployment_has(snapshot: Snapshot) -> None:
    found = {
        pair[1]: (pair[0], row["rule"], row["heuristic"]) for pair, row in edges(snapshot, "model_deployed_in").items()
    }
    base = "azure://base-models/openai/gpt-4.1/2025-04-14"
    assert found["acct/deployments/chat"] == (base, "model of the deployment", False)
    assert found["second/deployments/far"][0] == base  # one base model for both accounts
    assert found["acct/deployments/tuned"][0] == "azure://base-models/openai/gpt-4o-mini/2024-07-18"
    assert found["acct/deployments/tuned"][2] is True
    assert found["acct/deployments/own"] == (
        "azure://registries/shared-reg/models/scorer/versions/3",
        "model.source",
        False,
    )
    assert not any("scorer" in name for name in rows(snapshot, AssetKind.BASE_MODEL))


def test_who_an_agent_is(snapshot: Snapshot) -> None:
    agents = rows(snapshot, AssetKind.AGENT)
    worker, helper = agents[f"{P1}/agents/worker"], agents[f"{P1}/agents/helper"]
    assert worker["runs_as"] == "its own agent identity"
    assert json_text.load(worker["principals_json"]) == ["aaaa-1", "bbbb-2"]
    assert (worker["state"], worker["latest_version"], worker["published"]) == ("enabled", "2", True)
    assert json_text.load(worker["tags_json"]) == {"governance.owner": "a@example.com"}
    assert (helper["runs_as"], helper["state"], helper["published"]) == ("the identity of project p1", None, False)
    assert helper["principals_json"] == rows(snapshot, AssetKind.PROJECT)[P1]["principals_json"] != "[]"


def test_versions_and_their_instructions(snapshot: Snapshot) -> None:
    versions = rows(snapshot, AssetKind.AGENT_VERSION)
    first, second = (versions[f"{P1}/agents/worker/versions/{number}"] for number in "12")
    assert (first["is_latest"], second["is_latest"]) == (False, True)
    stated = "Secret plan."
    assert first["instructions"] is None
    assert first["instructions_length"] == len(stated)
    assert first["instructions_hash"] == hashlib.sha256(stated.encode()).hexdigest()
    assert second["created_at"] is not None


def test_tools_are_told_with_what_they_reach(snapshot: Snapshot) -> None:
    tools = json_text.load(rows(snapshot, AssetKind.AGENT_VERSION)[f"{P1}/agents/worker/versions/2"]["tools_json"])
    by_type = {tool["type"]: tool for tool in tools}
    assert by_type["azure_ai_search"]["reaches"] == ["docs", "unregistered"]
    assert by_type["azure_ai_search"]["connection"].endswith("/accounts/acct/connections/search")
    assert by_type["mcp"]["name"] == "tools"
    assert "https://t.example.com/mcp" in by_type["mcp"]["reaches"][0]
    assert "abcdefghij0123456789" not in by_type["mcp"]["reaches"][0]
    assert by_type["mcp"]["connection"].endswith("/projects/p1/connections/keys")
    assert by_type["telepathy_preview"] == {
        "type": "telepathy_preview",
        "name": None,
        "reaches": ["https://mind.example.com"],
        "connection": None,
    }


def test_what_an_agent_version_stands_on(snapshot: Snapshot) -> None:
    second, helper = f"{P1}/agents/worker/versions/2", f"{P1}/agents/helper/versions/1"
    endpoints = edges(snapshot, "endpoint_used_by_agent_version")
    assert endpoints[("acct/deployments/chat/endpoint", second)]["rule"] == "deployment name in the account"
    far = endpoints[("second/deployments/far/endpoint", helper)]
    assert far["rule"] == "deployment name behind the connection"
    assert ("acct/deployments/no-such-deployment/endpoint", f"{P1}/agents/lost/versions/1") in endpoints
    data = {pair[0] for pair in edges(snapshot, "dataset_used_by_agent_version") if pair[1] == second}
    assert data == {f"{P1}/indexes/documents", "acct/connections/search/indexes/unregistered"}
    connections = set(edges(snapshot, "connection_used_by_agent_version"))
    assert {("acct/connections/search", second), (f"{P1}/connections/keys", second)} <= connections
    assert ("acct/connections/other", helper) in connections
    agents = edges(snapshot, "agent_used_by_agent_version")
    assert agents[(f"{P1}/agents/helper", second)]["heuristic"] is False
    flow = agents[(f"{P1}/agents/worker", f"{P1}/agents/flow/versions/1")]
    assert flow["heuristic"] is True
    new = [pair for pair in agents if "/assistants/" not in pair[0]]
    assert len(new) == 2  # neither the agent that is not there nor the expression


def test_no_relation_leads_to_what_is_not_there(snapshot: Snapshot) -> None:
    there = {
        name for kind in AssetKind for name in snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist()
    }
    registered = "azure://registries/shared-reg/models/scorer/versions/3"  # another source's
    for row in snapshot.relations().to_pylist():
        called = {row["from_name"]} if row["kind"] == "endpoint_used_by_agent_version" else set()
        assert {row["from_name"], row["to_name"], row["stated_by"]} <= there | {registered} | called, row


def test_an_agent_of_the_classic_portal_has_one_version(snapshot: Snapshot) -> None:
    agent = rows(snapshot, AssetKind.AGENT)[f"{P1}/assistants/asst_1"]
    assert (agent["name"], agent["agent_type"], agent["published"]) == ("worker", "classic", False)
    assert agent["runs_as"] == "the identity of project p1"
    assert "classic portal" in agent["properties_json"]
    version = rows(snapshot, AssetKind.AGENT_VERSION)[f"{P1}/assistants/asst_1/versions/current"]
    assert (version["model"], version["is_latest"], version["agent"]) == ("Chat", True, agent["qualified_name"])
    assert version["instructions"] is None and version["instructions_length"] == len(f"Old plan. {SECRET}")
    assert json_text.load(version["tags_json"]) == {"governance.owner": "old@example.com"}
    assert rows(snapshot, AssetKind.AGENT)[f"{P1}/assistants/asst_2"]["name"] == "asst_2"  # it has no name


def test_what_a_classic_agent_stands_on(snapshot: Snapshot) -> None:
    version = f"{P1}/assistants/asst_1/versions/current"
    assert ("acct/deployments/chat/endpoint", version) in edges(snapshot, "endpoint_used_by_agent_version")
    data = {pair[0] for pair in edges(snapshot, "dataset_used_by_agent_version") if pair[1] == version}
    assert data == {f"{P1}/indexes/documents", f"{P1}/vectorstores/vs_old"}
    connections = {pair[0] for pair in edges(snapshot, "connection_used_by_agent_version") if pair[1] == version}
    assert connections == {"acct/connections/search", f"{P1}/connections/keys"}
    called = {pair[0] for pair in edges(snapshot, "agent_used_by_agent_version") if pair[1] == version}
    assert called == {f"{P1}/assistants/asst_2"}  # by its id: the name is that of another one


def test_a_deployment_has_the_dates_that_the_provider_announced(snapshot: Snapshot) -> None:
    chat = rows(snapshot, AssetKind.DEPLOYMENT)["acct/deployments/chat"]
    assert {name: chat[name] for name in DATES} == {
        "retires_on": "2027-02-01",  # its SKU ends before the model does
        "retirement_status": "Tentative",
        "fine_tune_until": None,
        "successor": "gpt-5 2026-01-01",
        "upgrade_from": "2027-03-01",
        "upgrade_lead_days": 7,
    }
    assert ("acct/models", "fineTune", "soon") in {
        (row["collection"], row["field"], row["value"]) for row in snapshot.unparsed()
    }
    far = rows(snapshot, AssetKind.DEPLOYMENT)["second/deployments/far"]
    assert far["retires_on"] is None  # another account, which lists no models


def test_data_and_evaluations(snapshot: Snapshot) -> None:
    data = rows(snapshot, AssetKind.DATASET)
    assert data[f"{P1}/datasets/letters"]["source_uri"] == "https://st.blob.core.windows.net/c/letters"
    assert data[f"{P1}/indexes/documents"]["source_uri"] == "https://s.search.windows.net/indexes/docs"
    assert data["acct/connections/search/indexes/unregistered"]["source_type"] == "search index"
    evaluations = rows(snapshot, AssetKind.EVALUATION)
    rule = evaluations[f"{P1}/evaluationrules/weekly"]
    assert rule["state"] == "disabled" and rule["subject"].endswith("/agents/worker")
    assert len(evaluations) == 2


def test_applications_publish_agents(snapshot: Snapshot) -> None:
    application = rows(snapshot, AssetKind.ENDPOINT)[f"{P1}/applications/desk"]
    assert (application["endpoint_type"], application["state"]) == ("application", "enabled")
    served = edges(snapshot, "agent_served_by_endpoint")[(f"{P1}/agents/worker", f"{P1}/applications/desk")]
    assert json_text.load(served["attributes_json"]) == {"version": "1"}
    assert (
        rows(snapshot, AssetKind.DEPLOYMENT)[f"{P1}/applications/desk/agentdeployments/live"]["deployment_type"]
        == "agent"
    )


def test_preview_is_asked_only_where_it_is_allowed(azure: AzureEmulator, tmp_path: Path) -> None:
    without = read(azure, tmp_path, preview=False)
    assert not [seen for seen in azure.requests if "preview" in seen.path]
    assert {row["published"] for name, row in rows(without, AssetKind.AGENT).items() if "/agents/" in name} == {None}


def test_connections_say_what_a_caller_must_hold(snapshot: Snapshot) -> None:
    found = {name: row["credential"] for name, row in rows(snapshot, AssetKind.CONNECTION).items()}
    assert found == {
        "acct/connections/search": "Entra ID",
        "acct/connections/other": "static key",
        f"{P1}/connections/keys": "static key",
    }


def test_no_secret_and_no_instruction_is_staged(snapshot: Snapshot) -> None:
    for file in Path(snapshot.folder.path).rglob("*"):
        for hidden in (SECRET, "Secret plan", "Say hello", "never shown", "abcdefghij0123456789"):
            assert not file.is_file() or hidden.encode() not in file.read_bytes(), file
    assert snapshot.document["secrets_removed"]


def test_what_lies_open_in_an_agent_is_counted_with_its_place(snapshot: Snapshot) -> None:
    version = rows(snapshot, AssetKind.AGENT_VERSION)[f"{P1}/agents/helper/versions/1"]
    assert version["secrets_where"].split("; ") == [
        "environment variable AZURE_KEY: named key",
        "instructions: Azure Service Key",
        "tool reports headers.Authorization: named authorization",
    ]
    assert version["secrets_removed"] == 3
    for file in Path(snapshot.folder.path).rglob("*"):
        for hidden in (KEY[:32], KEY, BEARER):
            assert not file.is_file() or hidden.encode() not in file.read_bytes(), file


def test_instructions_are_published_where_a_setting_asks_for_them(azure: AzureEmulator, tmp_path: Path) -> None:
    versions = rows(read(azure, tmp_path, instructions="publish"), AssetKind.AGENT_VERSION)
    assert versions[f"{P1}/agents/worker/versions/1"]["instructions"] == "Secret plan."
    second = versions[f"{P1}/agents/worker/versions/2"]["instructions"]
    assert second.startswith("Say hello.") and SECRET not in second


def test_two_reads_give_the_same_bytes(azure: AzureEmulator, tmp_path: Path) -> None:
    read(azure, tmp_path / "one", concurrency=1)
    read(azure, tmp_path / "two", concurrency=8)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*.parquet"))
    assert files
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_it_costs_no_more_requests_than_it_says(azure: AzureEmulator, tmp_path: Path) -> None:
    snapshot = read(azure, tmp_path)
    accounts, projects, agents, published = 2, 2, 4, 1
    bound = 1 + 5 * accounts + 7 * projects + agents + projects + 2 * published + 2
    assert len(azure.reads) == snapshot.document["calls"] <= bound
    assert len(azure.reads) == bound - published  # the second spelling was not needed
    assert len({seen.path for seen in azure.reads}) == len(azure.reads)


def test_nothing_is_written_and_no_secret_asked_for(azure: AzureEmulator, tmp_path: Path) -> None:
    read(azure, tmp_path)
    assert azure.writes == []
    asked = [seen.path.lower() for seen in azure.requests]
    assert not [path for path in asked if "listkeys" in path or "secrets" in path or "credentials" in path]


def test_patterns_leave_out_accounts_and_projects(azure: AzureEmulator, tmp_path: Path) -> None:
    snapshot = read(azure, tmp_path, accounts={"allow": ["acct"]}, projects={"deny": ["p1"]})
    assert set(rows(snapshot, AssetKind.SOURCE)) == {"acct"}
    assert set(rows(snapshot, AssetKind.PROJECT)) == {"acct/projects/p2"}
    assert {row["collection"] for row in snapshot.filtered()} == {"accounts", "acct/projects"}
    assert not [seen for seen in azure.requests if "/p1/" in seen.path or "/second/" in seen.path]


def test_a_resource_group_as_scope(azure: AzureEmulator, tmp_path: Path) -> None:
    snapshot = read(azure, tmp_path, resource_group="rg-b")
    assert set(rows(snapshot, AssetKind.SOURCE)) == {"second"}
    assert snapshot.document["address"].endswith("/resourceGroups/rg-b")


def test_the_estate_has_what_these_tests_are_about() -> None:
    assert len(MAIN["projects"][0]["dataPlane"]["agents"]) == 4


def test_role_assignments_join_with_agents_by_principal(snapshot: Snapshot) -> None:
    (assignment,) = snapshot.assets(AssetKind.ROLE_ASSIGNMENT).to_pylist()
    worker = rows(snapshot, AssetKind.AGENT)[f"{P1}/agents/worker"]
    assert assignment["principal_id"] in json_text.load(worker["principals_json"])
    assert assignment["broad"] is True


def test_without_access_no_role_is_asked_for(azure: AzureEmulator, tmp_path: Path) -> None:
    snapshot = read(azure, tmp_path, access=False)
    assert "role_assignments" not in snapshot.collections()
    assert not [seen for seen in azure.requests if "Microsoft.Authorization" in seen.path]
