"""Pytest fixture: a real PostgreSQL of the session, on a port of its own, with the roles of docker-compose.yaml."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from include.sandbox.ports import HOST, reserved_port

ROOT = Path(__file__).resolve().parents[2]
# What breaks an address, a shell, SQL or a configuration file
PASSWORD = "p@ss/w#rd?&:'\"; DROP ROLE airflow; -- %41$HOME`\\"
_SECONDS = 300.0
_USER = "postgres"


@dataclass(frozen=True)
class Postgresql:
    """host, port: of the server. programs: folder of its binaries."""

    host: str
    port: int
    programs: Path

    def url(self, name: str, driver: str = "postgresql+psycopg", password: str = PASSWORD) -> str:
        """The SQLAlchemy URL of a database that the role of the same name owns."""
        return f"{driver}://{name}:{quote(password, safe='')}@{self.host}:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """Its databases are made by the script that compose's PostgreSQL runs, with a password that holds anything."""
    programs = _programs()
    # Not below pytest's folders, which nobody but their owner may enter
    with tempfile.TemporaryDirectory(prefix="governance-postgresql-") as name, reserved_port(0) as port:
        folder = Path(name)
        data, secret = folder / "data", folder / "superuser"
        secret.write_text("superuser\n")
        _hand_over(folder, secret)
        _run(programs / "initdb", "-D", data, "-U", _USER, "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8")
        options = f"-h {HOST} -p {port} -k {folder} -c fsync=off"
        _run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-t", "120", "-w", "start")
        try:
            server = Postgresql(HOST, port, programs)
            _make_databases(server)
            yield server
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-t", "120", "-w", "stop")


def _make_databases(server: Postgresql) -> None:
    names = ("AIRFLOW_DB_PASSWORD", "GOVERNANCE_DB_PASSWORD", "MLFLOW_DB_PASSWORD")
    environment = {
        **{"PATH": f"{server.programs}:{os.environ['PATH']}", "PGHOST": server.host, "PGPORT": str(server.port)},
        **{"PGPASSWORD": "superuser", "POSTGRES_USER": _USER},
        **dict.fromkeys(names, PASSWORD),
    }
    script = ROOT / "include" / "compose" / "databases.sh"
    subprocess.run(["sh", script], env=environment, check=True, capture_output=True, text=True)


def _programs() -> Path:
    """The newest installed one: Debian keeps them out of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if not found:
        pytest.fail("no PostgreSQL is installed: make postgres", pytrace=False)
    return Path(found).resolve().parent


def _run(*command: object) -> None:
    """As a user that is not root, which PostgreSQL refuses to run as."""
    user = _USER if os.getuid() == 0 else None
    subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=_SECONDS,
    )


def _hand_over(*paths: Path) -> None:
    """To the user that the server runs as."""
    for path in paths if os.getuid() == 0 else ():
        shutil.chown(path, _USER)
