"""Pytest fixtures: the demo estate, filled once per session, and a configuration that reads it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from include.sandbox import demo

SHIPPED = Path(__file__).resolve().parents[2] / "include" / "config"


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URI of a SQLite store with the demo estate."""
    home = tmp_path_factory.mktemp("demo-estate")
    demo.fill(home, lambda line: None)
    return demo.store_uri(home)


@pytest.fixture
def demo_config(demo_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a configuration folder that reads the demo estate: the shipped one, with its own home and catalog."""

    def make(atlas_url: str = "http://127.0.0.1:1", name: str = "demo", password: str = "admin") -> Path:
        folder = tmp_path / "config"
        shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
        (folder / "governance.yaml").write_text(
            f"""
deployment: {name}
sources: [{{name: {name}, kind: mlflow, uri: "{demo_store}"}}]
catalog:
  name: {name}
  url: {atlas_url}
  username: admin
  password: {password}
  attempts: 2
  timeout_seconds: 60
"""
        )
        monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("GOVERNANCE_CONFIG", str(folder / "governance.yaml"))
        return folder / "governance.yaml"

    return make
