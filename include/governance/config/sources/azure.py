"""Settings that the Azure sources share: cloud, identity, scope and rate limit."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from ..base import Strict
from .base import SourceSettings


class AzureCloud(Strict):
    """A cloud that is none of the named ones: Azure Stack, a sovereign cloud, a test server."""

    metadata_url: str = Field(description="its ARM metadata endpoint, .../metadata/endpoints?api-version=2019-05-01")
    authority: str | None = Field(None, description="login host; by default what the metadata endpoint says")
    ai_scope: str = Field("https://ai.azure.com/.default", description="token scope of Foundry's data plane")
    ml_portal: str = "https://ml.azure.com"
    ai_portal: str = "https://ai.azure.com"


class AzureCredential(Strict):
    """Which identity reads Azure. One way, chosen explicitly: nothing is guessed and nothing ever asks a person."""

    kind: Literal["client_secret", "certificate", "workload_identity", "managed_identity", "azure_cli"]
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    certificate_path: str | None = None
    certificate_password: SecretStr | None = None
    token_file: str | None = Field(None, description="workload identity: path of the federated token")

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        needed = {
            "client_secret": ("tenant_id", "client_id", "client_secret"),
            "certificate": ("tenant_id", "client_id", "certificate_path"),
            "workload_identity": ("tenant_id", "client_id", "token_file"),
        }.get(self.kind, ())
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"a {self.kind} credential needs {', '.join(missing)} too")
        return self


class AzureSource(SourceSettings):
    """What all Azure sources share: scope, identity, cloud, and how fast they may ask.

    The identity is `credential`, else that of the Airflow connection `connection` (type azure), else the one that the
    environment names (AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or
    AZURE_FEDERATED_TOKEN_FILE).
    """

    connection: str | None = Field(None, description="id of an Airflow connection of type azure")
    credential: AzureCredential | None = None
    subscription: str | None = Field(None, description="subscription id; by default the connection's subscriptionId")
    resource_group: str | None = Field(None, description="read only this resource group")
    cloud: Literal["public", "us_government", "china"] | AzureCloud | None = Field(
        None, description="by default public, or what ARM_CLOUD_METADATA_URL and AZURE_AUTHORITY_HOST say"
    )
    ca_bundle: str | None = Field(None, description="path of a PEM file to verify the servers with")
    access: bool = Field(True, description="read role assignments: what endpoints and agents may reach")
    requests_per_second: float = Field(20, gt=0, le=1_000, description="limit of one principal in this process")
    concurrency: int = Field(4, ge=1, le=32, description="requests under way at a time")
    timeout_seconds: float = Field(60, gt=0)
    attempts: int = Field(4, ge=1, le=20, description="tries of one request before its collection counts as not read")
    collection_seconds: float = Field(3_600, gt=0, description="a listing that takes longer is read no further")
    max_wait_seconds: float = Field(60, ge=0, description="longest wait that a Retry-After is honoured for")
