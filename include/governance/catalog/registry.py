"""Which dialect speaks to which kind of catalog: the only module that maps `kind` to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..config.catalogs import CatalogSettings
from ..config.connections import Endpoint
from .contract import Catalog


class Dialect(Protocol):
    """The package of a dialect."""

    def open_catalog(self, endpoint: Endpoint, settings: CatalogSettings) -> Catalog:
        """The catalog's client; nothing is sent yet."""

    def page_url_template(self, url: str) -> str:
        """Address of an entity's page with `{guid}` in the place of its guid."""


def _atlas() -> Dialect:
    from . import atlas  # its client library takes a quarter of a second to import

    return atlas


DIALECTS: dict[str, Callable[[], Dialect]] = {"atlas": _atlas}


def open_catalog(endpoint: Endpoint, settings: CatalogSettings) -> Catalog:
    """The catalog's client; nothing is sent yet."""
    return DIALECTS[settings.kind]().open_catalog(endpoint, settings)


def page_url_template(endpoint: Endpoint, settings: CatalogSettings) -> str:
    """Address of an entity's page with `{guid}` in the place of its guid; free of credentials."""
    return DIALECTS[settings.kind]().page_url_template(endpoint.url)
