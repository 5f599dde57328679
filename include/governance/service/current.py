"""What every request needs and is slow to load: loaded once, and again after a sync or an edit of the configuration."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ..gate import LastSync, mark_of
from ..workspace import Workspace


class Current:
    """The workspace and what its last sync left, as they are now. Safe for concurrent requests.

    Args:
        load: Reads the configuration.
    """

    def __init__(self, load: Callable[[], Workspace]) -> None:
        self._load, self._lock = load, threading.Lock()
        self._files: tuple[tuple[str, int], ...] = ()
        self._workspace: Workspace | None = None
        self._last: LastSync | None = None

    def warm_up(self) -> None:
        """Loads what is slow before the first request comes. Raises ConfigurationError."""
        import great_expectations  # noqa: F401  some seconds

        self.get()

    def workspace(self) -> Workspace:
        """Raises ConfigurationError where the configuration has a fault now."""
        with self._lock:
            return self._current_workspace()

    def get(self) -> tuple[Workspace, LastSync]:
        """Raises ConfigurationError where the configuration or a suite has a fault now."""
        with self._lock:
            workspace = self._current_workspace()
            if self._last is None or self._last.mark != mark_of(workspace):
                self._last = LastSync.load(workspace)
            return workspace, self._last

    def _current_workspace(self) -> Workspace:
        workspace = self._workspace
        if workspace is None or self._files != _edited(workspace):
            self._workspace = self._last = None
            workspace = self._load()
            while (files := _edited(workspace)) != _edited(workspace := self._load()):
                continue  # edited while it was read
            self._workspace, self._files = workspace, files
        return workspace


def _edited(workspace: Workspace) -> tuple[tuple[str, int], ...]:
    """When the settings, each file of the register and each suite were last written."""
    config = workspace.config
    files = (config.path, *config.register_files, *config.suite_files)
    return tuple((str(file), _written(file)) for file in files)


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
