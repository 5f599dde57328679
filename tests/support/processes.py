"""How `pytest -n 2 --dist loadfile` shares out the tests: file by file, but all that need Atlas to one process.

Two of them would take 4 GB and start twice. The groups of pytest-xdist (3.8) do nothing under pytest 9.2.
"""

from __future__ import annotations

from typing import Any

import pytest

_ON_ATLAS = (
    "tests/contract/catalog/",
    "tests/dags/",
    "tests/integration/test_atlas_launcher.py",
    "tests/integration/test_shell.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raises UsageError for a test that uses the session's Atlas from where a second one would be started for it."""
    for item in items:
        if "real_atlas" in getattr(item, "fixturenames", ()) and not item.nodeid.startswith(_ON_ATLAS):
            raise pytest.UsageError(f"{item.nodeid} uses Atlas: name its file in {__file__}.")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneAtlas(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "atlas" if nodeid.startswith(_ON_ATLAS) else str(super()._split_scope(nodeid))

    return OneAtlas(config, log)
