"""The settings of `catalog:`, one class per dialect. A new dialect adds its class, and a member to the union."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, Union
from urllib.parse import urlsplit

from pydantic import Discriminator, Field, Tag, model_validator

from .base import Address, Name
from .sources.azure import AzureCloud, AzureCredential

CATALOG_KINDS = ("atlas", "purview")
_DEFAULT_KIND = "atlas"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class CatalogSettings(Address):
    """What every dialect is given. `name` identifies the catalog in the state database."""

    kind: str
    name: Name
    url: str | None = None
    timeout_seconds: float = Field(120, gt=0)
    attempts: int = Field(5, ge=1, le=20)
    max_wait_seconds: float = Field(
        60, ge=0, description="longest wait that a Retry-After of the catalog is honoured for"
    )
    settle_seconds: float = Field(
        20, ge=0, description="after a write whose answer was lost: how long to look whether the catalog applied it"
    )
    batch_size: int = Field(100, ge=1, le=1_000)
    lock_wait_seconds: float = Field(600, ge=0, description="how long a second sync waits for the first to finish")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.url) == bool(self.connection):
            raise ValueError("give either `url` or `connection`")
        return self


class AtlasCatalog(CatalogSettings):
    """One Apache Atlas. `url` is the server's base, e.g. https://atlas.example.com:21000."""

    kind: Literal["atlas"] = "atlas"
    name: Name = "atlas"


class PurviewCatalog(CatalogSettings):
    """One Microsoft Purview account.

    The identity is `credential`, else that of the Airflow connection `connection` (type azure), else the one that the
    environment names, as for the Azure sources. What cannot be verified without an account is a setting here.
    """

    kind: Literal["purview"] = "purview"
    name: Name = "purview"
    url: str | None = Field(
        None, description="the account's endpoint, https://ACCOUNT.purview.azure.com; by default the connection's"
    )
    connection: str | None = Field(None, description="id of an Airflow connection of type azure: identity, and address")
    credential: AzureCredential | None = None
    cloud: Literal["public", "us_government", "china"] | AzureCloud | None = Field(
        None, description="by default public, or what ARM_CLOUD_METADATA_URL and AZURE_AUTHORITY_HOST say"
    )
    scope: str = Field("https://purview.azure.net/.default", description="what its tokens are for")
    collection: str = Field(
        min_length=1,
        description="id of the collection that new assets are created in, as its address has it, not its display "
        "name; never sent for an asset that exists: a curator may have moved it",
    )
    base_path: str = Field(
        "/datamap/api",
        pattern=r"^(/[A-Za-z0-9_.-]+)+$",
        description="path of the Data Map; /catalog/api in older accounts, with api_version 2022-03-01-preview",
    )
    api_version: str = "2023-09-01"
    api_version_on: Literal["documented", "all", "none"] = Field(
        "documented", description="documented: the calls that Microsoft's own SDK sends the api-version on"
    )
    batch_size: int = Field(100, ge=1, le=200, description="entities of one write; Microsoft documents no limit")
    read_batch_size: int = Field(100, ge=1, le=190, description="names of one read; 194 have failed")
    longest_query: int = Field(7_000, ge=1_000, le=15_500, description="bytes of a request's query; 8 kB have failed")
    largest_asset: int = Field(2_000_000, ge=10_000, description="bytes of one asset; a larger one is not sent")
    operations_per_second: float = Field(
        20,
        gt=0,
        le=100_000,
        description="limit of this process; a capacity unit grants 25, and each asset read or written and each "
        "relationship counts",
    )
    business_attributes: Literal["merge", "replace", "ignore"] = Field(
        "merge", description="businessAttributeUpdateBehavior of every write; its default is not documented"
    )
    contacts: Literal["curator", "first", "source"] = Field(
        "curator",
        description="who owns an asset's contacts. curator: they are never sent. first: with a new asset only. "
        "source: with every change of its owner. They come from the register's people whose id is an Entra object id",
    )
    page: str = Field(
        "https://web.purview.azure.com/resource/{account}/main/catalog/entity?guid={guid}&section=lineage",
        description="address of an asset's page in the portal",
    )

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if not self.url and not self.connection:
            raise ValueError("give `url`, or a `connection` of type azure with the address as its host")
        return self

    @model_validator(mode="after")
    def _no_login(self) -> Self:
        if self.username or self.password:
            raise ValueError("Purview takes no username and password: give `credential`")
        return self

    @model_validator(mode="after")
    def _tokens_travel_encrypted(self) -> Self:
        parts = urlsplit(self.url or "https:")
        if parts.scheme.lower() != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("`url` must begin with https://: a token is sent to it")
        return self


def catalog_kind(value: Any) -> Any:
    """The dialect that a catalog's settings are for; without `kind` it is Apache Atlas."""
    if isinstance(value, dict):
        return value.get("kind", _DEFAULT_KIND)
    return getattr(value, "kind", None)


Catalog = Annotated[
    Union[Annotated[AtlasCatalog, Tag("atlas")], Annotated[PurviewCatalog, Tag("purview")]],  # noqa: UP007
    Discriminator(
        catalog_kind,
        custom_error_type="kind",
        custom_error_message=f"`kind` must be one of {', '.join(CATALOG_KINDS)} (default {_DEFAULT_KIND})",
    ),
]
