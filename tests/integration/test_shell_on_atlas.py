"""`sync` and `check` from a shell, with a real catalog."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, event

from include.governance.catalog import Catalog, open_catalog
from include.governance.config.catalogs import AtlasCatalog
from include.governance.config.connections import Endpoint
from include.governance.staging.plan import Key
from include.sandbox.faults import Fault
from tests.support.atlas import RealAtlas
from tests.support.fault_proxy import FaultProxy
from tests.support.shell import process, shell
from tests.support.waiting import wait_for

pytestmark = pytest.mark.atlas


@pytest.mark.heavy
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


@pytest.mark.heavy
def test_a_saved_plan_is_applied_once_and_refused_when_atlas_moved_on(
    demo_config: Callable[..., Path], real_atlas: RealAtlas, tmp_path: Path
) -> None:
    config, file = demo_config(real_atlas.url, "planned", real_atlas.password), str(tmp_path / "plan.json")
    assert shell("sync").returncode == 0
    config.write_text(config.read_text().replace("publish: {enabled: true}", "publish: {enabled: true, max_text: 150}"))
    planned = json.loads(shell("plan", "--out", file, "--json").stdout)
    applied = json.loads(shell("apply", "--plan", file, "--json").stdout)
    assert (applied.get("exit_code"), applied.get("applied_plan")) == (0, planned["run_id"]), applied
    assert applied["outcome"]["acknowledged"] == planned["changes"]["counts"]
    again = shell("apply", "--plan", file)
    assert (again.returncode, "the ledger moved on" in again.stderr) == (6, True)
    synced = json.loads(shell("sync", "--json").stdout)
    assert (synced["changes"]["total"], synced["outcome"]["writes"]) == (0, 0)

    config.write_text(config.read_text().replace("max_text: 150", "max_text: 100"))
    shown = json.loads(shell("plan", "--out", file, "--json").stdout)["changes"]["shown"]
    changed = next(one for one in shown if any(item["name"] == "description" for item in one["attributes"]))
    edit(real_atlas, changed["type_name"], changed["qualified_name"], description="A curator's word.")
    refused = json.loads(shell("apply", "--plan", file, "--json").stdout)
    assert refused["error"] == "PlanOutdated"
    assert f"changed by somebody else: {changed['type_name']} {changed['qualified_name']}" in refused["message"]
    assert Path(refused["report"]).exists()


def edit(atlas: RealAtlas, type_name: str, qualified_name: str, **attributes: str) -> None:
    """As a steward in Atlas' own UI."""
    url = f"{atlas.url}/api/atlas/v2/entity/uniqueAttribute/type/{type_name}"
    with httpx.Client(auth=(atlas.user, atlas.password), trust_env=False) as client:
        entity = client.get(url, params={"attr:qualifiedName": qualified_name}).raise_for_status().json()["entity"]
        entity["attributes"] |= attributes
        body = {"entity": {name: entity[name] for name in ("typeName", "guid", "attributes")}}
        client.post(f"{atlas.url}/api/atlas/v2/entity", json=body).raise_for_status()


def found(atlas: RealAtlas, type_name: str, name: str) -> list[Any]:
    """What Atlas' search knows of that type and name, deleted entities too."""
    named = {"attributeName": "name", "operator": "eq", "attributeValue": name}
    query = {"typeName": type_name, "excludeDeletedEntities": False, "entityFilters": named}
    login = (atlas.user, atlas.password)
    answer = httpx.post(f"{atlas.url}/api/atlas/v2/search/basic", json=query, auth=login, trust_env=False)
    entities: list[Any] = answer.raise_for_status().json().get("entities", [])
    return entities


class Room:
    """How many pages the state database may have; no limit at first."""

    pages = 1_000_000

    def set_aside(self, connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA max_page_count={self.pages}")

    def end(self, pages_left: int) -> None:
        """As a full disk: so many pages more are there."""
        with sqlite3.connect(Path(os.environ["GOVERNANCE_HOME"], "governance.db")) as connection:
            self.pages = connection.execute("PRAGMA page_count").fetchone()[0] + pages_left


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    event.listen(Engine, "begin", room.set_aside)
    yield room
    event.remove(Engine, "begin", room.set_aside)


@pytest.mark.heavy
def test_a_state_database_that_fills_up_while_it_publishes(
    demo_config: Callable[..., Path], real_atlas: RealAtlas, room: Room
) -> None:
    bodies: list[bytes] = []

    def fill_up(body: bytes) -> bool:
        bodies.append(body)
        if len(bodies) == 4:
            room.end(pages_left=2)
        return False

    with FaultProxy(real_atlas.url) as proxy:
        config = demo_config(proxy.url, "filling", real_atlas.password)
        config.write_text(f"{config.read_text()}  batch_size: 15\n")
        proxy.fault(Fault("slow", method="POST", path="/entity/bulk", body=fill_up))
        stopped = shell("sync", "--json")
        room.pages = Room.pages
        outcome = json.loads(stopped.stdout)["outcome"]
        assert (stopped.returncode, outcome["error"]["error"]) == (1, "StorageFull")
        assert f"no room for {os.environ['GOVERNANCE_HOME']}/governance.db" in outcome["error"]["message"]
        assert outcome["left"] > 0
        taken = sum(outcome["acknowledged"]["create"].values())
        assert taken > 15
        again = json.loads(shell("sync", "--json").stdout)["outcome"]
        assert (again["error"], again["refused"], again["left"]) == (None, [], 0)
        assert json.loads(shell("sync", "--json").stdout)["outcome"]["writes"] == 0
    opened = open_catalog(Endpoint(real_atlas.url, real_atlas.user, real_atlas.password), AtlasCatalog(url=proxy.url))
    with closing(opened):
        for type_name in ("ai_model", "ai_model_version", "ai_training_run", "ai_governed_model"):
            wait_for(partial(_keys, opened, type_name))
            keys = _keys(opened, type_name)
            assert len(keys) == len(set(keys))


def _keys(opened: Catalog, type_name: str) -> list[Key]:
    return [one.key for one in opened.listed(type_name, "filling")]


def test_a_wrong_password_is_4_and_says_so(demo_config: Callable[..., Path], real_atlas: RealAtlas) -> None:
    demo_config(real_atlas.url, "locked", "wrong-password")
    done = shell("sync")
    assert done.returncode == 4
    assert "refused the login" in done.stdout
    assert "wrong-password" not in done.stdout + done.stderr
