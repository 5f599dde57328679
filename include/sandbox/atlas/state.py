"""`server.json` in a home: how another process finds the server that runs there."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from .process import is_same

PREPARING, STARTING, READY, FAILED, STOPPED = "preparing", "starting", "ready", "failed", "stopped"
_FILE = "server.json"


@dataclass(frozen=True)
class ServerState:
    """State of a launcher and its server.

    Attributes:
        pid: the launcher.
        started: its start, Unix seconds.
        phase: preparing, starting, ready, failed or stopped.
        message: the last message of the launcher, with a remedy for a failure.
        java: the server itself, 0 before it runs.
        java_started: its start, Unix seconds.
    """

    pid: int
    started: float
    url: str
    user: str
    phase: str
    message: str = ""
    remedy: str = ""
    java: int = 0
    java_started: float = 0.0

    def is_alive(self) -> bool:
        """Whether the launcher of this state still runs."""
        return is_same(self.pid, self.started)


def read(home: Path) -> ServerState | None:
    """The last state written in that home, alive or not; None when there is none."""
    try:
        return ServerState(**json.loads((home / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write(home: Path, state: ServerState) -> None:
    """Replaces the file in one step, so that a reader never sees half of it."""
    temporary = home / f".{_FILE}.{os.getpid()}"
    temporary.write_text(json.dumps(asdict(state), indent=2))
    temporary.replace(home / _FILE)
