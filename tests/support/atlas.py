"""The real Apache Atlas of a test session; conftest.py brings it in with `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from include.sandbox.atlas.server import AtlasServer
from include.sandbox.atlas.settings import Settings
from include.sandbox.errors import SandboxError


@dataclass(frozen=True)
class RealAtlas:
    """url: base URL without a slash at the end. home: folder of its files, None for that of ATLAS_URL."""

    url: str
    user: str
    password: str
    home: Path | None


@pytest.fixture(scope="session")
def real_atlas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAtlas]:
    """One Atlas for the whole session, on ports of its own; the one of ATLAS_URL when that is set.

    It is shared: give entities names of your own. Where it can't be started its tests fail with the reason.
    """
    try:
        settings = Settings.from_env(home=tmp_path_factory.mktemp("atlas"), port=0)
        server = AtlasServer(settings).start()
    except SandboxError as error:
        pytest.fail(str(error), pytrace=False)
    home = None if settings.external_url else settings.home
    yield RealAtlas(server.url, server.user, server.password, home)
    server.stop()
