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
    """pid, started: the launcher and its start (Unix seconds). java, java_started: the server itself, 0 before it runs.

    phase: preparing, starting, ready, failed or stopped. message, remedy: what the launcher said last.
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
