"""The catalog of the contract: CATALOG_URL where it is set, else an embedded Atlas; Purview's face stands before it.

CATALOG_KIND (atlas by default) says what CATALOG_URL is; CATALOG_USER and CATALOG_PASSWORD are its login, of Purview a
service principal in AZURE_TENANT_ID, which may write into the collection CATALOG_COLLECTION.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.sandbox.azure.names import CLIENT_ID, CLIENT_SECRET
from include.sandbox.purview import PurviewFace, purview_face
from include.sandbox.purview.face import COLLECTION
from tests.contract.catalog.case import CatalogCase
from tests.contract.catalog.dialects import PURVIEW
from tests.contract.catalog.site import Address, Site
from tests.support.atlas import RealAtlas
from tests.support.fault_proxy import FaultProxy


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a dialect whose contract is tried by a sample, all other tests are heavy."""
    for item in items:
        sample = getattr(getattr(item, "cls", None), "sample", ())
        if sample and getattr(item, "originalname", item.name) not in sample:
            item.add_marker(pytest.mark.heavy)


@pytest.fixture
def catalog_address(request: pytest.FixtureRequest) -> Address:
    case: type[CatalogCase] = request.cls
    url = os.environ.get("CATALOG_URL", "").rstrip("/")
    if url and os.environ.get("CATALOG_KIND", "atlas") == case.dialect.kind:
        return url, os.environ.get("CATALOG_USER", "admin"), os.environ.get("CATALOG_PASSWORD", "admin")
    if case.dialect is PURVIEW:
        return _address_of(request.getfixturevalue("purview"), request.getfixturevalue("monkeypatch"))
    atlas = request.getfixturevalue("real_atlas")
    return atlas.url, atlas.user, atlas.password


@pytest.fixture(scope="session")
def purview(real_atlas: RealAtlas) -> Iterator[PurviewFace]:
    """The face in front of the session's Atlas."""
    login = real_atlas.user, real_atlas.password
    with purview_face(real_atlas.url, login, collections=(COLLECTION, "others")) as face:
        yield face


def _address_of(face: PurviewFace, monkeypatch: pytest.MonkeyPatch) -> Address:
    """Its cloud is that of the environment, for the processes that a test starts too."""
    monkeypatch.setenv("ARM_CLOUD_METADATA_URL", face.metadata_url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", face.ca_bundle)
    return face.url, CLIENT_ID, CLIENT_SECRET


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
    with FaultProxy(catalog_address[0], trusted=os.environ.get("REQUESTS_CA_BUNDLE")) as proxy:
        yield proxy
