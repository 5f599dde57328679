"""One raw item of every kind, with all that its parser reads."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from include.governance.scrub import Scrubber
from include.governance.sources.ai_foundry import agents, applications, classic_agents, data, deployments
from include.governance.sources.ai_foundry.account_models import AccountModels
from include.governance.sources.ai_foundry.containers import Container as Account
from include.governance.sources.ai_foundry.tools import tools_of
from include.governance.sources.azure import access, connections
from include.governance.sources.azure.fields import ArmFields
from include.governance.sources.azure_ml import endpoints, jobs
from include.governance.sources.azure_ml.containers import Container as Workspace
from include.governance.sources.fields import part
from include.governance.sources.mlflow.parse import Parser
from tests.unit.sources.azure_ml.canned import item, workspace_id
from tests.unit.sources.mlflow.records import RECORDS, TAGS

Parse = Callable[[dict[str, Any]], Any]

_WORKSPACE = workspace_id()
_ACCOUNT = "/subscriptions/s/resourceGroups/r/providers/Microsoft.CognitiveServices/accounts/acct"
_DATE = "2024-03-01T10:00:00.1234567Z"
_SYSTEM = {"createdAt": _DATE, "createdBy": "Ana", "lastModifiedAt": _DATE}
_MILLIS = 1_700_000_000_000
_STATED = ("runs_as", "principals_json", "caller_auth", "static_keys", "public_network", "address", "location")


def _fields() -> ArmFields:
    return ArmFields(Scrubber())


def _workspace() -> Workspace:
    row = {"qualified_name": "azure://ws"}
    return Workspace(_WORKSPACE, "ws-fraud", "workspace", "westeurope", row, "https://ml.azure.com")


def _account() -> Account:
    row = {"qualified_name": "azure://account", **dict.fromkeys(_STATED)}
    return Account(_ACCOUNT, "acct", row, "https://ai.azure.com")


def _mlflow(kind: str) -> Parse:
    def parse(record: dict[str, Any]) -> Any:
        parser = Parser("s", Scrubber())
        return parser.version(record, {}) if kind == "version" else getattr(parser, kind)(record)

    return parse


_MORE: dict[str, dict[str, Any]] = {
    "experiment": {"creation_time": _MILLIS, "last_update_time": _MILLIS, "artifact_location": "s3://a"},
    "run": {
        "info": {**RECORDS["run"]["info"], "start_time": _MILLIS, "end_time": _MILLIS, "artifact_uri": "s3://a"},
        "data": {
            **RECORDS["run"]["data"],
            "tags": [*TAGS, {"key": "mlflow.log-model.history", "value": '[{"signature": {}}]'}],
        },
    },
    "logged_model": {
        "info": {
            **RECORDS["logged_model"]["info"],
            "creation_timestamp_ms": _MILLIS,
            "last_updated_timestamp_ms": _MILLIS,
        }
    },
    "model": {"creation_timestamp": _MILLIS, "last_updated_timestamp": _MILLIS, "description": "d"},
    "prompt": {"creation_timestamp": _MILLIS},
    "version": {"creation_timestamp": _MILLIS, "last_updated_timestamp": _MILLIS, "current_stage": "Production"},
}

_JOB = {
    "jobType": "Command",
    "displayName": "train",
    "status": "Completed",
    "experimentName": "fraud",
    "computeId": f"{_WORKSPACE}/computes/gpu",
    "codeId": "code",
    "isArchived": False,
    "tags": {"a": "b"},
    "properties": {"azureml.git.commit": "x"},
    "inputs": {"d": {"jobInputType": "uri_file", "uri": "azureml://x"}, "n": {"value": "3"}},
    "outputs": {"default": {"jobOutputType": "uri_folder", "uri": "azureml://o"}},
    "services": {"Studio": {"endpoint": "https://ml.azure.com/runs/j1"}},
    "jobs": {"step": {"componentId": "c"}},
}
_ENDPOINT = {
    "authMode": "Key",
    "scoringUri": "https://e",
    "provisioningState": "Succeeded",
    "publicNetworkAccess": "Enabled",
    "traffic": {"blue": 100},
}
_SERVED = endpoints.Served("azure://ws/e", "e", "online", {"blue": 100}, {}, None, {})
_VERSION = {
    "version": "1",
    "created_at": 1_700_000_000,
    "description": "d",
    "metadata": {"a": "b"},
    "definition": {
        "kind": "prompt",
        "model": "gpt",
        "instructions": "Be kind.",
        "tools": [{"type": "function", "name": "f"}],
    },
}
_AGENT = {
    "name": "a",
    "state": "enabled",
    "versions": {"latest": _VERSION},
    "created_at": 1_700_000_000,
    "agent_endpoint": {"authorization_schemes": [{"type": "Entra"}]},
    "instance_identity": {"principal_id": "p", "status": "on"},
}

_CLASSIC = {
    "id": "x/asst_1",
    "name": "a",
    "description": "d",
    "created_at": 1_700_000_000,
    "model": "m",
    "instructions": "i",
    "metadata": {"a": "b"},
    "tools": [{"type": "azure_ai_search"}],
    "tool_resources": {"azure_ai_search": {"indexes": [{"index_connection_id": "c", "index_name": "i"}]}},
}
_MODEL = {
    "format": "OpenAI",
    "name": "gpt",
    "version": "1",
    "deprecation": {"inference": _DATE, "fineTune": _DATE, "deprecationStatus": "Planned"},
    "replacementConfig": {"targetModelName": "n", "autoUpgradeStartDate": _DATE, "upgradeOnExpiryLeadTimeDays": 7},
    "skus": [{"name": "Standard", "deprecationDate": _DATE}],
}


def _classic(one: dict[str, Any]) -> Any:
    definition = classic_agents.classic_definition(one)
    rows = classic_agents.classic_rows(one, _account(), definition, [], _fields(), publish=True)
    return [*rows, tools_of(definition)]


def _announced(one: dict[str, Any]) -> Any:
    models = AccountModels(_fields())
    models.know("/a", one)
    return models.dates_of("/a", {name: one.get(name) for name in ("format", "name", "version")}, "Standard")


ITEMS: dict[str, tuple[dict[str, Any], Parse]] = {
    **{f"mlflow-{kind}": ({**copy.deepcopy(RECORDS[kind]), **_MORE.get(kind, {})}, _mlflow(kind)) for kind in RECORDS},
    "job": (
        item(f"{_WORKSPACE}/jobs/j1", _JOB),
        lambda one: (
            jobs.job_row(one, _workspace(), _fields()),
            list(jobs.uses(part(one, "properties"))),
            list(jobs.outputs(part(one, "properties"))),
        ),
    ),
    "endpoint": (
        item(f"{_WORKSPACE}/onlineEndpoints/e", _ENDPOINT),
        lambda one: endpoints.endpoint_row(one, _workspace(), "online", _fields()),
    ),
    "endpoint-deployment": (
        item(
            f"{_WORKSPACE}/onlineEndpoints/e/deployments/blue",
            {"model": "azureml:m:1", "instanceType": "small", "compute": "/computes/gpu"},
            sku={"name": "Default", "capacity": 3},
        ),
        lambda one: endpoints.deployment_row(one, _workspace(), _SERVED, _fields()),
    ),
    "role-assignment": (
        {
            "id": f"{_ACCOUNT}/x",
            "name": "n",
            "properties": {
                "principalId": "p",
                "scope": "/subscriptions/s",
                "roleDefinitionId": "/r/d",
                "principalType": "User",
                "createdOn": _DATE,
            },
        },
        lambda one: access.assignment_row(one, {}, _fields()),
    ),
    "connection": (
        {
            "id": f"{_ACCOUNT}/connections/c",
            "name": "c",
            "systemData": _SYSTEM,
            "properties": {"authType": "ApiKey", "category": "X", "target": "t", "isSharedToAll": True},
        },
        lambda one: connections.connection_row(one, "azure://account", None, _fields()),
    ),
    "model-deployment": (
        {
            "id": f"{_ACCOUNT}/deployments/d",
            "name": "d",
            "systemData": _SYSTEM,
            "sku": {"name": "Standard", "capacity": 7},
            "tags": {"a": "b"},
            "properties": {
                "model": {"name": "gpt", "version": "1"},
                "raiPolicyName": "x",
                "deploymentState": "Running",
            },
        },
        lambda one: deployments.deployment_rows(one, _account(), {}, _fields()),
    ),
    "application": (
        {
            "id": f"{_ACCOUNT}/applications/d",
            "name": "d",
            "systemData": _SYSTEM,
            "properties": {
                "baseUrl": "https://b",
                "isEnabled": True,
                "publicNetworkAccess": "Enabled",
                "agents": [{"agentName": "a", "agentVersion": "1"}],
            },
        },
        lambda one: (applications.application_row(one, _account(), _fields()), applications.served(one)),
    ),
    "agent": (_AGENT, lambda one: agents.agent_row(one, _account(), None, _fields())),
    "agent-version": (
        _VERSION,
        lambda one: (
            agents.version_row(one, _account(), "a", "1", [], _fields(), publish=True),
            tools_of(part(one, "definition")),
        ),
    ),
    "classic-agent": (_CLASSIC, _classic),
    "account-model": (_MODEL, _announced),
    "evaluation-rule": (
        {
            "id": "x/r",
            "displayName": "R",
            "enabled": True,
            "filter": {"agentName": "a"},
            "systemData": _SYSTEM,
            "eventType": "e",
        },
        lambda one: data.rule_row(one, _account(), _fields()),
    ),
    "evaluation": (
        {"id": "e", "name": "n", "created_at": 1_700_000_000, "testing_criteria": [{"type": "t", "name": "n"}]},
        lambda one: data.evaluation_row(one, _account(), _fields()),
    ),
}
