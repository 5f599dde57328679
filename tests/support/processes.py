"""How `pytest -n 4 --dist loadfile` shares out the tests: file by file, those that share a server together.

Two Atlas servers would take 4 GB and start twice, so all processes use one. The groups of pytest-xdist (3.8) do nothing
under pytest 9.2.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

# In the order in which they are run
ON_ATLAS = (
    "tests/integration/test_life.py",
    "tests/integration/test_life_on_azure.py",
    "tests/integration/test_life_killed.py",
    "tests/integration/test_postgresql.py",
    "tests/integration/test_shell_on_atlas.py",
    "tests/contract/catalog/",
    "tests/dags/test_publish_on_atlas.py",
    "tests/integration/test_atlas_launcher.py",
)
# The longest files go first, so that all processes end at the same time
_LONGEST = (
    "tests/unit/sources",
    "tests/contract/sources/",
    "tests/browser/",
    "tests/unit/records/identity/test_properties.py",
    "tests/integration/",
    "tests/dags/",
    "tests/unit/records/",
    "tests/unit/rules/",
    "tests/golden/",
)
# What shares an MLflow server and an Azure emulator: in two processes each of them would start its own
_TOGETHER = {"tests/unit/sources/": "tests/unit/sources", "tests/unit/sandbox/azure/": "tests/unit/sources"}
# What waits for a server more than it works is shared out in parts
_PARTS = {"tests/contract/catalog/": 6}
_PROCESSES_ON_ATLAS = 2
_WORKER = "PYTEST_XDIST_WORKER"


def is_worker() -> bool:
    """Whether this process runs tests that another one hands out."""
    return _WORKER in os.environ


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A temporary folder of the session that all its processes have in common."""
    own = factory.getbasetemp()
    return own.parent if is_worker() else own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raises UsageError for a test that uses the session's Atlas from where it would not be started for it."""
    for item in items:
        if "real_atlas" in getattr(item, "fixturenames", ()) and not item.nodeid.startswith(ON_ATLAS):
            raise pytest.UsageError(f"{item.nodeid} uses Atlas: name its file in {__file__}.")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    shuffled = config.pluginmanager.has_plugin("randomly")

    class SharedAtlas(LoadFileScheduling):
        """All processes begin with other tests, while Atlas starts; then some take those of ON_ATLAS before others."""

        def _split_scope(self, nodeid: str) -> str:
            together = (scope for prefix, scope in _TOGETHER.items() if nodeid.startswith(prefix))
            return next(together, _part(nodeid, str(super()._split_scope(nodeid))))

        def _assign_work_unit(self, node: Any) -> None:
            self.workqueue.move_to_end(self._next_scope(node), last=False)
            super()._assign_work_unit(node)

        def _next_scope(self, node: Any) -> str:
            nodes = sorted(self.nodes, key=lambda other: int(other.gateway.id.removeprefix("gw")))
            on_atlas = [scope for scope in self.workqueue if scope.startswith(ON_ATLAS)]
            others = [scope for scope in self.workqueue if not scope.startswith(ON_ATLAS)]
            is_first = not self.assigned_work.get(node)
            prefers_atlas = node in nodes[:_PROCESSES_ON_ATLAS] and not (is_first and others)
            first, second = (on_atlas, others) if prefers_atlas else (others, on_atlas)
            return _first_of(first or second, shuffled)

    return SharedAtlas(config, log)


def _part(nodeid: str, scope: str) -> str:
    """The scope, of what is shared out in parts with the number of one, which follows from the name of the test."""
    parts = next((count for prefix, count in _PARTS.items() if nodeid.startswith(prefix)), 0)
    return f"{scope}#{zlib.crc32(nodeid.partition('[')[0].encode()) % parts}" if parts else scope


def _first_of(scopes: Sequence[str], shuffled: bool) -> str:
    order = ON_ATLAS if scopes[0].startswith(ON_ATLAS) else _LONGEST
    return scopes[0] if shuffled else min(scopes, key=lambda scope: _place(scope, order))


def _place(scope: str, order: tuple[str, ...]) -> int:
    return next((place for place, prefix in enumerate(order) if scope.startswith(prefix)), len(order))
