"""The catalog of the contract: CATALOG_URL (CATALOG_USER, CATALOG_PASSWORD) where it is set, else an embedded Atlas."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.site import Address, Site
from tests.support.fault_proxy import FaultProxy


@pytest.fixture(scope="session")
def catalog_address(request: pytest.FixtureRequest) -> Address:
    url = os.environ.get("CATALOG_URL", "").rstrip("/")
    if url:
        return url, os.environ.get("CATALOG_USER", "admin"), os.environ.get("CATALOG_PASSWORD", "admin")
    atlas = request.getfixturevalue("real_atlas")
    return atlas.url, atlas.user, atlas.password


@pytest.fixture
def new_site(catalog_address: Address, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Site]]:
    """Makes installations with names and state of their own."""
    case: type[CatalogCase] = request.cls
    sites: list[Site] = []

    def make() -> Site:
        tag = f"t{uuid.uuid4().hex[:10]}"
        folder = tmp_path / tag
        folder.mkdir()
        sites.append(Site(case.dialect, catalog_address, tag, folder))
        return sites[-1]

    yield make
    for site in sites:
        site.inspector.close()


@pytest.fixture
def site(new_site: Callable[[], Site]) -> Site:
    return new_site()


@pytest.fixture
def proxy(catalog_address: Address) -> Iterator[FaultProxy]:
    with FaultProxy(catalog_address[0]) as proxy:
        yield proxy
