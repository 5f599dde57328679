"""Starts and ends a program together with everything it starts."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from include.sandbox.errors import SandboxError

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


def start_with_parent(command: list[str], *, cwd: Path, output: Path) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own, its output in a file. On Linux it dies with the calling thread."""
    if sys.platform == "linux":
        command = [sys.executable, "-I", "-S", str(_DIE_WITH_PARENT), str(os.getpid()), *command]
    return _start(command, cwd=cwd, output=output)


def start_detached(command: list[str], *, cwd: Path, output: Path) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own, to live on after this process."""
    return _start(command, cwd=cwd, output=output)


def _start(command: list[str], *, cwd: Path, output: Path) -> subprocess.Popen[bytes]:
    with output.open("ab") as file:
        return subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )


def terminate(pid: int, timeout: float, name: str) -> bool:
    """SIGTERM to a process; False when it still runs after `timeout` seconds.

    Args:
        name: what the process is, for the error.

    Raises:
        SandboxError: It belongs to another user.
    """
    try:
        process = psutil.Process(pid)
        process.terminate()
        process.wait(timeout)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    except psutil.AccessDenied:
        raise SandboxError(f"{name} belongs to another user (process {pid}).", "Stop it as that user.") from None
    return True


def stop_group(process: subprocess.Popen[bytes], grace: float) -> None:
    """SIGTERM to the program, after `grace` seconds SIGKILL to its whole group; returns when it is gone."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    kill_group(process)
    process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the program and all that it started in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def started_at(pid: int) -> float:
    """Start time of a process, Unix seconds; 0.0 when there is none."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return 0.0


def is_same(pid: int, started: float) -> bool:
    """Whether `pid` is still the process that started at `started`: a pid alone may have been given out again."""
    return started > 0 and abs(started_at(pid) - started) < 2
