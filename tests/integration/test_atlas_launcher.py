"""The launcher with the real server: two side by side, and nothing left after Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import psutil
import pytest

from include.sandbox.atlas.base_types import definitions
from include.sandbox.atlas.settings import PROJECT_ROOT
from tests.support.atlas import RealAtlas

pytestmark = [pytest.mark.atlas, pytest.mark.heavy]


def _client(url: str, user: str = "admin", password: str = "admin") -> httpx.Client:
    return httpx.Client(base_url=url, auth=(user, password), timeout=60, trust_env=False)


def _names(client: httpx.Client, name: str) -> list[str]:
    """qualifiedNames of the DataSets of that name, once the search index has caught up."""
    deadline = time.monotonic() + 10
    while True:
        answer = client.post("/api/atlas/v2/search/basic", json={"typeName": "DataSet", "query": name, "limit": 10})
        found = answer.raise_for_status().json().get("entities") or []
        if found or time.monotonic() > deadline:
            return [entity["attributes"]["qualifiedName"] for entity in found]
        time.sleep(0.1)


def _create(client: httpx.Client, name: str) -> None:
    entity = {"typeName": "DataSet", "attributes": {"qualifiedName": f"{name}@test", "name": name}}
    client.post("/api/atlas/v2/entity/bulk", json={"entities": [entity]}).raise_for_status()


def test_the_server_of_the_session(real_atlas: RealAtlas) -> None:
    with _client(real_atlas.url, real_atlas.user, real_atlas.password) as client:
        assert client.get("/api/atlas/admin/status").json() == {"Status": "ACTIVE"}
        headers = client.get("/api/atlas/v2/types/typedefs/headers").json()
        expected = {item["name"] for items in definitions().values() for item in items}
        assert expected <= {header["name"] for header in headers}
        _create(client, "launchersession")
        assert _names(client, "launchersession") == ["launchersession@test"]
        assert client.get("/index.html").status_code == 200
        assert client.get("/n/index.html").status_code == 200


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "include.sandbox.atlas", "run", "--port", "0", "--home", str(tmp_path / "home")]
    run = subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        env={name: value for name, value in os.environ.items() if name != "ATLAS_URL"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield run
    if run.poll() is None:
        run.terminate()
        run.wait(30)


def _ready_url(output: IO[str]) -> str:
    lines = []
    for line in output:
        lines.append(line)
        match = re.match(r"ready at (\S+) after \d+ s, log in as admin", line)
        if match:
            return match[1]
    pytest.fail("".join(lines))


def _group(pid: int) -> list[psutil.Process]:
    """The living processes of the group and the session of `pid`."""
    members = []
    for process in psutil.process_iter(["status"]):
        try:
            ours = pid in (os.getpgid(process.pid), os.getsid(process.pid))
        except ProcessLookupError:
            continue
        if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            members.append(process)
    return members


def test_foreground_beside_another_until_ctrl_c(real_atlas: RealAtlas, foreground: subprocess.Popen[str]) -> None:
    assert foreground.stdout
    url = _ready_url(foreground.stdout)
    java = psutil.Process(foreground.pid).children()
    assert len(java) == 1
    with _client(url) as client, _client(real_atlas.url, real_atlas.user, real_atlas.password) as other:
        assert client.get("/api/atlas/admin/session").json()["userName"] == "admin"
        assert _client(url, password="wrong").get("/api/atlas/admin/session").status_code == 401
        _create(client, "onlyhere")
        _create(other, "onlythere")
        assert _names(client, "onlyhere") == ["onlyhere@test"]
        assert _names(other, "onlythere") == ["onlythere@test"]
        unique = {"attr:qualifiedName": "onlyhere@test"}
        assert other.get("/api/atlas/v2/entity/uniqueAttribute/type/DataSet", params=unique).status_code == 404

    os.kill(foreground.pid, signal.SIGINT)
    rest, errors = foreground.communicate()
    assert foreground.returncode in (0, 130)
    assert errors == ""
    assert "stopping" in rest
    assert not java[0].is_running()
    assert _group(foreground.pid) == []
    assert _group(java[0].pid) == []
    assert httpx.get(f"{real_atlas.url}/api/atlas/admin/status", trust_env=False).json() == {"Status": "ACTIVE"}
