"""The launcher around the server: a small stand-in for Java answers as an Atlas does, comes up at once, or dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from include.sandbox import ports
from include.sandbox.atlas import background, base_types, downloads, state
from include.sandbox.atlas.ports import AtlasPorts
from include.sandbox.atlas.server import AtlasServer
from include.sandbox.atlas.settings import PROJECT_ROOT, Settings
from include.sandbox.errors import SandboxError
from tests.support.waiting import wait_for

_FAKE_JAVA = """#!{python} -S
import json, os, sys, time
if "-version" in sys.argv:
    sys.exit('openjdk version "11.0.13" 2021-10-19')
mode = os.environ.get("FAKE_ATLAS", "serve")
if mode == "die":
    open("logs/application.log", "a").write("fine\\nCaused by: IllegalStateException: no room\\n    at x\\n")
    sys.exit(255)
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def answer(self):
        if mode == "refuse" and "status" not in self.path:
            self.send_error(401)
            return
        body = json.dumps([] if "headers" in self.path else {{"Status": "ACTIVE" if mode != "slow" else "BECOMING"}})
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    do_GET = do_POST = answer
HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("-port") + 1])), Handler).serve_forever()
"""


@pytest.fixture(autouse=True)
def fake_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment, for this process and its children, in which nothing is fetched and Java is the stand-in."""
    java = tmp_path / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(_FAKE_JAVA.format(python=sys.executable))
    java.chmod(0o755)
    for part in (downloads.WEBAPP, downloads.SOLR):
        folder = tmp_path / "cache" / f"atlas-{downloads.VERSION}" / f"{part.artifact}-{part.sha256[:12]}"
        folder.mkdir(parents=True)
        (folder / "solr.xml").write_text("<solr/>")
        downloads._manifest(folder).write_text(downloads._census(folder))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    monkeypatch.setenv("GOVERNANCE_CACHE", str(tmp_path / "cache"))
    for name in ("ATLAS_URL", "GOVERNANCE_ATLAS_PORT", "GOVERNANCE_ATLAS_USER", "GOVERNANCE_ATLAS_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env(home=tmp_path / "home", port=0)


@pytest.fixture
def in_background(settings: Settings) -> Iterator[Settings]:
    yield settings
    background.stop(settings)


def _cli(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "include.sandbox.atlas", *words]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


def _gone(pid: int) -> bool:
    def ended() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    wait_for(ended, f"the end of process {pid}")
    return True


def test_comes_up_and_goes(settings: Settings) -> None:
    lines: list[str] = []
    with AtlasServer(settings, report=lines.append) as server:
        assert httpx.get(f"{server.url}/api/atlas/admin/status", trust_env=False).json() == {"Status": "ACTIVE"}
        pid = server.pid
        found = background.find(settings)
        assert found and (found.url, found.user, found.phase, found.java) == (server.url, "admin", "ready", pid)
    assert _gone(pid)
    assert background.find(settings) is None
    assert lines[-2].startswith("ready at http://127.0.0.1:")
    assert lines[-1] == "stopping ..."


def test_writes_what_the_server_reads(settings: Settings) -> None:
    with AtlasServer(settings) as server:
        text = (settings.home / "conf" / "atlas-application.properties").read_text()
        credentials = settings.home / "conf" / "users-credentials.properties"
        assert f"atlas.server.http.port={server.url.rsplit(':', 1)[1]}\n" in text
        assert "@" not in text
        assert credentials.read_text().startswith("admin=ADMIN::8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f")
        assert credentials.stat().st_mode & 0o077 == 0
        assert (settings.home / "webapp" / "solr.xml").exists()
    (settings.home / "data" / "old").touch()
    with AtlasServer(settings):
        assert not (settings.home / "data" / "old").exists()


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(SandboxError, match=f"Port {port} is taken") as caught:
            AtlasServer(Settings.from_env(home=tmp_path / "home", port=port)).start()
    assert "--port" in caught.value.remedy


def test_a_port_held_on_all_interfaces_is_taken() -> None:
    with socket.socket() as holder:
        holder.bind(("0.0.0.0", 0))
        holder.listen()
        assert not ports.is_free(holder.getsockname()[1])


def test_ports_are_distinct_and_kept() -> None:
    first, second = AtlasPorts(0), AtlasPorts(0)
    numbers = {first.http, first.zookeeper, first.kafka, second.http, second.zookeeper, second.kafka}
    assert len(numbers) == 6
    with pytest.raises(SandboxError, match="is taken"):
        AtlasPorts(first.http)
    first.release()
    AtlasPorts(first.http).release()
    second.release()


def test_too_little_memory(settings: Settings) -> None:
    with pytest.raises(SandboxError, match=r"needs 2\.1 GB of memory and 1\.0 GB are free") as caught:
        AtlasServer(settings, available_memory=lambda: 10**9).start()
    assert "GOVERNANCE_ATLAS_MEMORY" in caught.value.remedy


def test_java_too_new(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "java" / "bin" / "java").write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
    with pytest.raises(SandboxError, match="is Java 17"):
        AtlasServer(settings).start()


def test_a_server_that_dies_gives_its_reason(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ATLAS", "die")
    with pytest.raises(SandboxError, match=r"exit code 255\): Caused by: .*no room"):
        AtlasServer(settings).start()


def test_a_server_that_never_gets_ready(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ATLAS", "slow")
    server = AtlasServer(settings)
    with pytest.raises(SandboxError, match="not ready within 1 s"):
        server.start(timeout=1)
    assert server.pid == 0


def test_a_refused_login(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ATLAS", "refuse")
    with pytest.raises(SandboxError, match="refuses the login of admin"):
        AtlasServer(settings).start()


def test_one_server_a_home(settings: Settings) -> None:
    with AtlasServer(settings) as server, pytest.raises(SandboxError, match="Another Atlas runs"):
        AtlasServer(settings).start()
    assert server.pid == 0


def test_leaves_a_folder_of_others_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious").touch()
    with pytest.raises(SandboxError, match="has other files in it"):
        AtlasServer(Settings.from_env(home=tmp_path, port=0)).start()
    assert (tmp_path / "data" / "precious").exists()


def test_uses_the_atlas_of_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with AtlasServer(settings) as running:
        monkeypatch.setenv("ATLAS_URL", f"{running.url}/")
        with AtlasServer(Settings.from_env(home=tmp_path / "other")) as other:
            assert other.url == running.url
            assert other.pid == 0
        assert running.pid
    assert not (tmp_path / "other").exists()
    with pytest.raises(SandboxError, match="ATLAS_URL"):
        AtlasServer(Settings.from_env()).start(timeout=0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOVERNANCE_ATLAS_PORT", "http"),
        ("GOVERNANCE_ATLAS_PORT", "70000"),
        ("GOVERNANCE_ATLAS_MEMORY", "lots"),
        ("GOVERNANCE_ATLAS_MEMORY", "100m"),
        ("GOVERNANCE_ATLAS_USER", "a=b"),
    ],
)
def test_settings_that_make_no_sense(name: str, value: str) -> None:
    with pytest.raises(SandboxError, match=name):
        Settings.from_env(env={name: value})


def test_settings_from_the_environment(tmp_path: Path) -> None:
    env = {"GOVERNANCE_HOME": str(tmp_path), "GOVERNANCE_ATLAS_MEMORY": "2G", "GOVERNANCE_ATLAS_PORT": "21999"}
    settings = Settings.from_env(env=env)
    assert settings.home == tmp_path.resolve() / "sandbox" / "atlas"
    assert (settings.heap, settings.port, settings.user) == (2 << 30, 21999, "admin")


def test_background_start_find_wait_stop(in_background: Settings) -> None:
    first = background.start(in_background)
    lines: list[str] = []
    ready = background.wait(in_background, 30, lines.append)
    assert ready.phase == state.READY
    assert lines[-1].startswith("ready at ")
    again = background.start(in_background)
    assert (again.pid, again.url) == (first.pid, ready.url)
    assert background.stop(in_background)
    assert _gone(ready.java) and _gone(ready.pid)
    assert not background.stop(in_background)
    with pytest.raises(SandboxError, match="No Atlas runs"):
        background.wait(in_background)


def test_background_failure_is_told_to_who_waits(in_background: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_ATLAS", "die")
    with pytest.raises(SandboxError, match="no room"):
        background.start(in_background)
        background.wait(in_background, 30)


def test_a_state_file_of_a_reused_pid_is_not_believed(settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    mine = psutil.Process()
    true = state.ServerState(mine.pid, mine.create_time(), "http://127.0.0.1:1", "admin", state.READY)
    state.write(settings.home, true)
    assert background.find(settings) == true
    state.write(settings.home, state.ServerState(mine.pid, mine.create_time() - 60, "u", "admin", state.READY))
    assert background.find(settings) is None
    (settings.home / "server.json").write_text("{")
    assert background.find(settings) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_killed_launcher_takes_the_server_along(in_background: Settings) -> None:
    background.start(in_background)
    ready = background.wait(in_background, 30)
    os.kill(ready.pid, signal.SIGKILL)
    assert _gone(ready.java)
    with pytest.raises(SandboxError, match="has died"):
        background.wait(in_background)
    assert background.start(in_background).pid != ready.pid


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
@pytest.mark.parametrize("mode", ["serve", "slow"])
def test_run_ends_cleanly(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, number: int, code: int, mode: str
) -> None:
    monkeypatch.setenv("FAKE_ATLAS", mode)
    command = [sys.executable, "-m", "include.sandbox.atlas", "run", "--port", "0", "--home", str(settings.home)]
    run = subprocess.Popen(
        command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert run.stdout
    for line in run.stdout:
        if line.startswith("starting " if mode == "slow" else "ready at "):
            break
    found = background.find(settings)
    assert found and found.java
    run.send_signal(number)
    _, errors = run.communicate()
    assert (run.returncode, errors) == (code, "")
    assert _gone(found.java)


@pytest.mark.heavy
def test_cli(settings: Settings) -> None:
    home = ["--home", str(settings.home)]
    assert _cli("status", *home).returncode == 1
    started = _cli("start", "--port", "0", *home)
    assert (started.returncode, started.stderr) == (0, "")
    waited = _cli("wait", *home)
    assert waited.returncode == 0
    assert "log in as admin" in waited.stdout
    assert "ready at http://127.0.0.1:" in _cli("status", *home).stdout
    assert _cli("run", "--port", "0", *home).stderr.startswith("Another Atlas runs in")
    assert _cli("stop", *home).stdout == "stopped\n"
    failed = _cli("wait", *home)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1


def test_base_types_are_complete() -> None:
    definitions = base_types.definitions()
    names = [item["name"] for items in definitions.values() for item in items]
    assert len(names) == len(set(names)) == 32
    entities = {item["name"]: item for item in definitions["entityDefs"]}
    for item in definitions["relationshipDefs"]:
        assert item["endDef1"]["type"] in entities
        assert item["endDef2"]["type"] in entities
    key = next(one for one in entities["Referenceable"]["attributeDefs"] if one["name"] == "qualifiedName")
    assert key["isUnique"] and not key["isOptional"]
