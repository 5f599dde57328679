"""The real Apache Atlas of a test session; conftest.py brings it in with `pytest_plugins`.

One server for all processes of the session. It starts when the tests are known, in the process that hands them out, and
is waited for by the first test that needs it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from include.governance.catalog import open_catalog
from include.governance.config.catalogs import AtlasCatalog
from include.governance.config.connections import Endpoint
from include.sandbox.atlas import base_types, rest
from include.sandbox.atlas.server import AtlasServer
from include.sandbox.atlas.settings import Settings
from include.sandbox.errors import SandboxError
from tests.support.processes import ON_ATLAS, is_worker, shared_folder
from tests.support.waiting import wait_for

_CATALOG_CONTRACT = "tests/contract/catalog/"
_ADDRESS = "atlas.json"  # in the folder that the processes of the session have in common
_FAILURE = "failure"
_starting = pytest.StashKey["AtlasServer | None"]()


@dataclass(frozen=True)
class RealAtlas:
    """url: base URL without a slash at the end. home: folder of its files, None for that of ATLAS_URL."""

    url: str
    user: str
    password: str
    home: Path | None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """In the process that hands out the tests."""
    if _starting not in node.config.stash and any(map(_needs_atlas, ids)):
        _start(node.config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """In the only process of a session."""
    tests = [item.nodeid for item in session.items if item.get_closest_marker("atlas") is not None]
    if not session.config.option.collectonly and not is_worker() and any(map(_needs_atlas, tests)):
        _start(session.config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    server = session.config.stash.get(_starting, None)
    if server is not None:
        server.stop()


def _needs_atlas(nodeid: str) -> bool:
    kind = os.environ.get("CATALOG_KIND", "atlas")
    elsewhere = "CATALOG_URL" in os.environ and nodeid.startswith(f"{_CATALOG_CONTRACT}test_{kind}.py")
    return nodeid.startswith(ON_ATLAS) and not elsewhere


def _start(config: pytest.Config) -> None:
    """Starts the server without waiting for it, and leaves its address, or why there is none, for all processes."""
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    document: dict[str, Any]
    server: AtlasServer | None = None
    try:
        server = AtlasServer(Settings.from_env(home=factory.mktemp("atlas"), port=0)).start(wait=False)
        home = None if server.settings.external_url else str(server.settings.home)
        document = {"url": server.url, "user": server.user, "password": server.password, "home": home}
    except SandboxError as error:
        document = {_FAILURE: str(error)}
    config.stash[_starting] = server
    part = factory.getbasetemp() / f"{_ADDRESS}.part"
    part.write_text(json.dumps(document))
    part.rename(part.with_name(_ADDRESS))


@pytest.fixture(scope="session")
def real_atlas(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> RealAtlas:
    """One Atlas for the whole session, on ports of its own; the one of ATLAS_URL when that is set. It has our types.

    It is shared: give entities names of your own. Where it can't be started its tests fail with the reason.
    """
    folder = shared_folder(tmp_path_factory)
    if not is_worker() and _starting not in pytestconfig.stash:
        _start(pytestconfig)
    wait_for((folder / _ADDRESS).exists)
    document = json.loads((folder / _ADDRESS).read_text())
    if _FAILURE in document:
        pytest.fail(document[_FAILURE], pytrace=False)
    home = document.pop("home")
    found = RealAtlas(**document, home=Path(home) if home else None)
    try:
        _wait_ready(pytestconfig, found)
    except SandboxError as error:
        pytest.fail(str(error), pytrace=False)
    with FileLock(folder / "atlas-types.lock"):  # types that two processes make at once may stay half made
        if found.home is not None:
            with rest.client(found.url, found.user, found.password) as client:
                base_types.install(client)
        _ensure_types(found)
    return found


def _wait_ready(config: pytest.Config, atlas: RealAtlas) -> None:
    """Raises SandboxError where it does not come up."""
    server = config.stash.get(_starting, None)
    if server is None:  # another process has started it
        server = AtlasServer(Settings.from_env(env={**os.environ, "ATLAS_URL": atlas.url}))
    server.wait_ready()


def _ensure_types(atlas: RealAtlas) -> None:
    catalog = open_catalog(Endpoint(atlas.url, atlas.user, atlas.password), AtlasCatalog(url=atlas.url))
    try:
        catalog.ensure_types()
    finally:
        catalog.close()
