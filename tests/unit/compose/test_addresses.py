"""Addresses for the containers of docker-compose.yaml: a password may hold anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy.engine import make_url

from include.compose.addresses import filled

ROOT = Path(__file__).resolve().parents[3]
PASSWORDS = ["plain", "p@ss/w#rd?&=:;,+ %41", "'; DROP ROLE x; --", '"$HOME"\\`{X}', "ünï cödé", "~"]


@pytest.mark.parametrize("password", PASSWORDS, ids=["plain", "url", "sql", "shell", "unicode", "home"])
def test_a_password_comes_back_whole_from_the_address(password: str) -> None:
    environment = {"PASSWORD": password, "ADDRESS_STATE": "postgresql+psycopg://ana:{PASSWORD}@host:5432/name"}
    address = filled(environment)["STATE"]
    url = make_url(address)
    assert (url.username, url.password, url.host, url.port, url.database) == ("ana", password, "host", 5432, "name")
    assert unquote(urlsplit(address).password or "") == password


def test_only_addresses_are_made_and_several_names_may_stand_in_one() -> None:
    environment = {"A": "x/", "B": "y", "OTHER": "{A}", "ADDRESS_AIRFLOW__C": "redis://{A}:{B}@redis"}
    assert filled(environment) == {"AIRFLOW__C": "redis://x%2F:y@redis"}


@pytest.mark.parametrize("environment", [{}, {"PASSWORD": ""}], ids=["missing", "empty"])
def test_a_missing_password_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"ADDRESS_STATE names PASSWORD, which is not set: .*include\.compose env"):
        filled({**environment, "ADDRESS_STATE": "x://{PASSWORD}@y"})


def test_the_command_gets_the_addresses_and_its_own_exit_code() -> None:
    show = [sys.executable, "-c", "import os, sys; print(os.environ['STATE']); sys.exit(7)"]
    done = run({"PASSWORD": "a b", "ADDRESS_STATE": "x://{PASSWORD}@y"}, "run", *show)
    assert (done.returncode, done.stdout) == (7, "x://a%20b@y\n")


def test_what_is_wrong_is_one_sentence_and_2() -> None:
    done = run({"ADDRESS_STATE": "x://{PASSWORD}@y"}, "run", "true")
    assert done.returncode == 2
    assert done.stderr.startswith("ADDRESS_STATE names PASSWORD")
    assert len(done.stderr.splitlines()) == 1


def test_mlflows_login_is_configured_for_its_owner_only(tmp_path: Path) -> None:
    from configparser import ConfigParser

    file = tmp_path / "new" / "login.ini"
    environment = {
        "PASSWORD": "100%/@",
        "ADDRESS_MLFLOW_BACKEND_STORE_URI": "postgresql+psycopg://mlflow:{PASSWORD}@postgres/mlflow",
        "MLFLOW_AUTH_CONFIG_PATH": str(file),
    }
    assert run(environment, "run", "true").returncode == 0
    config = ConfigParser()  # as MLflow reads it
    config.read(file)
    assert make_url(config["mlflow"]["database_uri"]).password == "100%/@"
    assert file.stat().st_mode & 0o777 == 0o600


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", "-m", "include.compose", *arguments]  # without site-packages: as in any image
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=own, cwd=ROOT, capture_output=True, text=True, check=False)
