"""A real PostgreSQL behind the state database and behind MLflow, with passwords that hold anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from include.governance.errors import ConfigurationError
from include.governance.state.database import open_database
from include.sandbox.ports import reserved_port
from tests.support.atlas import RealAtlas
from tests.support.postgresql import PASSWORD, ROOT, Postgresql
from tests.support.shell import shell
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


@pytest.fixture
def state(postgresql: Postgresql) -> Iterator[str]:
    """The URL of an empty state database, as include/compose makes it of the compose file's."""
    url = postgresql.url("governance")
    _empty(url)
    yield url
    open_database.cache_clear()


def _empty(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def test_the_address_that_compose_describes_opens_the_database(postgresql: Postgresql, state: str) -> None:
    described = f"postgresql+psycopg://governance:{{SECRET}}@{postgresql.host}:{postgresql.port}/governance"
    command = [
        sys.executable,
        "-m",
        "include.compose",
        "run",
        sys.executable,
        "-c",
        "import os; print(os.environ['U'])",
    ]
    environment = {**os.environ, "ADDRESS_U": described, "SECRET": PASSWORD}
    made = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    assert made == state
    engine = open_database(made)
    assert engine.dialect.driver == "psycopg"
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "governance"


def test_an_address_without_a_driver_takes_the_one_that_is_installed(state: str) -> None:
    assert open_database(state.replace("+psycopg", "")).dialect.driver == "psycopg"


def test_a_wrong_password_and_a_driver_that_is_missing_are_told_apart(state: str) -> None:
    wrong = make_url(state).set(password="wrong").render_as_string(hide_password=False)
    with pytest.raises(ConfigurationError, match="password authentication failed") as refused:
        open_database(wrong)
    assert PASSWORD not in str(refused.value)
    with pytest.raises(ConfigurationError, match="the driver that the address names is not installed") as refused:
        open_database(state.replace("+psycopg", "+pg8000"))
    assert "postgresql+psycopg://" in refused.value.remedy


@pytest.mark.atlas
def test_a_sync_with_its_state_in_postgresql(
    demo_config: Callable[..., Path], real_atlas: RealAtlas, state: str
) -> None:
    config = demo_config(real_atlas.url, "on-postgresql", real_atlas.password)
    config.write_text(f"{config.read_text()}state: {{database: {json.dumps(state)}}}\n")
    checked = shell("check")
    assert checked.returncode == 0, checked.stdout
    assert "ok    state database: postgresql+psycopg://governance:***@" in checked.stdout
    first = shell("sync", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["outcome"]["acknowledged"]["create"]["ai_model"] == 14
    second = json.loads(shell("sync", "--json").stdout)["outcome"]
    assert (second["mode"], second["writes"]) == ("none", 0)
    assert [run["exit_code"] for run in json.loads(shell("runs", "--json").stdout)["runs"]] == [0, 0]
    told = json.loads(shell("history", "card-fraud-detector", "--json").stdout)
    assert {row["state"] for row in told["versions"]} >= {"production"}
    assert shell("explain", "card-fraud-detector").returncode == 0
    assert shell("plan", "--detailed-exitcode").returncode == 0
    # a state that is lost is taken over from the catalog, on PostgreSQL too
    open_database.cache_clear()
    _empty(state)
    third = shell("sync", "--json")
    assert third.returncode == 0, third.stderr
    assert json.loads(third.stdout)["outcome"]["acknowledged"] == {}


def test_an_mlflow_with_a_login_on_postgresql(
    postgresql: Postgresql, demo_config: Callable[..., Path], tmp_path: Path
) -> None:
    """The service `mlflow` of docker-compose.yaml, and what reads it: their own commands and settings."""
    service = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())["services"]["mlflow"]
    described = service["environment"]["ADDRESS_MLFLOW_BACKEND_STORE_URI"]
    environment = {
        "ADDRESS_MLFLOW_BACKEND_STORE_URI": described.replace("@postgres/", f"@{postgresql.host}:{postgresql.port}/"),
        "MLFLOW_DB_PASSWORD": PASSWORD,
        "MLFLOW_AUTH_CONFIG_PATH": str(tmp_path / "login.ini"),
        "MLFLOW_AUTH_ADMIN_USERNAME": service["environment"]["MLFLOW_AUTH_ADMIN_USERNAME"],
        "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "secret",
    }
    with reserved_port(0) as port, _served(service["command"], port, environment, tmp_path) as url:
        search = f"{url}/api/2.0/mlflow/experiments/search?max_results=1"
        assert httpx.get(search, trust_env=False).status_code == 401
        assert httpx.get(search, auth=("admin", PASSWORD), trust_env=False).status_code == 200
        config = demo_config()
        lines = config.read_text().splitlines()
        source = {"name": "mlflow", "kind": "mlflow", "uri": url, "username": "admin", "password": PASSWORD}
        lines = [f"sources: [{json.dumps(source)}]" if line.startswith("sources:") else line for line in lines]
        config.write_text("\n".join(lines) + "\n")
        checks = json.loads(shell("check", "--json").stdout)["checks"]
        asked = {one["what"]: one["ok"] for one in checks if one["what"].startswith("source mlflow")}
        assert len(asked) == 6 and all(asked.values()), checks


@contextmanager
def _served(command: list[str], port: int, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The service's command on loopback, through the entry point that it has in its container."""
    own = {
        "--host": "--host=127.0.0.1",
        "--port": f"--port={port}",
        "--artifacts-destination": f"--artifacts-destination={folder / 'artifacts'}",
        "--allowed-hosts": f"--allowed-hosts=127.0.0.1:{port}",
    }
    options = [own.get(option.split("=")[0], option) for option in command[2:]]
    assert command[:2] == ["mlflow", "server"]
    run = [sys.executable, "-m", "include.compose", "run", sys.executable, "-m", "mlflow", "server", *options]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(
            [*run, "--workers=1"],
            env={**os.environ, **quiet, **environment},
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _is_healthy(url, process, folder / "mlflow.log"), seconds=300)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _is_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()[-3000:]
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
    return False
