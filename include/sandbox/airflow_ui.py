"""`make airflow`: Airflow's UI with the project's DAGs, on SQLite, on loopback. Ctrl-C leaves no process behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from types import FrameType

from include.governance.config.loader import home
from include.sandbox import airflow_run

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

    def end(_number: int, _frame: FrameType | None) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    process.wait()
    _end_group(process.pid)
    return 0


def _end_group(group: int) -> None:
    """SIGTERM to standalone leaves its children running: the rest of the group gets what is left of the grace."""
    import time

    for number, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, 2)):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.killpg(group, number)
            except ProcessLookupError:
                return
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
