"""The settings of `catalog:`, one class per dialect. A new dialect adds its class, and a member to the union."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, Union

from pydantic import Discriminator, Field, Tag, model_validator

from .base import Address, Name

CATALOG_KINDS = ("atlas",)
_DEFAULT_KIND = "atlas"


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


def catalog_kind(value: Any) -> Any:
    """The dialect that a catalog's settings are for; without `kind` it is Apache Atlas."""
    if isinstance(value, dict):
        return value.get("kind", _DEFAULT_KIND)
    return getattr(value, "kind", None)


Catalog = Annotated[
    Union[Annotated[AtlasCatalog, Tag("atlas")]],  # noqa: UP007  # a union of one, ready for the second
    Discriminator(
        catalog_kind,
        custom_error_type="kind",
        custom_error_message=f"`kind` must be one of {', '.join(CATALOG_KINDS)} (default {_DEFAULT_KIND})",
    ),
]
