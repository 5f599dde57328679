"""Which cloud is read: Microsoft's are built in, any other is described by its metadata endpoint.

The SDKs' own variables hold where the configuration names no cloud: ARM_CLOUD_METADATA_URL, AZURE_AUTHORITY_HOST,
REQUESTS_CA_BUNDLE, REGISTRY_DISCOVERY_ENDPOINT_URL.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ...config.connections import Endpoint
from ...config.sources.azure import AzureCloud
from ...errors import ConfigurationError, SourceError
from ...model.qualified_names import short_hash
from ..http import HttpClient, HttpFailure


@dataclass(frozen=True)
class Cloud:
    """The addresses of one cloud, without slash at their ends. known: one of Microsoft's, by its name in the SDKs."""

    name: str
    resource_manager: str
    authority: str
    ml_portal: str
    ai_portal: str
    ai_scope: str
    registry_discovery: str
    storage_suffix: str = "core.windows.net"
    known: bool = False

    @property
    def arm_scope(self) -> str:
        """What tokens for Azure Resource Manager are for."""
        return f"{self.resource_manager}/.default"

    def for_ml_client(self) -> dict[str, Any]:
        """Keyword arguments of azure.ai.ml.MLClient. A cloud's name is bound to its addresses for the whole process."""
        if self.known:
            return {"cloud": self.name}
        return {
            "cloud": self.name,
            "cloud_metadata": {
                "azure_portal": self.ai_portal + "/",
                "resource_manager": self.resource_manager + "/",
                "active_directory": self.authority + "/",
                "aml_resource_id": self.ml_portal + "/",
                "storage_endpoint": self.storage_suffix,
                "registry_discovery_endpoint": self.registry_discovery + "/",
            },
        }


_KNOWN = {
    "public": Cloud(
        "AzureCloud",
        "https://management.azure.com",
        "https://login.microsoftonline.com",
        "https://ml.azure.com",
        "https://ai.azure.com",
        "https://ai.azure.com/.default",
        "https://eastus.api.azureml.ms",
        known=True,
    ),
    "us_government": Cloud(
        "AzureUSGovernment",
        "https://management.usgovcloudapi.net",
        "https://login.microsoftonline.us",
        "https://ml.azure.us",
        "https://ai.azure.us",
        "https://ai.azure.us/.default",
        "https://usgovarizona.api.ml.azure.us",
        "core.usgovcloudapi.net",
        known=True,
    ),
    "china": Cloud(
        "AzureChinaCloud",
        "https://management.chinacloudapi.cn",
        "https://login.chinacloudapi.cn",
        "https://studio.ml.azure.cn",
        "https://ai.azure.cn",
        "https://ai.azure.cn/.default",
        "https://chinaeast2.api.ml.azure.cn",
        "core.chinacloudapi.cn",
        known=True,
    ),
}


def resolve_cloud(stated: str | AzureCloud | None, ca_bundle: str | None) -> Cloud:
    """The cloud that the configuration or the environment names; asks the metadata endpoint of any other.

    Raises SourceError when that endpoint does not answer as documented (GET, api-version 2019-05-01).
    """
    metadata_url = os.environ.get("ARM_CLOUD_METADATA_URL")
    if stated is None and metadata_url:
        stated = AzureCloud(metadata_url=metadata_url)
    if isinstance(stated, AzureCloud):
        return _described(stated, ca_bundle)
    cloud = _KNOWN[stated or "public"]
    authority = os.environ.get("AZURE_AUTHORITY_HOST")
    return cloud if not authority or stated else _replaced(cloud, authority=_https(authority))


def _described(stated: AzureCloud, ca_bundle: str | None) -> Cloud:
    entry = _metadata(stated.metadata_url, ca_bundle)
    try:
        resource_manager = _https(entry["resourceManager"])
        login = _https(entry["authentication"]["loginEndpoint"])
    except (KeyError, TypeError):
        raise SourceError(
            f"the metadata endpoint {stated.metadata_url} names no resource manager or login endpoint.",
            "Give the address of an ARM metadata endpoint, .../metadata/endpoints?api-version=2019-05-01.",
        ) from None
    stated_suffixes = entry.get("suffixes")
    suffixes = stated_suffixes if isinstance(stated_suffixes, dict) else {}
    discovery = os.environ.get("REGISTRY_DISCOVERY_ENDPOINT_URL")
    return Cloud(
        # MLClient keeps a name's first addresses forever, so the name is made of them
        name=f"Cloud{short_hash(resource_manager, login)}",
        resource_manager=resource_manager,
        authority=_https(stated.authority or os.environ.get("AZURE_AUTHORITY_HOST") or login),
        ml_portal=stated.ml_portal.rstrip("/"),
        ai_portal=stated.ai_portal.rstrip("/"),
        ai_scope=stated.ai_scope,
        registry_discovery=_https(discovery or resource_manager),
        storage_suffix=str(suffixes.get("storage") or "core.windows.net"),
    )


def _metadata(url: str, ca_bundle: str | None) -> dict[str, Any]:
    parts = urlsplit(url)
    client = HttpClient(
        Endpoint(f"{parts.scheme}://{parts.netloc}", ca_bundle=ca_bundle or os.environ.get("REQUESTS_CA_BUNDLE")),
        timeout=20,
        attempts=3,
    )
    try:
        answer = client.call("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
    except HttpFailure as failure:
        raise SourceError(
            f"the cloud's metadata endpoint does not answer: {failure.sentence}",
            "Check `cloud.metadata_url` (or ARM_CLOUD_METADATA_URL) and `ca_bundle` (or REQUESTS_CA_BUNDLE).",
        ) from None
    finally:
        client.close()
    entry = answer[0] if isinstance(answer, list) and answer else answer
    return entry if isinstance(entry, dict) else {}


def _replaced(cloud: Cloud, **values: Any) -> Cloud:
    return Cloud(**{**cloud.__dict__, **values})


def _https(address: str) -> str:
    address = address if "://" in address else f"https://{address}"
    if not address.lower().startswith("https://"):
        raise ConfigurationError(
            f"{address} is not an https address: Azure's clients send no token without TLS.", "Give it with https://."
        )
    return address.rstrip("/")
