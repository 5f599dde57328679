"""A stand-in that outlives the command that started it, found again by its state file."""

from __future__ import annotations

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
    """pid, started: the process and its start (Unix seconds). url: where it answers."""

    pid: int
    started: float
    url: str


def folder() -> Path:
    """Keeps certificate authority, state and log: GOVERNANCE_HOME/sandbox/azure."""
    return home() / "sandbox" / "azure"


def port() -> int:
    """GOVERNANCE_AZURE_PORT, 21443 by default. Raises SandboxError for what is no port."""
    stated = os.environ.get("GOVERNANCE_AZURE_PORT") or str(PORT)
    if not stated.isdecimal() or not 0 <= int(stated) <= 65_535:
        raise SandboxError(f"GOVERNANCE_AZURE_PORT is {stated}, which is no port.", "Give a number up to 65535.")
    return int(stated)


def note(place: Path, url: str) -> None:
    """Says that this process serves there."""
    temporary = place / f".{_FILE}.{os.getpid()}"
    state = Running(os.getpid(), process.started_at(os.getpid()), url)
    temporary.write_text(json.dumps(asdict(state), indent=2))
    temporary.replace(place / _FILE)


def find(place: Path | None = None) -> Running | None:
    """The stand-in that serves from this folder, else None."""
    try:
        state = Running(**json.loads(((place or folder()) / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return state if process.is_same(state.pid, state.started) else None


def start(*, prepare: bool = True) -> Running:
    """The stand-in that runs in this home, or a new one; returns when it answers.

    prepare: its MLflow server starts at once, not at the first request that needs it. Raises SandboxError.
    """
    found = find()
    if found:
        return found
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    log = place / _LOG
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "include.sandbox.azure", "--home", str(place), "--port", str(port())]
    command += ["--prepare"] if prepare else []
    return _first_word(process.start_detached(command, cwd=PROJECT, output=log), log)


def _first_word(started: subprocess.Popen[bytes], log: Path) -> Running:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        ended = started.poll() is not None
        found = find()
        if found:
            return found
        if ended:
            raise SandboxError(_last_line(log) or "The Azure stand-in ended at once.", f"See {log}.")
        time.sleep(_POLL)
    started.kill()
    raise SandboxError("The Azure stand-in did not begin in time.", f"Try again on a less busy machine; see {log}.")


def stop() -> bool:
    """Ends the stand-in of this home and its MLflow server; False when none ran."""
    found = find()
    if not found:
        return False
    try:
        serving = psutil.Process(found.pid)
        serving.terminate()
        serving.wait(_STOP_TIMEOUT)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        for one in (*serving.children(recursive=True), serving):
            one.kill()
    except psutil.AccessDenied:
        raise SandboxError(
            f"The Azure stand-in in {folder()} belongs to another user (process {found.pid}).", "Stop it as that user."
        ) from None
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else ""
