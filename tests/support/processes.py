"""How `pytest -n 2 --dist loadfile` shares out the tests: file by file, those that share a server to one process.

Two Atlas servers would take 4 GB and start twice. The groups of pytest-xdist (3.8) do nothing under pytest 9.2.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

# In the order in which they are run: the first ones work while Atlas starts
ON_ATLAS = (
    "tests/integration/test_life.py",
    "tests/integration/test_life_killed.py",
    "tests/integration/test_life_on_azure.py",
    "tests/integration/test_shell_on_atlas.py",
    "tests/integration/test_postgresql.py",
    "tests/dags/test_publish_on_atlas.py",
    "tests/integration/test_atlas_launcher.py",
    "tests/contract/catalog/",
)
# The longest files go first, so that both processes end at the same time
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
_ATLAS_PROCESS = "gw0"


def runs_atlas() -> bool:
    """Whether this process is the one that gets the tests on Atlas: the only one, or the first of several."""
    return os.environ.get("PYTEST_XDIST_WORKER", _ATLAS_PROCESS) == _ATLAS_PROCESS


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A temporary folder of the session that all its processes have in common."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Raises UsageError for a test that uses the session's Atlas from where a second one would be started for it."""
    for item in items:
        if "real_atlas" in getattr(item, "fixturenames", ()) and not item.nodeid.startswith(ON_ATLAS):
            raise pytest.UsageError(f"{item.nodeid} uses Atlas: name its file in {__file__}.")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    shuffled = config.pluginmanager.has_plugin("randomly")

    class OneAtlas(LoadFileScheduling):
        """Files of ON_ATLAS go to the first node that lives, which takes others when none of them is left."""

        def _split_scope(self, nodeid: str) -> str:
            together = (scope for prefix, scope in _TOGETHER.items() if nodeid.startswith(prefix))
            return next(together, str(super()._split_scope(nodeid)))

        def _assign_work_unit(self, node: Any) -> None:
            scope = self._next_scope(node)
            if scope is None:
                node.shutdown()
                return
            self.workqueue.move_to_end(scope, last=False)
            super()._assign_work_unit(node)

        def _reschedule(self, node: Any) -> None:
            if self.workqueue and not node.shutting_down and self._next_scope(node) is None:
                node.shutdown()
                return
            super()._reschedule(node)

        def _next_scope(self, node: Any) -> str | None:
            first = min(self.nodes, key=lambda other: int(other.gateway.id.removeprefix("gw")))
            on_atlas: list[str] = [scope for scope in self.workqueue if scope.startswith(ON_ATLAS)]
            if node is first and on_atlas:
                return min(on_atlas, key=lambda scope: _place(scope, ON_ATLAS))
            others = [scope for scope in self.workqueue if scope not in on_atlas]
            ready: str | None = min(others, key=lambda scope: 0 if shuffled else _place(scope, _LONGEST), default=None)
            return ready

    return OneAtlas(config, log)


def _place(scope: str, order: tuple[str, ...]) -> int:
    return next((place for place, prefix in enumerate(order) if scope.startswith(prefix)), len(order))
