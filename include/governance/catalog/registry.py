"""Which dialect speaks to which kind of catalog: the only module that maps `kind` to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ..config.catalogs import CatalogSettings
from ..config.connections import Endpoint
from ..config.register.people import Person
from .contract import Catalog


class Dialect(Protocol):
    """The package of a dialect."""

    def open_catalog(self, endpoint: Endpoint, settings: CatalogSettings, people: Sequence[Person]) -> Catalog:
        """The catalog's client; nothing is sent yet. Raises ConfigurationError where it cannot be used.

        Args:
            people: whom the register knows, for catalogs that name people by their ids in a directory.
        """

    def page_url_template(self, url: str, settings: CatalogSettings) -> str:
        """Address of an entity's page with `{guid}` in the place of its guid."""


def _atlas() -> Dialect:
    from . import atlas  # its client library takes a quarter of a second to import

    return atlas


def _purview() -> Dialect:
    from . import purview

    return purview


DIALECTS: dict[str, Callable[[], Dialect]] = {"atlas": _atlas, "purview": _purview}


def open_catalog(endpoint: Endpoint, settings: CatalogSettings, people: Sequence[Person] = ()) -> Catalog:
    """The catalog's client; nothing is sent yet.

    Args:
        people: whom the register knows.

    Raises:
        ConfigurationError: the address or the credential cannot be used.
    """
    return DIALECTS[settings.kind]().open_catalog(endpoint, settings, people)


def page_url_template(endpoint: Endpoint, settings: CatalogSettings) -> str:
    """Address of an entity's page with `{guid}` in the place of its guid; free of credentials."""
    return DIALECTS[settings.kind]().page_url_template(endpoint.url, settings)
