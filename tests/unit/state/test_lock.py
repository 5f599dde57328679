"""The writer's lock: who holds it, when it counts as lost, how it is taken over."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, insert, select, update

from include.governance.errors import CatalogBusy
from include.governance.state import lease as lock_module
from include.governance.state.database import open_database
from include.governance.state.lease import host_identity, writer_lock
from include.governance.state.tables import writer_locks
from tests.support.waiting import wait_for


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'state.db'}")


def held_by_another(engine: Engine, **differing: Any) -> None:
    row = {
        "catalog": "atlas",
        "holder": "other-run",
        "token": "other-token",
        "host": host_identity(),
        "process": os.getpid(),
        "process_started": int(psutil.Process().create_time()),
        "heartbeat_ms": int(time.time() * 1000),
    }
    with engine.begin() as connection:
        connection.execute(insert(writer_locks).values(row | differing))


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(writer_locks)).mappings())


def lock(engine: Engine, wait: float = 0, settle: float = 0, said: list[str] | None = None) -> Any:
    told = said if said is not None else []
    return writer_lock(engine, "atlas", "my-run", wait_seconds=wait, settle_seconds=settle, waiting=told.append)


def test_held_and_released(engine: Engine) -> None:
    with lock(engine) as hold:
        hold.check()
        assert [row["holder"] for row in rows(engine)] == ["my-run"]
    assert rows(engine) == []


def test_released_after_an_error(engine: Engine) -> None:
    with pytest.raises(RuntimeError), lock(engine):
        raise RuntimeError
    assert rows(engine) == []


def test_a_living_holder_is_named(engine: Engine) -> None:
    held_by_another(engine)
    with pytest.raises(CatalogBusy) as caught, lock(engine):
        pass
    for word in ("other-run", str(os.getpid()), socket.gethostname()):
        assert word in caught.value.message
    assert caught.value.retriable
    assert [row["token"] for row in rows(engine)] == ["other-token"]


def test_catalogs_do_not_get_in_each_others_way(engine: Engine) -> None:
    held_by_another(engine, catalog="another")
    with lock(engine):
        assert len(rows(engine)) == 2


@pytest.mark.parametrize(
    "differing",
    [
        {"process": "dead"},
        {"process_started": 12345},  # the pid was given to another process
        {"host": "elsewhere", "heartbeat_ms": 0},
        {"process": "zombie"},
    ],
    ids=["dead", "reused pid", "stale elsewhere", "zombie"],
)
def test_a_dead_holder_is_followed(engine: Engine, differing: dict[str, Any]) -> None:
    zombie = None
    if differing.get("process") == "dead":
        differing = {"process": dead_pid()}
    elif differing.get("process") == "zombie":
        zombie = subprocess.Popen([sys.executable, "-c", ""])
        wait_for(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE)
        differing = {"process": zombie.pid, "process_started": int(psutil.Process(zombie.pid).create_time())}
    held_by_another(engine, **differing)
    said: list[str] = []
    started = time.monotonic()
    with lock(engine, settle=0.4, said=said):
        assert time.monotonic() - started >= 0.4  # its last request may still be at work
        assert [row["holder"] for row in rows(engine)] == ["my-run"]
    assert "other-run" in said[0]
    if zombie:
        zombie.wait()


@pytest.mark.parametrize(
    "differing",
    [
        {"process_started": int(psutil.Process().create_time()) + 1},  # the host's clock was set
        {"host": "elsewhere"},
        {"heartbeat_ms": 0},  # alive on this host, only slow to beat
    ],
    ids=["clock", "elsewhere", "slow"],
)
def test_a_living_holder_is_not_followed(engine: Engine, differing: dict[str, Any]) -> None:
    held_by_another(engine, **differing)
    with pytest.raises(CatalogBusy), lock(engine):
        pass


def test_a_container_with_the_same_host_name_is_another_place(engine: Engine) -> None:
    """Its processes cannot be seen from here: that its pid is unknown says nothing."""
    held_by_another(engine, process=dead_pid(), host=host_identity().rsplit(" ", 1)[0] + " pid:[1]")
    with pytest.raises(CatalogBusy, match=rf"on {socket.gethostname()}\)"), lock(engine):
        pass


def test_a_holder_that_beats_again_is_not_followed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looked dead and came back between looking and taking."""
    held_by_another(engine, host="elsewhere", heartbeat_ms=0)
    judge = lock_module._is_dead

    def judged_late(other: dict[str, Any]) -> bool:
        dead = judge(other)
        with engine.begin() as connection:
            connection.execute(update(writer_locks).values(heartbeat_ms=int(time.time() * 1000)))
        return dead

    monkeypatch.setattr(lock_module, "_is_dead", judged_late)
    with pytest.raises(CatalogBusy), lock(engine):
        pass


def test_of_four_that_follow_a_dead_one_each_has_it_alone(engine: Engine) -> None:
    held_by_another(engine, process=dead_pid())
    together, guard = threading.Barrier(4), threading.Lock()
    inside: list[int] = []
    seen: list[int] = []

    def one(number: int) -> None:
        together.wait()
        with lock(engine, wait=20, settle=0.05):
            with guard:
                inside.append(number)
                seen.append(len(inside))
            time.sleep(0.05)
            with guard:
                inside.remove(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1, 1, 1, 1]


def test_a_lost_lock_is_noticed_and_not_released(engine: Engine) -> None:
    with lock(engine) as hold:
        with engine.begin() as connection:
            connection.execute(update(writer_locks).values(token="another", holder="another"))
        with pytest.raises(CatalogBusy, match="taken over"):
            hold.check()
    assert [row["holder"] for row in rows(engine)] == ["another"]


def test_it_beats_while_it_is_held(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.governance.state.lease._HEARTBEAT_SECONDS", 0.05)
    with lock(engine):
        first = rows(engine)[0]["heartbeat_ms"]
        wait_for(lambda: rows(engine)[0]["heartbeat_ms"] > first)
