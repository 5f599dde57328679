"""A real MLflow server on loopback, for demos, tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped,unused-ignore]

from .ports import HOST, reserved_port

_START_TIMEOUT = 120.0  # seconds until it must be up (and idle)
_QUIET = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # its workers burn about 30 CPU seconds at start
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


@contextmanager
def mlflow_server(
    store_uri: str,
    artifacts: Path,
    *,
    workers: int = 1,
    port: int = 0,
    wait_idle: bool = True,
    log: Path | None = None,
    options: tuple[str, ...] = (),
) -> Iterator[str]:
    """Start `mlflow server` on 127.0.0.1, yield its base URL (no trailing slash), and stop it with all its children.

    Args:
        store_uri: SQLAlchemy URI of the backend and registry.
        artifacts: folder of new artifacts.
        port: 0 for any free one.
        wait_idle: also wait until its processes use less than 10 % of a core for 2 s.
        log: file for its output; dropped otherwise.
        options: further arguments of `mlflow server`.

    Raises:
        RuntimeError: The server died; with the end of its log.
        TimeoutError: It was not up in time.
        SandboxError: The port is taken.
    """
    deadline = time.monotonic() + _START_TIMEOUT
    with reserved_port(port) as port:
        process = _start([*_command(store_uri, artifacts, workers, port), *options], log)
        try:
            url = f"http://{HOST}:{port}"
            _wait_healthy(url + _path_of(options), process, deadline, log)
            if wait_idle:
                _wait_idle(process.pid, deadline)
            yield url
        finally:
            _stop(process)


def _path_of(options: tuple[str, ...]) -> str:
    """What the paths of a server with such options begin with."""
    return options[options.index("--static-prefix") + 1] if "--static-prefix" in options else ""


def _start(command: list[str], log: Path | None) -> subprocess.Popen[bytes]:
    with (log or Path(os.devnull)).open("ab") as output:
        return subprocess.Popen(
            command,
            env={**os.environ, **_QUIET},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _command(store_uri: str, artifacts: Path, workers: int, port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--backend-store-uri", store_uri),
        *("--artifacts-destination", str(artifacts)),
        *("--host", HOST, "--port", str(port), "--workers", str(workers)),
    ]


def _wait_healthy(url: str, process: subprocess.Popen[bytes], deadline: float, log: Path | None) -> None:
    while time.monotonic() < deadline:
        if process.poll() is not None:
            tail = log.read_text(errors="replace")[-2000:] if log else "no log was kept"
            raise RuntimeError(f"mlflow server ended with code {process.returncode}: {tail}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.1)
    raise TimeoutError(f"mlflow server at {url} was not healthy in time")


def _wait_idle(pid: int, deadline: float, busy_share: float = 0.1, quiet_seconds: float = 2.0) -> None:
    step, quiet, before = 0.5, 0.0, _cpu_seconds(pid)
    while quiet < quiet_seconds:
        if time.monotonic() > deadline:
            raise TimeoutError("mlflow server did not become idle in time")
        time.sleep(step)
        now = _cpu_seconds(pid)
        quiet = quiet + step if now - before < busy_share * step else 0.0
        before = now


def _cpu_seconds(pid: int) -> float:
    """CPU seconds that the process and its children have used so far."""
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
    return total


def _stop(process: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """End the server's process group: by SIGTERM, then by SIGKILL, since a worker can outlive its parent."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
