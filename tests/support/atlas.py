"""The real Apache Atlas of a test session; conftest.py brings it in with `pytest_plugins`.

It starts when the session begins, in the process that gets the tests on it, and is waited for by the first of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from include.sandbox.atlas.server import AtlasServer
from include.sandbox.atlas.settings import Settings
from include.sandbox.errors import SandboxError
from tests.support.processes import runs_atlas

_CATALOG_CONTRACT = "tests/contract/catalog/"
_starting = pytest.StashKey["AtlasServer | SandboxError"]()


@dataclass(frozen=True)
class RealAtlas:
    """url: base URL without a slash at the end. home: folder of its files, None for that of ATLAS_URL."""

    url: str
    user: str
    password: str
    home: Path | None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    if not session.config.option.collectonly and runs_atlas() and any(map(_needs_atlas, session.items)):
        session.config.stash[_starting] = _started(session.config)


def pytest_sessionfinish(session: pytest.Session) -> None:
    server = session.config.stash.get(_starting, None)
    if isinstance(server, AtlasServer):
        server.stop()


def _needs_atlas(item: pytest.Item) -> bool:
    elsewhere = "CATALOG_URL" in os.environ and item.nodeid.startswith(_CATALOG_CONTRACT)
    return item.get_closest_marker("atlas") is not None and not elsewhere


def _started(config: pytest.Config) -> AtlasServer | SandboxError:
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    try:
        return AtlasServer(Settings.from_env(home=factory.mktemp("atlas"), port=0)).start(wait=False)
    except SandboxError as error:
        return error


@pytest.fixture(scope="session")
def real_atlas(pytestconfig: pytest.Config) -> RealAtlas:
    """One Atlas for the whole session, on ports of its own; the one of ATLAS_URL when that is set.

    It is shared: give entities names of your own. Where it can't be started its tests fail with the reason.
    """
    server = pytestconfig.stash.get(_starting, None) or _started(pytestconfig)
    pytestconfig.stash[_starting] = server
    try:
        if isinstance(server, SandboxError):
            raise server
        server.wait_ready()
    except SandboxError as error:
        pytest.fail(str(error), pytrace=False)
    home = None if server.settings.external_url else server.settings.home
    return RealAtlas(server.url, server.user, server.password, home)
