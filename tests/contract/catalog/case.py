"""What every part of the catalog contract builds on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import ClassVar

import pytest

from include.governance.catalog import Catalog, open_catalog
from tests.contract.catalog.dialects import Dialect
from tests.contract.catalog.site import Site
from tests.support.fault_proxy import SeenRequest


def is_bulk(seen: SeenRequest) -> bool:
    """Whether it is an entity request of many."""
    return seen.path.partition("?")[0].endswith("/entity/bulk")


class CatalogCase:
    """Hooks of a dialect.

    dialect: its settings and its inspector.
    lacking: capability -> why the product does not have it, as a sentence; tests that need it are skipped with that.
    check: path of the first request of a sync, which asks whether the catalog is well. check_requests: their number.
    refused_requests: those that a sync with a wrong login sends. login: what its remedy names.
    sample: tests that are not heavy for this dialect; all of them where it names none.
    """

    dialect: ClassVar[Dialect]
    lacking: ClassVar[dict[str, str]] = {}
    check: ClassVar[str]
    check_requests: ClassVar[int]
    refused_requests: ClassVar[int]
    login: ClassVar[str] = "password"
    sample: ClassVar[Collection[str]] = ()

    def require(self, capability: str) -> None:
        """capability: purge, soft delete, business metadata, labels, lineage, search."""
        if capability in self.lacking:
            pytest.skip(self.lacking[capability])

    @pytest.fixture
    def opened(self, site: Site) -> Iterator[Callable[[str], Catalog]]:
        """Opens the catalog at an address, to be tried once."""
        catalogs: list[Catalog] = []

        def open_at(url: str) -> Catalog:
            settings = self.dialect.settings(url=url, timeout_seconds=20, attempts=1, settle_seconds=0.5)
            catalogs.append(open_catalog(self.dialect.endpoint(url, site.user, site.password), settings))
            return catalogs[-1]

        yield open_at
        for catalog in catalogs:
            catalog.close()
