"""`sync` and `check` from a shell, with a real catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.atlas import RealAtlas
from tests.support.shell import process, shell

pytestmark = pytest.mark.atlas


def test_sync_publishes_once_and_then_writes_nothing(demo_config: Callable[..., Path], real_atlas: RealAtlas) -> None:
    demo_config(real_atlas.url, "shell", real_atlas.password)
    checked = json.loads(shell("check", "--json").stdout)["checks"]
    assert [one for one in checked if not one["ok"]] == []
    asked = {one["what"]: one["says"] for one in checked if one["what"].startswith("catalog")}
    assert list(asked) == [
        f"catalog shell{part}" for part in ("", ": types", ": reading entities", ": writing entities")
    ]
    assert found(real_atlas, "Process", "ai_governance_check_that_is_never_written") == []  # nor a deleted one
    first = process("sync", "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["outcome"]["acknowledged"]["create"]["ai_model"] == 14
    second = shell("sync", "--json")
    assert second.returncode == 0
    outcome = json.loads(second.stdout)["outcome"]
    assert (outcome["mode"], outcome["writes"]) == ("none", 0)


def found(atlas: RealAtlas, type_name: str, name: str) -> list[Any]:
    """What Atlas' search knows of that type and name, deleted entities too."""
    named = {"attributeName": "name", "operator": "eq", "attributeValue": name}
    query = {"typeName": type_name, "excludeDeletedEntities": False, "entityFilters": named}
    login = (atlas.user, atlas.password)
    answer = httpx.post(f"{atlas.url}/api/atlas/v2/search/basic", json=query, auth=login, trust_env=False)
    entities: list[Any] = answer.raise_for_status().json().get("entities", [])
    return entities


def test_a_wrong_password_is_4_and_says_so(demo_config: Callable[..., Path], real_atlas: RealAtlas) -> None:
    demo_config(real_atlas.url, "locked", "wrong-password")
    done = shell("sync")
    assert done.returncode == 4
    assert "refused the login" in done.stdout
    assert "wrong-password" not in done.stdout + done.stderr
