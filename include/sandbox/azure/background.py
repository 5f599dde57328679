"""An emulator in the background: started and stopped by separate commands, found by its state file."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from include.governance.config.loader import PROJECT, home
from include.sandbox.atlas import process
from include.sandbox.errors import SandboxError

from .names import PORT

_FILE = "server.json"
_LOG = "server.log"
_START_TIMEOUT = 60.0
_STOP_TIMEOUT = 30.0
_POLL = 0.1


@dataclass(frozen=True)
class Running:
    """A process, its start time (Unix seconds) and its address."""

    pid: int
    started: float
    url: str


def folder() -> Path:
    """Keeps certificate authority, state and log: GOVERNANCE_HOME/sandbox/azure."""
    return home() / "sandbox" / "azure"


def port() -> int:
    """GOVERNANCE_AZURE_PORT, 21443 by default.

    Raises:
        SandboxError: It is no port.
    """
    value = os.environ.get("GOVERNANCE_AZURE_PORT") or str(PORT)
    if not value.isdecimal() or not 0 <= int(value) <= 65_535:
        raise SandboxError(f"GOVERNANCE_AZURE_PORT is {value}, which is no port.", "Give a number up to 65535.")
    return int(value)


def write_state(home: Path, url: str) -> None:
    """Writes the state file of this process, which serves at `url`."""
    temporary = home / f".{_FILE}.{os.getpid()}"
    state = Running(os.getpid(), process.started_at(os.getpid()), url)
    temporary.write_text(json.dumps(asdict(state), indent=2))
    temporary.replace(home / _FILE)


def find(home: Path | None = None) -> Running | None:
    """The emulator that serves from this folder, else None."""
    try:
        state = Running(**json.loads(((home or folder()) / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return state if process.is_same(state.pid, state.started) else None


def start(*, prepare: bool = True) -> Running:
    """The emulator that runs in this home, or a new one; returns when it answers.

    Args:
        prepare: start its MLflow server at once, not at the first request that needs it.

    Raises:
        SandboxError: It ended at once, or did not answer in time.
    """
    running = find()
    if running:
        return running
    log = folder() / _LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "include.sandbox.azure", "--home", str(folder()), "--port", str(port())]
    command += ["--prepare"] if prepare else []
    return _wait_started(process.start_detached(command, cwd=PROJECT, output=log), log)


def _wait_started(launched: subprocess.Popen[bytes], log: Path) -> Running:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        has_ended = launched.poll() is not None
        running = find()
        if running:
            return running
        if has_ended:
            raise SandboxError(_last_line(log) or "The Azure emulator ended at once.", f"See {log}.")
        time.sleep(_POLL)
    launched.kill()
    raise SandboxError("The Azure emulator did not start in time.", f"Try again on a less busy machine; see {log}.")


def stop() -> bool:
    """Stops the emulator of this home and its MLflow server; False when none ran."""
    running = find()
    if not running:
        return False
    if not process.terminate(running.pid, _STOP_TIMEOUT, f"The Azure emulator in {folder()}"):
        _kill(running.pid)
    return True


def _kill(pid: int) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        server = psutil.Process(pid)
        for part in (*server.children(recursive=True), server):
            part.kill()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else ""
