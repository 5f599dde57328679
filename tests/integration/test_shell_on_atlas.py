"""`sync` and `check` from a shell, with a real catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.atlas import RealAtlas
from tests.support.shell import process, shell

pytestmark = pytest.mark.atlas


def test_sync_publishes_once_and_then_writes_nothing(demo_config: Callable[..., Path], real_atlas: RealAtlas) -> None:
    demo_config(real_atlas.url, "shell", real_atlas.password)
    assert shell("check").returncode == 0
    first = process("sync", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["outcome"]["acknowledged"]["create"]["ai_model"] == 14
    second = shell("sync", "--json")
    assert second.returncode == 0
    outcome = json.loads(second.stdout)["outcome"]
    assert (outcome["mode"], outcome["writes"]) == ("none", 0)


def test_a_wrong_password_is_4_and_says_so(demo_config: Callable[..., Path], real_atlas: RealAtlas) -> None:
    demo_config(real_atlas.url, "locked", "wrong-password")
    done = shell("sync")
    assert done.returncode == 4
    assert "refused the login" in done.stdout
    assert "wrong-password" not in done.stdout + done.stderr
