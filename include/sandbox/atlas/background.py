"""An Atlas in the background: `run` in a detached process, running by its state file."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import psutil

from include.sandbox.errors import SandboxError

from . import home, process, state
from .rest import is_active
from .server import READY_TIMEOUT, AtlasServer
from .settings import PROJECT_ROOT, Settings

Report = Callable[[str], None]

_POLL = 0.2
_FETCH_TIMEOUT = 3600.0
_STOP_TIMEOUT = 30.0


def find(settings: Settings) -> state.ServerState | None:
    """The server that runs or is coming up in this home, else None."""
    last = state.read(settings.home)
    return last if last and last.is_alive() and last.phase not in (state.FAILED, state.STOPPED) else None


def start(settings: Settings) -> state.ServerState:
    """The server that runs in this home, or a new one that comes up in the background; returns within seconds.

    Raises SandboxError for what is wrong at once (port, memory, Java); `wait` raises what goes wrong later.
    """
    running = find(settings)
    if running:
        return running
    AtlasServer(settings).check()
    home.make(settings.home)
    log = settings.home / "logs" / "launcher.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "include.sandbox.atlas", "run"]
    command += ["--home", str(settings.home), "--port", str(settings.port)]
    launcher = process.start_detached(command, cwd=PROJECT_ROOT, output=log)
    return _first_state(settings, launcher)


def _first_state(settings: Settings, launcher: subprocess.Popen[bytes]) -> state.ServerState:
    """Waits for the launcher's first state; that of another launcher, if one was started at the same time and won."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        has_ended = launcher.poll() is not None
        running = find(settings)
        if running and (has_ended or running.pid == launcher.pid):
            return running
        if has_ended:
            raise _failure(settings)
        time.sleep(_POLL)
    launcher.kill()
    raise SandboxError("The launcher of Atlas did not start within 60 s.", "Try again on a less busy machine.")


def wait(
    settings: Settings, timeout: float = READY_TIMEOUT, progress: Report = lambda _text: None
) -> state.ServerState:
    """Waits until the server of this home is ready; `timeout` seconds count from when its parts are fetched.

    Raises SandboxError when none runs there, it fails, or it takes longer.
    """
    reported = ""
    began = time.monotonic()
    deadline = began + _FETCH_TIMEOUT
    while time.monotonic() < deadline:
        running = find(settings)
        if not running:
            raise _failure(settings)
        if running.message != reported:
            reported = running.message
            progress(reported)
        if running.phase == state.READY and is_active(running.url):
            return running
        if running.phase != state.PREPARING:
            deadline = min(deadline, time.monotonic() + timeout)
        time.sleep(_POLL)
    raise SandboxError("Atlas was not ready in time.", f"See {settings.home / 'logs'}.")


def stop(settings: Settings) -> bool:
    """Ends the server of this home and returns when it is gone; False when none ran. Raises SandboxError."""
    running = find(settings)
    if not running:
        return False
    if not process.terminate(running.pid, _STOP_TIMEOUT, f"The Atlas in {settings.home}"):
        _kill(running)
    return True


def _kill(running: state.ServerState) -> None:
    for pid, started in ((running.java, running.java_started), (running.pid, running.started)):
        if process.is_same(pid, started):
            psutil.Process(pid).kill()


def _failure(settings: Settings) -> SandboxError:
    last = state.read(settings.home)
    if last and last.phase == state.FAILED:
        return SandboxError(last.message, last.remedy)
    if last and last.phase not in (state.STOPPED, state.FAILED):
        return SandboxError(
            f"The launcher of the Atlas in {settings.home} has died.", f"Start it again; see {settings.home / 'logs'}."
        )
    return SandboxError(f"No Atlas runs in {settings.home}.", "Start one with `python -m include.sandbox.atlas start`.")
