"""Pytest fixtures: the demo estate, filled once for all processes of a session, and a configuration that reads it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from include.sandbox import demo
from tests.support.processes import shared_folder

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "config"
FILL_LOG = "fill.log"
OWN_STORE = "mlflow.db"
NO_CATALOG = "http://127.0.0.1:1"


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled estate, in a folder where an earlier fill was interrupted; `FILL_LOG` has the lines of the fill.

    All processes read it: change nothing in it.
    """
    home = shared_folder(tmp_path_factory) / "demo-estate"
    with FileLock(home.with_suffix(".lock")):
        if not home.exists():
            (home / "artifacts").mkdir(parents=True)
            (home / "artifacts" / "torn.txt").touch()
            (home / ".filling.db").write_bytes(b"torn")
            lines: list[str] = []
            assert demo.fill(home, lines.append)
            (home / FILL_LOG).write_text("\n".join(lines))
    return home


@pytest.fixture(scope="session")
def demo_store(demo_home: Path) -> str:
    """URI of a SQLite store with the demo estate."""
    return demo.store_uri(demo_home)


@pytest.fixture
def demo_config(demo_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a configuration folder that reads the demo estate: the shipped one, with its own home and catalog."""

    def make(atlas_url: str = NO_CATALOG, name: str = "demo", password: str = "admin") -> Path:
        return write_config(tmp_path, monkeypatch, demo_store, atlas_url, name, password)

    return make


@pytest.fixture
def both(demo_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of two sources, `demo` and `other`, each with a store that a test may take away."""
    config = write_config(tmp_path, monkeypatch, demo_store)
    for name in ("demo", "other"):
        (tmp_path / name).mkdir()
        shutil.copy(demo_store.removeprefix("sqlite:///"), tmp_path / name / OWN_STORE)
    sources = [
        {"name": name, "kind": "mlflow", "uri": f"sqlite:///{tmp_path / name / OWN_STORE}"}
        for name in ("demo", "other")
    ]
    lines = config.read_text().splitlines()
    lines = [f"sources: {json.dumps(sources)}" if line.startswith("sources:") else line for line in lines]
    config.write_text("\n".join(lines) + "\n")
    return config


def write_config(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    store: str,
    atlas_url: str = NO_CATALOG,
    name: str = "demo",
    password: str = "admin",
) -> Path:
    """The shipped configuration with `store` as its source; the environment names it and a home beside it."""
    # a record whose key a tag states has one owner in a catalog: tests that share one take none from tags
    record_tag = "governance.record" if atlas_url == NO_CATALOG else f"governance.record.{name}"
    config = folder / "config"
    shutil.copytree(SHIPPED, config, dirs_exist_ok=True)
    (config / "governance.yaml").write_text(
        f"""
deployment: {name}
tags: {{record: "{record_tag}"}}
sources: [{{name: {name}, kind: mlflow, uri: "{store}"}}]
publish: {{enabled: true}}
catalog:
  name: {name}
  url: {atlas_url}
  username: admin
  password: {password}
  attempts: 2
  timeout_seconds: 60
"""
    )
    monkeypatch.setenv("GOVERNANCE_HOME", str(folder / "home"))
    monkeypatch.setenv("GOVERNANCE_CONFIG", str(config / "governance.yaml"))
    return config / "governance.yaml"
