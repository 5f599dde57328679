"""A Purview account, asked directly over the Data Map's REST API."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from typing import Any

import httpx
from azure.identity import ClientSecretCredential

from include.governance.staging.plan import Key
from include.sandbox.azure.names import TENANT_ID
from tests.contract.catalog.atlas import AtlasInspector
from tests.contract.catalog.inspector import Document

_ROOT = "/datamap/api"
_VERSION = {"api-version": "2023-09-01"}
_SCOPE = "https://purview.azure.net/.default"


class _Bearer(httpx.Auth):
    def __init__(self, user: str, password: str) -> None:
        tenant = os.environ.get("AZURE_TENANT_ID", TENANT_ID)
        host = os.environ.get("ARM_CLOUD_METADATA_URL", "").partition("/metadata/")[0]
        bundle = os.environ.get("REQUESTS_CA_BUNDLE")
        stated = {"authority": host, "disable_instance_discovery": True, "connection_verify": bundle} if host else {}
        self._credential = ClientSecretCredential(tenant, user, password, **stated)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._credential.get_token(_SCOPE).token}"
        yield request


class PurviewInspector(AtlasInspector):
    api = f"{_ROOT}/atlas/v2"
    version = _VERSION

    def __init__(self, url: str, user: str, password: str) -> None:
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._http = httpx.Client(base_url=url, auth=_Bearer(user, password), timeout=60, verify=verify)

    def count(self, key: Key) -> int:
        return [hit["qualifiedName"] for hit in self._hits(key.type_name)].count(key.qualified_name)

    def containing(self, type_name: str, text: str) -> list[str]:
        return [hit["qualifiedName"] for hit in self._hits(type_name) if text in hit["qualifiedName"]]

    def named(self, type_name: str, name: str) -> list[str]:
        return [hit["qualifiedName"] for hit in self._hits(type_name) if hit["name"] == name]

    def search(self, type_name: str, text: str) -> list[str]:
        return [hit["qualifiedName"] for hit in self._hits(type_name, keywords=text)]

    def purge(self, guids: Sequence[str]) -> None:
        raise NotImplementedError("Purview documents no purge")

    def move(self, guid: str, collection: str) -> None:
        """What a curator does who moves an asset."""
        path, params = f"{_ROOT}/entity/moveTo", {"collectionId": collection, **_VERSION}
        self._http.post(path, params=params, json={"entityGuids": [guid]}).raise_for_status()

    def _hits(self, type_name: str, **more: Any) -> list[Document]:
        body: Document = {"filter": {"and": [{"entityType": type_name}]}, "limit": 1_000, **more}
        found: list[Document] = []
        while True:
            answer = self._http.post(f"{_ROOT}/search/query", params=_VERSION, json=body).raise_for_status().json()
            found += answer["value"]
            if not answer.get("continuationToken"):
                return found
            body["continuationToken"] = answer["continuationToken"]
