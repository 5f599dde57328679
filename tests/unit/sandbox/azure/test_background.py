"""The emulator in the background: found by its state file, the same certificate at the next start, its end."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from include.sandbox.azure import background
from include.sandbox.errors import SandboxError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path))
    monkeypatch.setenv("GOVERNANCE_AZURE_PORT", "0")
    return tmp_path / "sandbox" / "azure"


def test_start_find_stop(home: Path) -> None:
    started = background.start(prepare=False)
    try:
        assert background.start(prepare=False) == started
        assert background.find() == started
        certificate = (home / "ca.pem").read_bytes()
        answer = httpx.get(
            f"{started.url}/metadata/endpoints?api-version=2019-05-01", verify=str(home / "ca.pem"), trust_env=False
        )
        assert answer.json()[0]["resourceManager"] == started.url
    finally:
        assert background.stop()
    assert background.find() is None
    assert not background.stop()
    again = background.start(prepare=False)
    try:
        assert again.pid != started.pid
        assert (home / "ca.pem").read_bytes() == certificate
    finally:
        background.stop()


def test_a_port_that_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_AZURE_PORT", "many")
    with pytest.raises(SandboxError, match="GOVERNANCE_AZURE_PORT is many"):
        background.start(prepare=False)
