"""`make airflow`: Airflow's UI with the project's DAGs, on SQLite, on loopback. Ctrl-C leaves no process behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType

import psutil  # type: ignore[import-untyped,unused-ignore]

from include.governance.config.loader import home
from include.sandbox import airflow_run
from include.sandbox.owner import owner_only

_GRACE_SECONDS = 15


def main() -> int:
    """Runs `airflow standalone` in a process group of its own and ends the whole group with itself."""
    port = int(os.environ.get("GOVERNANCE_AIRFLOW_PORT", "8080"))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            print(f"Port {port} is taken: free it, or choose another with GOVERNANCE_AIRFLOW_PORT.", file=sys.stderr)
            return 1
    airflow_run.prepare(home() / "airflow")
    os.environ.update(
        {
            # Standalone starts its parts as `airflow`, which a virtual environment that is not activated does not show
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        }
    )
    print(f"Airflow comes up at http://127.0.0.1:{port} (no login needed on this machine) ...", flush=True)
    process = subprocess.Popen([sys.executable, "-m", "airflow", "standalone"], start_new_session=True)

    started: set[psutil.Process] = set()

    def end(_number: int, _frame: FrameType | None) -> None:
        started.update(_descendants(process.pid))  # once their parent is gone nothing leads to them
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    code = process.wait()
    _end_all(started)
    return 0 if started else code


def _descendants(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(psutil.Process(pid).children(recursive=True))
    return []


def _end_all(processes: set[psutil.Process]) -> None:
    """Standalone leaves its parts running, and some have process groups of their own: each gets a grace to end."""
    left = processes
    for sign, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, 2)):
        left = left | {child for process in left for child in _descendants(process.pid)}
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(sign)
        left = set(psutil.wait_procs(list(left), timeout=seconds)[1])


if __name__ == "__main__":
    owner_only()
    sys.exit(main())
