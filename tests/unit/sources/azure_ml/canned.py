"""Canned ARM answers below the real SDKs: an adapter of `requests` in the place of the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
import requests
from azure.core.credentials import AccessToken
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from include.governance.config.models import AzureMlSource
from include.governance.net.azure.cloud import resolve_cloud
from include.governance.sources.azure.session import AzureSession
from include.governance.sources.azure_ml.read import read_azure_ml
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot

SUBSCRIPTION = "5a0c7d1e-0000-4000-8000-000000000001"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
ML = "providers/Microsoft.MachineLearningServices"
GUID = "3a59e976-0000-4000-8000-00000000c0de"
SYSTEM = {"createdAt": "2024-03-01T10:00:00.1234567+00:00", "createdBy": "Ana Ruiz", "createdByType": "User"}

Answer = tuple[int, Any]


def workspace_id(name: str = "ws-fraud", group: str = "rg-ml") -> str:
    return f"{SCOPE}/resourceGroups/{group}/{ML}/workspaces/{name}"


def item(resource_id: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    name = resource_id.rsplit("/", 1)[-1]
    return {"id": resource_id, "name": name, "properties": properties or {}, "systemData": dict(SYSTEM), **more}


class Credential:
    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        expires = 4_000_000_000
        return AccessToken(jwt.encode({"tid": "t", "exp": expires}, "k" * 40), expires)


class Arm(BaseAdapter):
    """Collections by path; `page` items a page. What is not there is an empty listing below a known parent."""

    def __init__(self, page: int = 2) -> None:
        super().__init__()
        self.page = page
        self.collections: dict[str, list[Any]] = {}
        self.answers: dict[str, Callable[[int], Answer | None]] = {}
        self.requests: list[str] = []

    def put(self, path: str, *items: Any) -> None:
        self.collections.setdefault(path.lower(), []).extend(items)

    def add(self, resource_id: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        made = item(resource_id, properties, **more)
        self.put(resource_id.rsplit("/", 1)[0], made)
        return made

    def refuse(self, path: str, status: int, *, from_page: int = 0, body: Any = None) -> None:
        document = body or {"error": {"code": "AuthorizationFailed", "message": "no"}}
        self.answers[path.lower()] = lambda page: (status, document) if page >= from_page else None

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = urlsplit(str(request.url))
        path, query = unquote(url.path).lower().rstrip("/"), parse_qs(url.query)
        while "//" in path:
            path = path.replace("//", "/")
        self.requests.append(f"{path}?{url.query}")
        at = int(query.get("$skipToken", ["0"])[0])
        special = self.answers.get(path)
        answered = special(at) if special else None
        status, body = answered or (200, self._listing(path, at, str(request.url)))
        return _response(request, status, body)

    def _listing(self, path: str, at: int, url: str) -> dict[str, Any]:
        items = self.collections.get(path, [])
        body: dict[str, Any] = {"value": items[at * self.page : (at + 1) * self.page]}
        if (at + 1) * self.page < len(items):
            base = url.split("&$skipToken")[0].split("&%24skipToken")[0]
            body["nextLink"] = f"{base}&$skipToken={at + 1}"
        return body

    def close(self) -> None:
        return None


def _response(request: requests.PreparedRequest, status: int, body: Any) -> requests.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    answer = requests.Response()
    answer.status_code, answer.url, answer.request = status, str(request.url), request
    answer.headers = CaseInsensitiveDict(headers)
    answer.raw = HTTPResponse(BytesIO(content), headers=headers, status=status, preload_content=False)
    return answer


def session(settings: AzureMlSource, arm: Arm) -> AzureSession:
    made = AzureSession(settings, SUBSCRIPTION, resolve_cloud("public", None), Credential(), f"test-{id(arm)}")
    made.transport.open()
    made.transport.session.mount("https://", arm)
    return made


def read(arm: Arm, folder: Path, since: Snapshot | None = None, **more: Any) -> Snapshot:
    values = {"kind": "azure_ml", "name": "azure", "mlflow": False, "access": False, "requests_per_second": 1000}
    settings = AzureMlSource.model_validate({**values, "attempts": 1, **more})
    opened = session(settings, arm)
    try:
        return read_azure_ml(settings, opened, Folder(str(folder)), since)
    finally:
        opened.close()


def estate(arm: Arm, name: str = "ws-fraud") -> str:
    """One workspace with a job, a model of two versions, data, an endpoint of two deployments. Returns its id."""
    ws = workspace_id(name)
    found = arm.add(
        ws,
        {"workspaceId": GUID, "publicNetworkAccess": "Enabled", "friendlyName": "Fraud"},
        location="westeurope",
        identity={"type": "SystemAssigned", "principalId": "AA-1"},
        tags={"team": "risk"},
    )
    arm.put(f"{SCOPE}/{ML}/workspaces", found)
    arm.add(
        f"{ws}/datastores/lake",
        {
            "datastoreType": "AzureDataLakeGen2",
            "accountName": "riskdata",
            "filesystem": "curated",
            "endpoint": "core.windows.net",
            "protocol": "https",
            "credentials": {"credentialsType": "None"},
        },
    )
    arm.add(f"{ws}/data/transactions", {"latestVersion": "2", "dataType": "uri_folder"})
    arm.add(
        f"{ws}/data/transactions/versions/2",
        {"dataUri": f"azureml://workspaces/{GUID}/datastores/lake/paths/tx/2024/", "dataType": "uri_folder"},
    )
    arm.add(
        f"{ws}/jobs/brave_fox_1",
        {
            "jobType": "Command",
            "displayName": "train fraud",
            "experimentName": "fraud",
            "status": "Completed",
            "computeId": f"{ws}/computes/cpu",
            "environmentId": f"{ws}/environments/sklearn/versions/33",
            "command": "python train.py",
            "properties": {"azureml.git.commit": "abc123", "azureml.git.repository_uri": "https://git.example/fraud"},
            "inputs": {
                "training_data": {"jobInputType": "uri_folder", "uri": "azureml:transactions:2"},
                "extra": {"jobInputType": "uri_file", "uri": "azureml://datastores/lake/paths/tx/extra.csv"},
                "lr": {"jobInputType": "literal", "value": "0.1"},
            },
            "outputs": {
                "default": {
                    "jobOutputType": "uri_folder",
                    "uri": "azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.brave_fox_1",
                }
            },
        },
    )
    arm.add(f"{ws}/models/scorer", {"latestVersion": "2", "tags": {"governance.owner": "ana"}})
    arm.add(f"{ws}/models/scorer/versions/1", {"modelUri": "azureml://x/paths/LocalUpload/1/m", "isArchived": True})
    arm.add(
        f"{ws}/models/scorer/versions/2",
        {"jobName": "brave_fox_1", "modelType": "mlflow_model", "stage": "Production", "modelUri": "azureml://x/m"},
    )
    endpoint = f"{ws}/onlineEndpoints/fraud-api"
    arm.add(
        endpoint,
        {
            "authMode": "Key",
            "scoringUri": "https://fraud-api.example/score",
            "traffic": {"Blue": 90},
            "mirrorTraffic": {"green": 10},
            "publicNetworkAccess": "Disabled",
        },
        identity={"type": "SystemAssigned", "principalId": "BB-2"},
        location="westeurope",
        tags={},
    )
    for colour, version in (("blue", "2"), ("green", "1")):
        arm.add(
            f"{endpoint}/deployments/{colour}",
            {"model": f"{ws}/models/scorer/versions/{version}", "endpointComputeType": "Managed"},
            location="westeurope",
            tags={},
        )
    return ws
