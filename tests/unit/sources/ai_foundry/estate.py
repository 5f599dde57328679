"""Accounts for the stand-in: what the demo's estate has not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from benchmarks.scrub_corpus import Draw

SECRET = "AccountKey=" + "Q" * 43 + "="
_DRAW = Draw(5)
KEY, BEARER = _DRAW.alnum(52) + "JQQ" + "J99" + _DRAW.alnum(26), _DRAW.alnum(40)

WORKFLOW = """kind: workflow
trigger:
  actions:
    - kind: InvokeAzureAgent
      agent:
        name: worker
    - kind: InvokeAzureAgent
      agent: {name: =Local.Name}
"""

MAIN: dict[str, Any] = {
    "kind": "account",
    "resourceGroup": "rg-a",
    "location": "westeurope",
    "account": {
        "name": "acct",
        "kind": "AIServices",
        "identity": {"type": "SystemAssigned"},
        "properties": {"disableLocalAuth": False, "publicNetworkAccess": "Enabled"},
    },
    "models": [
        {
            "format": "OpenAI",
            "name": "gpt-4.1",
            "version": "2025-04-14",
            "deprecation": {"inference": "2027-04-14T00:00:00Z", "fineTune": "soon", "deprecationStatus": "Tentative"},
            "replacementConfig": {
                "targetModelName": "gpt-5",
                "targetModelVersion": "2026-01-01",
                "autoUpgradeStartDate": "2027-03-01T00:00:00Z",
                "upgradeOnExpiryLeadTimeDays": 7,
            },
            "skus": [{"name": "GlobalStandard", "deprecationDate": "2027-02-01T00:00:00Z"}, {"name": "Standard"}],
        },
        {"format": "OpenAI", "name": "gpt-4o-mini-2024-07-18.ft-0a1b", "version": "1"},
    ],
    "deployments": [
        {
            "name": "Chat",
            "sku": {"name": "GlobalStandard", "capacity": 7},
            "properties": {
                "model": {"format": "OpenAI", "name": "gpt-4.1", "version": "2025-04-14"},
                "raiPolicyName": "strict",
                "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
                "rateLimits": [{"key": "request", "count": 10}],
            },
        },
        {
            "name": "tuned",
            "sku": {"name": "Standard", "capacity": 1},
            "properties": {"model": {"format": "OpenAI", "name": "gpt-4o-mini-2024-07-18.ft-0a1b", "version": "1"}},
        },
        {
            "name": "own",
            "sku": {"name": "Standard", "capacity": 1},
            "properties": {
                "model": {
                    "format": "Custom",
                    "name": "scorer",
                    "version": "3",
                    "source": "azureml://registries/shared-reg/models/scorer/versions/3",
                }
            },
        },
    ],
    "raiPolicies": [
        {"name": "strict", "properties": {"type": "UserManaged", "mode": "Blocking", "contentFilters": []}}
    ],
    "connections": [
        {
            "name": "search",
            "properties": {"category": "CognitiveSearch", "target": "https://s.search.windows.net/", "authType": "AAD"},
        },
        {
            "name": "other",
            "properties": {
                "category": "AIServices",
                "target": "https://elsewhere.example.com",
                "authType": "ApiKey",
                "metadata": {"ResourceId": "${account:second}"},
            },
        },
    ],
    "projects": [
        {
            "name": "p1",
            "identity": {"type": "SystemAssigned"},
            "properties": {"displayName": "Project one"},
            "connections": [
                {
                    "name": "keys",
                    "properties": {
                        "category": "CustomKeys",
                        "target": "https://t.example.com/mcp",
                        "authType": "CustomKeys",
                        "metadata": {"note": SECRET},
                    },
                }
            ],
            "applications": [
                {
                    "name": "desk",
                    "properties": {"displayName": "Desk", "isEnabled": True, "agents": [{"agentName": "worker"}]},
                    "agentDeployments": [
                        {
                            "name": "live",
                            "properties": {
                                "state": "Running",
                                "agents": [{"agentName": "worker", "agentVersion": "1"}],
                            },
                        }
                    ],
                }
            ],
            "dataPlane": {
                "agents": [
                    {
                        "name": "worker",
                        "state": "enabled",
                        "instance_identity": {"principal_id": "AAAA-1", "client_id": "c", "status": "active"},
                        "blueprint": {"principal_id": "BBBB-2", "client_id": "blue", "status": "active"},
                        "versions": [
                            {
                                "definition": {
                                    "kind": "prompt",
                                    "model": "Chat",
                                    "instructions": "Secret plan.",
                                    "tools": [],
                                }
                            },
                            {
                                "created_at": 1781000000,
                                "description": "second",
                                "metadata": {"governance.owner": "a@example.com"},
                                "definition": {
                                    "kind": "prompt",
                                    "model": "chat",
                                    "instructions": f"Say hello. {SECRET}",
                                    "tools": [
                                        {
                                            "type": "azure_ai_search",
                                            "azure_ai_search": {
                                                "indexes": [
                                                    {"project_connection_id": "search", "index_name": "docs"},
                                                    {"project_connection_id": "search", "index_name": "unregistered"},
                                                ]
                                            },
                                        },
                                        {
                                            "type": "mcp",
                                            "server_label": "tools",
                                            "server_url": "https://t.example.com/mcp?sig=abcdefghij0123456789",
                                            "project_connection_id": "keys",
                                            "headers": {"x": "never shown"},
                                        },
                                        {"type": "telepathy_preview", "base_url": "https://mind.example.com"},
                                        {"type": "connected_agent", "connected_agent": {"name": "helper"}},
                                        {"type": "connected_agent", "connected_agent": {"name": "nobody"}},
                                    ],
                                },
                            },
                        ],
                    },
                    {
                        "name": "helper",
                        "versions": [
                            {
                                "definition": {
                                    "kind": "prompt",
                                    "model": "other/far",
                                    "instructions": f"Log in with {KEY}.",
                                    "environment_variables": {"AZURE_KEY": KEY[:32], "REGION": "westeurope"},
                                    "tools": [
                                        {
                                            "type": "mcp",
                                            "server_label": "reports",
                                            "headers": {"Authorization": f"Bearer {BEARER}", "Accept": "text/plain"},
                                        }
                                    ],
                                }
                            }
                        ],
                    },
                    {
                        "name": "flow",
                        "versions": [
                            {
                                "definition": {
                                    "kind": "workflow",
                                    "workflow": WORKFLOW,
                                }
                            }
                        ],
                    },
                    {"name": "lost", "versions": [{"definition": {"kind": "prompt", "model": "no-such-deployment"}}]},
                ],
                "assistants": [
                    {
                        "id": "asst_1",
                        "name": "worker",
                        "created_at": 1748000000,
                        "model": "Chat",
                        "instructions": f"Old plan. {SECRET}",
                        "metadata": {"governance.owner": "old@example.com"},
                        "tools": [
                            {"type": "file_search"},
                            {"type": "azure_ai_search"},
                            {"type": "connected_agent", "connected_agent": {"id": "asst_2", "name": "worker"}},
                            {
                                "type": "openapi",
                                "openapi": {
                                    "name": "crm",
                                    "spec": {"servers": [{"url": "https://crm.example.com"}]},
                                    "auth": {"type": "connection", "security_scheme": {"connection_id": "keys"}},
                                },
                            },
                        ],
                        "tool_resources": {
                            "file_search": {"vector_store_ids": ["vs_old"]},
                            "azure_ai_search": {
                                "indexes": [{"index_connection_id": "search", "index_name": "docs", "top_k": 5}]
                            },
                        },
                    },
                    {"id": "asst_2", "name": None, "model": "Chat"},
                ],
                "datasets": [
                    {
                        "name": "letters",
                        "versions": [{"type": "uri_folder", "dataUri": "https://st.blob.core.windows.net/c/letters"}],
                    }
                ],
                "indexes": [
                    {
                        "name": "documents",
                        "versions": [{"type": "AzureSearch", "connectionName": "search", "indexName": "docs"}],
                    }
                ],
                "evaluationrules": [
                    {
                        "id": "weekly",
                        "displayName": "Weekly",
                        "enabled": False,
                        "action": {"type": "continuousEvaluation", "evalId": "e"},
                        "filter": {"agentName": "worker"},
                        "eventType": "responseCompleted",
                        "systemData": {},
                    }
                ],
                "evals": [
                    {
                        "name": "grounded",
                        "data_source_config": {"type": "custom", "schema": {}},
                        "testing_criteria": [{"type": "label_model", "name": "g", "input": "never shown"}],
                    }
                ],
            },
        },
        {"name": "p2", "properties": {}, "dataPlane": {}},
    ],
}

SECOND: dict[str, Any] = {
    "kind": "account",
    "resourceGroup": "rg-b",
    "location": "westeurope",
    "account": {"name": "second", "kind": "OpenAI", "properties": {"disableLocalAuth": True}},
    "deployments": [
        {
            "name": "far",
            "sku": {"name": "Standard", "capacity": 1},
            "properties": {"model": {"format": "OpenAI", "name": "gpt-4.1", "version": "2025-04-14"}},
        }
    ],
}

SPEECH: dict[str, Any] = {
    "kind": "account",
    "resourceGroup": "rg-b",
    "location": "westeurope",
    "account": {"name": "speech", "kind": "SpeechServices", "properties": {}},
}


ACCESS: dict[str, Any] = {
    "kind": "access",
    "roleDefinitions": [
        {
            "name": "b24988ac-6180-42a0-ab88-20f7382dd24c",
            "properties": {"roleName": "Contributor", "type": "BuiltInRole", "permissions": [{"actions": ["*"]}]},
        }
    ],
    "roleAssignments": [
        {
            "name": "wide",
            "properties": {
                "scope": "${subscription}",
                "roleDefinitionId": "${role:Contributor}",
                "principalId": "AAAA-1",
                "principalType": "ServicePrincipal",
            },
        }
    ],
}


def write(folder: Path, **denied: list[str]) -> Path:
    """An estate of these accounts. denied: by account, what may not be read there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in (("acct", MAIN), ("second", SECOND), ("speech", SPEECH), ("access", ACCESS)):
        content = copy.deepcopy(document)
        if name in denied:
            content["denied"] = denied[name]
        (folder / f"account-{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder
