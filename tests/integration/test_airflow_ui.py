"""`make airflow`: the UI answers, the DAG is loaded, a triggered run works, and Ctrl-C leaves no process behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from include.sandbox.ports import reserved_port

ROOT = Path(__file__).resolve().parents[2]
DAG = "/api/v2/dags/sync_model_catalog"

pytestmark = [pytest.mark.airflow, pytest.mark.heavy, pytest.mark.timeout(600)]


def _until(what: str, ask: Callable[[], Any], seconds: float) -> Any:
    """The first answer that is not empty; a refused connection is an empty one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answer := ask():
                return answer
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise AssertionError(f"{what}: not within {seconds} s")


@pytest.fixture
def port() -> Iterator[int]:
    with reserved_port() as port:
        yield port


@pytest.fixture
def airflow(
    demo_config: Callable[..., Path], tmp_path: Path, port: int
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`make airflow` as a shell starts it, and its address. The demo estate is its source; its catalog is down."""
    demo_config()
    environment = {**os.environ, "GOVERNANCE_AIRFLOW_PORT": str(port), "GOVERNANCE_RETRY_SECONDS": "0"}
    with (tmp_path / "airflow.log").open("wb") as log:
        process = subprocess.Popen(
            ["make", "airflow"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    below: list[psutil.Process] = []
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            below = psutil.Process(process.pid).children(recursive=True)
            os.killpg(process.pid, signal.SIGTERM)
            psutil.wait_procs(below, timeout=30)
        for one in below:
            if one.is_running():
                one.kill()


def test_the_ui_runs_the_dag_and_ends_with_ctrl_c(airflow: tuple[subprocess.Popen[bytes], str]) -> None:
    process, url = airflow
    _until("the UI", lambda: httpx.get(url, follow_redirects=True).status_code == httpx.codes.OK, 180)
    token = _until("a token", lambda: httpx.get(f"{url}/auth/token").json().get("access_token"), 30)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
        _until("the DAG", lambda: api.get(DAG).status_code == httpx.codes.OK, 120)
        assert api.get("/api/v2/importErrors").json()["import_errors"] == []
        asked = {"conf": {"mode": "plan"}, "logical_date": None}
        run = api.post(f"{DAG}/dagRuns", json=asked).raise_for_status().json()["dag_run_id"]
        api.patch(DAG, json={"is_paused": False}).raise_for_status()

        def ended() -> str:
            state = api.get(f"{DAG}/dagRuns/{run}").json()["state"]
            return state if state in ("success", "failed") else ""

        assert _until("the run", ended, 240) == "success", api.get(f"{DAG}/dagRuns/{run}/taskInstances").text

    started = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    assert len(started) > 5  # make, ours, standalone and its parts
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    assert [pid for pid in started if psutil.pid_exists(pid)] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", httpx.URL(url).port or 0)) != 0
