"""Builds the folder of one server: configuration, empty data, logs, index template, web application."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from filelock import FileLock, Timeout

from include.sandbox.errors import SandboxError

from .ports import AtlasPorts
from .settings import Settings

_TEMPLATES = Path(__file__).parent / "templates"
_MARKER = ".atlas-sandbox"


def claim(home: Path) -> FileLock:
    """Creates the folder and locks it against a second server; release the lock when the server has stopped.

    Raises SandboxError when a server runs there or the folder has other files.
    """
    make(home)
    lock = FileLock(home / ".lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise SandboxError(
            f"Another Atlas runs in {home}.",
            "Stop it with `python -m include.sandbox.atlas stop`, or name another folder with --home.",
        ) from None
    return lock


def make(home: Path) -> None:
    """Creates the folder. Raises SandboxError for one with other files, since its `data` gets emptied."""
    try:
        if home.exists() and not (home / _MARKER).exists() and any(home.iterdir()):
            raise SandboxError(f"{home} has other files in it.", "Name an empty or a new folder with --home.")
        (home / "logs").mkdir(parents=True, exist_ok=True)
        (home / _MARKER).touch()
    except OSError as error:
        raise SandboxError(
            f"Can't write to {home} ({error.strerror or error}).", "Name another folder with --home or GOVERNANCE_HOME."
        ) from None


def build(settings: Settings, ports: AtlasPorts, *, webapp: Path, solr: Path) -> None:
    """Fills the home. `data` is emptied: the embedded index does not survive a restart, so neither may the graph."""
    home = settings.home
    for name in ("conf", "data", "models", "solr"):
        shutil.rmtree(home / name, ignore_errors=True)
    for name in ("conf", "data", "models"):
        (home / name).mkdir()
    for name in ("application.log", "server.out"):
        (home / "logs" / name).unlink(missing_ok=True)
    shutil.copytree(solr, home / "solr")
    link = home / "webapp"
    link.unlink(missing_ok=True)
    link.symlink_to(webapp, target_is_directory=True)
    _configure(home / "conf", settings, ports)


def _configure(conf: Path, settings: Settings, ports: AtlasPorts) -> None:
    text = (_TEMPLATES / "atlas-application.properties").read_text()
    values = {"HTTP_PORT": ports.http, "ZOOKEEPER_PORT": ports.zookeeper, "KAFKA_PORT": ports.kafka}
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    (conf / "atlas-application.properties").write_text(text)
    shutil.copy(_TEMPLATES / "atlas-log4j.xml", conf)
    credentials = conf / "users-credentials.properties"
    credentials.touch(mode=0o600)
    credentials.write_text(f"{settings.user}=ADMIN::{hashlib.sha256(settings.password.encode()).hexdigest()}\n")


def java_arguments(settings: Settings, ports: AtlasPorts) -> list[str]:
    """What follows `java` on the command line; the working folder is the home."""
    home = settings.home
    megabytes = settings.heap >> 20
    classpath = [home / "conf", home / "webapp" / "WEB-INF" / "classes", home / "webapp" / "WEB-INF" / "lib" / "*"]
    return [
        "-server",
        # For a server that lives for minutes: no second compiler, no verification of the published classes. Together
        # they take two thirds of the CPU time of a start.
        "-XX:TieredStopAtLevel=1",
        "-XX:-BytecodeVerificationRemote",
        "-XX:+UseSerialGC",
        f"-Xms{min(512, megabytes)}m",
        f"-Xmx{megabytes}m",
        "-XX:+ExitOnOutOfMemoryError",  # otherwise it keeps running without answering
        "-Djava.net.preferIPv4Stack=true",
        "-Djava.awt.headless=true",
        f"-Datlas.home={home}",
        f"-Datlas.conf={home / 'conf'}",
        f"-Datlas.data={home / 'data'}",
        f"-Datlas.log.dir={home / 'logs'}",
        "-Datlas.log.file=application.log",
        f"-Dembedded.solr.directory={home}",
        f"-Dsolr.log.dir={home / 'logs'}",
        "-Dlog4j.configuration=atlas-log4j.xml",
        "-Dorg.eclipse.jetty.annotations.maxWait=300",  # a slow machine needs longer to scan the war
        f"-Djava.io.tmpdir={home / 'data'}",
        "-cp",
        ":".join(map(str, classpath)),
        "org.apache.atlas.Atlas",
        "-app",
        str(home / "webapp"),
        "-port",
        str(ports.http),
    ]


def failure_reason(home: Path) -> str:
    """The line of the logs that best explains why the server ended; "" when there is none."""
    for name in ("application.log", "server.out"):
        try:
            lines = (home / "logs" / name).read_text(errors="replace").splitlines()[-2000:]
        except OSError:
            continue
        for mark in ("Caused by:", "FATAL", "Exception", "ERROR", "Error"):
            matches = [line.strip() for line in lines if mark in line]
            if matches:
                return matches[-1][:300]
    return ""
