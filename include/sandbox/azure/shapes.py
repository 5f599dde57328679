"""Resource types, their children, and the envelope and defaults that the services add to an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .names import AUTHORIZATION, COGNITIVE, MACHINE_LEARNING, SUBSCRIPTION, TENANT_ID, guid

Item = dict[str, Any]

WORKSPACES = f"{MACHINE_LEARNING}/workspaces"
REGISTRIES = f"{MACHINE_LEARNING}/registries"
ACCOUNTS = f"{COGNITIVE}/accounts"
ACCOUNT_MODELS = f"{ACCOUNTS}/models"  # what may be deployed: listed without ids, as the files have it
ROLE_ASSIGNMENTS = f"{AUTHORIZATION}/roleAssignments"
ROLE_DEFINITIONS = f"{AUTHORIZATION}/roleDefinitions"

# what a file describes -> its resource type
TOP = {"workspace": WORKSPACES, "registry": REGISTRIES, "account": ACCOUNTS}

_VERSIONED = ("models", "data", "environments", "components", "featuresets")

CHILDREN: dict[str, tuple[str, ...]] = {
    WORKSPACES: (
        *("jobs", "models", "data", "environments", "components", "featuresets", "connections", "schedules"),
        *("datastores", "computes", "onlineEndpoints", "batchEndpoints", "serverlessEndpoints"),
        *("marketplaceSubscriptions", "outboundRules"),
    ),
    **{f"{WORKSPACES}/{name}": ("versions",) for name in _VERSIONED},
    f"{WORKSPACES}/onlineEndpoints": ("deployments",),
    f"{WORKSPACES}/batchEndpoints": ("deployments",),
    REGISTRIES: ("models", "data", "environments", "components"),
    **{f"{REGISTRIES}/{name}": ("versions",) for name in _VERSIONED[:4]},
    ACCOUNTS: ("projects", "deployments", "raiPolicies", "connections", "models"),
    f"{ACCOUNTS}/projects": ("connections", "applications"),
    f"{ACCOUNTS}/projects/applications": ("agentDeployments",),
}

# keys of an item that the services know; everything else in a file is an error
ENVELOPE = frozenset(
    {"name", "type", "kind", "location", "tags", "identity", "sku", "etag", "properties", "systemData", "model"}
)
# keys of an item that only the emulator reads
OWN = frozenset({"mlflow", "dataPlane"})
# their systemData is null in the services' answers
_WITHOUT_SYSTEM_DATA = {f"{WORKSPACES}/connections", f"{WORKSPACES}/computes", REGISTRIES}

_ASSET: Item = {"description": None, "tags": {}, "properties": {}, "isArchived": False}
_CONTAINER = {**_ASSET}
_VERSION = {**_ASSET, "isAnonymous": False, "provisioningState": "Succeeded"}
_JOB = {
    **_ASSET,
    "displayName": None,
    "status": "Completed",
    "experimentName": "Default",
    "computeId": None,
    "componentId": None,
    "identity": {"identityType": "AMLToken"},
    "inputs": {},
    "outputs": {},
}
_SERVED: Item = {"description": None, "properties": {}, "provisioningState": "Succeeded"}
_ONLINE = {
    **_SERVED,
    "authMode": "Key",
    "compute": None,
    "traffic": {},
    "mirrorTraffic": {},
    "publicNetworkAccess": "Enabled",
}
_DEPLOYMENT = {**_SERVED, "model": None, "environmentId": None, "appInsightsEnabled": False}

DEFAULTS: dict[str, Item] = {
    WORKSPACES: {
        "description": "",
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Enabled",
        "hbiWorkspace": False,
        "v1LegacyMode": False,
        "tenantId": TENANT_ID,
    },
    REGISTRIES: {"publicNetworkAccess": "Enabled", "intellectualPropertyPublisher": None},
    f"{WORKSPACES}/jobs": _JOB,
    f"{WORKSPACES}/onlineEndpoints": _ONLINE,
    f"{WORKSPACES}/onlineEndpoints/deployments": {
        **_DEPLOYMENT,
        "endpointComputeType": "Managed",
        "instanceType": "Standard_DS3_v2",
        "scaleSettings": {"scaleType": "Default"},
    },
    f"{WORKSPACES}/batchEndpoints": {**_SERVED, "authMode": "AADToken", "defaults": {}},
    f"{WORKSPACES}/batchEndpoints/deployments": _DEPLOYMENT,
    f"{WORKSPACES}/serverlessEndpoints": {"authMode": "Key", "provisioningState": "Succeeded"},
    f"{WORKSPACES}/schedules": {"description": None, "isEnabled": True, "provisioningState": "Succeeded"},
    f"{WORKSPACES}/datastores": {"description": None, "tags": {}, "isDefault": False},
    f"{WORKSPACES}/connections": {"isSharedToAll": False, "metadata": {}, "group": "AzureAI", "expiryTime": None},
    f"{WORKSPACES}/computes": {"provisioningState": "Succeeded"},
    ACCOUNTS: {
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Enabled",
        "disableLocalAuth": False,
        "networkAcls": {"defaultAction": "Allow"},
    },
    f"{ACCOUNTS}/projects": {"provisioningState": "Succeeded", "isDefault": False},
    f"{ACCOUNTS}/deployments": {
        "provisioningState": "Succeeded",
        "deploymentState": "Running",
        "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
    },
    f"{ACCOUNTS}/connections": {"isSharedToAll": True, "metadata": {}, "group": "AzureAI"},
    f"{ACCOUNTS}/projects/connections": {"isSharedToAll": False, "metadata": {}, "group": "AzureAI"},
    **{f"{top}/{name}": _CONTAINER for top in (WORKSPACES, REGISTRIES) for name in _VERSIONED},
    **{f"{top}/{name}/versions": _VERSION for top in (WORKSPACES, REGISTRIES) for name in _VERSIONED},
    **{f"{top}/models/versions": {**_VERSION, "flavors": {}, "jobName": None} for top in (WORKSPACES, REGISTRIES)},
}

_LOCATED = {
    WORKSPACES,
    REGISTRIES,
    ACCOUNTS,
    f"{ACCOUNTS}/projects",
    f"{WORKSPACES}/onlineEndpoints",
    f"{WORKSPACES}/onlineEndpoints/deployments",
    f"{WORKSPACES}/batchEndpoints",
    f"{WORKSPACES}/batchEndpoints/deployments",
    f"{WORKSPACES}/serverlessEndpoints",
    f"{WORKSPACES}/computes",
}


def _workspace(item: Item, arm_id: str, base: str) -> None:
    host = base.removeprefix("https://")
    name, group = item["name"], arm_id.split("/")[4]
    storage = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers"
    slug = "".join(letter for letter in name if letter.isalnum())
    _fill(
        item["properties"],
        friendlyName=name,
        workspaceId=guid("workspace", name),
        discoveryUrl=f"{base}/discovery/workspaces/{name}",
        mlFlowTrackingUri=f"azureml://{host}/mlflow/v1.0{arm_id}",
        storageAccount=f"{storage}/Microsoft.Storage/storageAccounts/st{slug}",
        keyVault=f"{storage}/Microsoft.KeyVault/vaults/kv-{slug}",
    )
    item.setdefault("kind", "Default")
    item.setdefault("sku", {"name": "Basic", "tier": "Basic"})
    item.setdefault("identity", {"type": "SystemAssigned"})


def _registry(item: Item, arm_id: str, base: str) -> None:
    name = item["name"]
    account = {"storageAccountName": f"st{name}", "storageAccountType": "standard_lrs"}
    region = {
        "location": item["location"],
        "storageAccountDetails": [{"userCreatedStorageAccount": None, "systemCreatedStorageAccount": account}],
        "acrDetails": [],
    }
    _fill(
        item["properties"],
        regionDetails=[region],
        discoveryUrl=f"{base}/registrymanagement/v1.0/registries/{name}/discovery",
        mlFlowRegistryUri=f"azureml://{base.removeprefix('https://')}/mlflow/v1.0{arm_id}",
    )
    item.setdefault("identity", {"type": "SystemAssigned"})


def _account(item: Item, _arm_id: str, base: str) -> None:
    endpoint = f"{base}/foundry/{item['name']}/"
    _fill(
        item["properties"],
        customSubDomainName=item["name"],
        endpoint=endpoint,
        endpoints={"AI Foundry API": endpoint, "OpenAI Language Model Instance API": f"{endpoint}openai/"},
        allowProjectManagement=item.get("kind") == "AIServices",
    )
    item.setdefault("sku", {"name": "S0"})


def _project(item: Item, arm_id: str, base: str) -> None:
    account, project = arm_id.split("/")[8], item["name"]
    endpoint = f"{base}/foundry/{account}/api/projects/{project}"
    _fill(item["properties"], displayName=project, endpoints={"AI Foundry API": endpoint})
    item.setdefault("identity", {"type": "SystemAssigned"})
    item["name"] = f"{account}/{project}"


def _job(item: Item, arm_id: str, _base: str) -> None:
    workspace, name = arm_id.rsplit("/jobs/", 1)
    studio = f"https://ml.azure.com/runs/{name}?wsid={workspace}"
    service = {"jobServiceType": "Studio", "endpoint": studio, "port": None, "status": None}
    _fill(item["properties"], services={"Studio": service})


def _online_endpoint(item: Item, _arm_id: str, _base: str) -> None:
    address = f"https://{item['name']}.{item['location']}.inference.ml.azure.com"
    _fill(item["properties"], scoringUri=f"{address}/score", swaggerUri=f"{address}/swagger.json")
    item.setdefault("kind", "Managed")
    item.setdefault("identity", {"type": "SystemAssigned"})


def _batch_endpoint(item: Item, _arm_id: str, _base: str) -> None:
    address = f"https://{item['name']}.{item['location']}.inference.ml.azure.com/jobs"
    _fill(item["properties"], scoringUri=address)
    item.setdefault("identity", {"type": "SystemAssigned"})


def _connection(item: Item, arm_id: str, _base: str) -> None:
    _fill(item["properties"], createdByWorkspaceArmId=arm_id.rsplit("/connections/", 1)[0])


_COMPLETIONS: dict[str, Callable[[Item, str, str], None]] = {
    WORKSPACES: _workspace,
    REGISTRIES: _registry,
    ACCOUNTS: _account,
    f"{ACCOUNTS}/projects": _project,
    f"{WORKSPACES}/jobs": _job,
    f"{WORKSPACES}/onlineEndpoints": _online_endpoint,
    f"{WORKSPACES}/batchEndpoints": _batch_endpoint,
    f"{WORKSPACES}/connections": _connection,
}


def complete_item(item: Item, kind: str, arm_id: str, location: str, system: Item, base: str) -> None:
    """Adds what the services add to an item, where the file does not set it.

    Args:
        kind: resource type.
        system: systemData of items without their own.
        base: the emulator's address.
    """
    item["properties"] = {**DEFAULTS.get(kind, {}), **(item.get("properties") or {})}
    item.setdefault("id", arm_id)
    item.setdefault("type", kind)
    if kind in _LOCATED:
        item.setdefault("location", location)
        item.setdefault("tags", {})
    if complete := _COMPLETIONS.get(kind):
        complete(item, arm_id, base)
    item["systemData"] = None if kind in _WITHOUT_SYSTEM_DATA else _system_data(item.get("systemData"), system)
    if item.get("identity"):
        _identify(item["identity"], arm_id.rsplit("/", 1)[-1])


def _identify(identity: Item, name: str) -> None:
    if "SystemAssigned" in str(identity.get("type")):
        _fill(identity, principalId=guid("principal", name), tenantId=TENANT_ID)
    for arm_id, details in (identity.get("userAssignedIdentities") or {}).items():
        own = arm_id.rsplit("/", 1)[-1]
        _fill(details, principalId=guid("principal", own), clientId=guid("client", own))


def _system_data(stated: Item | None, default: Item) -> Item:
    data = {**default, **(stated or {})}
    data.setdefault("createdByType", "User")
    for suffix in ("At", "By", "ByType"):
        data.setdefault(f"lastModified{suffix}", data.get(f"created{suffix}"))
    return data


def _fill(target: Item, **values: Any) -> None:
    for name, value in values.items():
        target.setdefault(name, value)
