"""A Foundry account of any size for the stand-in, with made-up secrets wherever free text stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from include.sandbox.azure.loader import Document

Item = dict[str, Any]

ACCOUNT, PROJECT = "acct", "p1"
# Put together here: no scanner of the repository should find one
SECRETS = {
    "deployment tag": "zephyr-Quartz-4711",
    "connection metadata": "AccountKey=" + "Qz7" * 14 + "Q=",
    "application description": "ghp_" + "a1B2c3D4e5F6" * 3,
    "agent version": "ghp_" + "b2C3d4E5f6G7" * 3,
    "address of a tool": "u8Kd02mf" + "QpXz71LwNcVbTyUeRi45SgHjZxCv",
    "evaluation name": "glpat-" + "a8Kd02mfQpXz71LwNcVb",
    "dataset": "dapi" + "0123456789abcdef0123456789abcdef",
}
INSTRUCTIONS = "Never say that the plan is secret."


@dataclass(frozen=True)
class EstateSize:
    """How much there is. versions: of each agent. live: deployments of each application."""

    deployments: int = 5
    policies: int = 5
    connections: int = 5
    applications: int = 3
    live: int = 3
    agents: int = 5
    versions: int = 3
    evaluations: int = 5
    data: int = 2
    classic: int = 5


def foundry(size: EstateSize) -> list[Document]:
    """One account with one project, and another service's account beside it."""
    speech = {"name": "speech", "kind": "SpeechServices", "properties": {}}
    placed = {"kind": "account", "resourceGroup": "rg-a", "location": "westeurope"}
    return [
        Document("acct.json", {**placed, **_account(size)}),
        Document("speech.json", {**placed, "account": speech}),
    ]


def _account(size: EstateSize) -> Item:
    return {
        "account": {"name": ACCOUNT, "kind": "AIServices", "identity": {"type": "SystemAssigned"}, "properties": {}},
        "models": [{"format": "OpenAI", "name": "gpt-4.1", "version": f"{number}"} for number in range(size.policies)],
        "deployments": [_deployment(number, size) for number in range(size.deployments)],
        "raiPolicies": [_policy(number) for number in range(size.policies)],
        "connections": [_connection("search", number) for number in range(size.connections)],
        "projects": [
            {
                "name": PROJECT,
                "identity": {"type": "SystemAssigned"},
                "properties": {"displayName": "Project one"},
                "connections": [_connection("own", number) for number in range(size.connections)],
                "applications": [_application(number, size) for number in range(size.applications)],
                "dataPlane": _data_plane(size),
            }
        ],
    }


def _deployment(number: int, size: EstateSize) -> Item:
    properties = {
        "model": {"format": "OpenAI", "name": "gpt-4.1", "version": "2025-04-14"},
        "raiPolicyName": f"policy-{number % size.policies}",
    }
    tags = {"password": SECRETS["deployment tag"]} if number == 0 else {"team": "claims"}
    sku = {"name": "Standard", "capacity": 1}
    return {"name": f"chat-{number:04d}", "sku": sku, "tags": tags, "properties": properties}


def _policy(number: int) -> Item:
    filters = [{"name": "Hate", "enabled": True, "blocking": True, "severityThreshold": "Medium", "source": "Prompt"}]
    return {"name": f"policy-{number}", "properties": {"mode": "Blocking", "contentFilters": filters}}


def _connection(name: str, number: int) -> Item:
    properties = {
        "category": "CognitiveSearch",
        "target": f"https://{name}-{number}.example.com/",
        "authType": "AAD",
        "metadata": {"note": SECRETS["connection metadata"]} if number == 1 else {},
    }
    return {"name": f"{name}-{number}", "properties": properties}


def _application(number: int, size: EstateSize) -> Item:
    agent = f"agent-{number % size.agents:04d}"
    about = {"displayName": f"Desk {number}", "isEnabled": True, "agents": [{"agentName": agent}]}
    if number == 0:
        about["description"] = f"push with {SECRETS['application description']}"
    live = [
        {
            "name": f"live-{one}",
            "properties": {"state": "Running", "agents": [{"agentName": agent, "agentVersion": "1"}]},
        }
        for one in range(size.live)
    ]
    return {"name": f"desk-{number:04d}", "properties": about, "agentDeployments": live}


def _data_plane(size: EstateSize) -> Item:
    return {
        "agents": [_agent(number, size) for number in range(size.agents)],
        "assistants": [_assistant(number, size) for number in range(size.classic)],
        "datasets": [_dataset(number) for number in range(size.data)],
        "indexes": [_index(number, size) for number in range(size.data)],
        "evaluationrules": [_rule(number) for number in range(size.data)],
        "evals": [
            {"name": f"grounded {number} {SECRETS['evaluation name'] if number == 0 else ''}", "testing_criteria": []}
            for number in range(size.evaluations)
        ],
    }


def _agent(number: int, size: EstateSize) -> Item:
    versions = [
        {
            "description": f"read with {SECRETS['agent version']}" if version == number == 0 else "",
            "definition": {
                "kind": "prompt",
                "model": f"chat-{number % size.deployments:04d}",
                "instructions": INSTRUCTIONS,
                "tools": _tools(number, size),
            },
        }
        for version in range(size.versions)
    ]
    return {"name": f"agent-{number:04d}", "versions": versions}


def _assistant(number: int, size: EstateSize) -> Item:
    return {
        "id": f"asst_{number:04d}",
        "name": f"classic {number}",
        "model": f"chat-{number % size.deployments:04d}",
        "instructions": INSTRUCTIONS,
        "tools": [{"type": "file_search"}],
        "tool_resources": {"file_search": {"vector_store_ids": ["vs-shared"]}},
    }


def _tools(number: int, size: EstateSize) -> list[Item]:
    connection, index = number % size.connections, number % size.data
    server = f"https://own-{connection}.example.com/mcp?sig={SECRETS['address of a tool']}"
    called = f"agent-{(number + 1) % size.agents:04d}"
    wanted = {"project_connection_id": f"search-{index}", "index_name": f"docs-{index}"}
    return [
        {"type": "azure_ai_search", "azure_ai_search": {"indexes": [wanted]}},
        {"type": "mcp", "server_label": "tools", "server_url": server, "project_connection_id": f"own-{connection}"},
        {"type": "connected_agent", "connected_agent": {"name": called}},
    ]


def _dataset(number: int) -> Item:
    uri = f"https://st.blob.core.windows.net/c/letters-{number}"
    about = f"with {SECRETS['dataset']}" if number == 0 else "Letters."
    return {"name": f"letters-{number}", "versions": [{"type": "uri_folder", "dataUri": uri, "description": about}]}


def _index(number: int, size: EstateSize) -> Item:
    where = {"connectionName": f"search-{number % size.connections}", "indexName": f"docs-{number}"}
    return {"name": f"documents-{number}", "versions": [{"type": "AzureSearch", **where}]}


def _rule(number: int) -> Item:
    return {
        "id": f"weekly-{number}",
        "displayName": f"Weekly {number}",
        "enabled": True,
        "filter": {"agentName": "agent-0000"},
    }
