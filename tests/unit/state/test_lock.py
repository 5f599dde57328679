"""One writer a catalog: who holds the lock, who waits, who takes it over, and who finds out that it was lost."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, insert, select, update

from include.governance.errors import CatalogBusy
from include.governance.state import lock
from include.governance.state.database import open_database
from include.governance.state.lock import writer_lock
from include.governance.state.tables import writer_locks

_ELSEWHERE = "another-host"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'state.db'}")


def held_by(engine: Engine, *, process: int, started: float, host: str = "", beat_seconds_ago: float = 0.0) -> None:
    """Puts a row of somebody else there. host: default this one."""
    with engine.begin() as connection:
        connection.execute(
            insert(writer_locks).values(
                catalog="atlas",
                holder="their-run",
                token="theirs",
                host=host or lock.place(),
                process=process,
                process_started=int(started),
                heartbeat_ms=int((time.time() - beat_seconds_ago) * 1000),
            )
        )


def holder(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return connection.scalar(select(writer_locks.c.holder))


def take(engine: Engine, wait: float = 0.0, settle: float = 0.0, said: list[str] | None = None) -> None:
    lines = said if said is not None else []
    with writer_lock(engine, "atlas", "my-run", wait_seconds=wait, settle_seconds=settle, waiting=lines.append):
        assert holder(engine) == "my-run"


def ended_process() -> tuple[int, float]:
    """Pid and start of a process that ran and is gone."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(process.pid).create_time()
    process.communicate(b"\n")
    return process.pid, started


def test_held_while_inside_and_free_after(engine: Engine) -> None:
    take(engine)
    assert holder(engine) is None


def test_free_after_an_error_too(engine: Engine) -> None:
    with (
        pytest.raises(RuntimeError),
        writer_lock(engine, "atlas", "my-run", wait_seconds=0, settle_seconds=0),
    ):
        raise RuntimeError
    assert holder(engine) is None


def test_catalogs_do_not_share_it(engine: Engine) -> None:
    with writer_lock(engine, "other", "their-run", wait_seconds=0, settle_seconds=0):
        take_of_atlas = threading.Event()
        with writer_lock(engine, "atlas", "my-run", wait_seconds=0, settle_seconds=0):
            take_of_atlas.set()
    assert take_of_atlas.is_set()


def test_busy_names_the_holder_and_says_what_to_do(engine: Engine) -> None:
    with writer_lock(engine, "atlas", "their-run", wait_seconds=0, settle_seconds=0):
        with pytest.raises(CatalogBusy) as caught:
            take(engine)
        assert "their-run" in caught.value.message
        assert str(os.getpid()) in caught.value.message
        assert "catalog.lock_wait_seconds" in caught.value.remedy
        assert caught.value.retriable
        assert caught.value.exit_code == 4
        assert holder(engine) == "their-run"


def test_waits_for_a_living_holder(engine: Engine) -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with writer_lock(engine, "atlas", "their-run", wait_seconds=0, settle_seconds=0):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    said: list[str] = []
    threading.Timer(0.7, leave.set).start()
    began = time.monotonic()
    take(engine, wait=10, said=said)
    assert time.monotonic() - began >= 0.5
    assert said == ["waiting for their-run, which writes into catalog atlas"]
    thread.join()


def test_a_dead_process_of_this_host_is_taken_over_after_the_settle_pause(engine: Engine) -> None:
    pid, started = ended_process()
    held_by(engine, process=pid, started=started)
    said: list[str] = []
    began = time.monotonic()
    take(engine, settle=0.6, said=said)
    assert time.monotonic() - began >= 0.6
    assert said == ["taking over the lock of catalog atlas from their-run, which died"]


def test_a_killed_process_that_nobody_collected_is_dead(engine: Engine) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(process.pid).create_time()
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    held_by(engine, process=process.pid, started=started)
    take(engine)
    process.wait()


def test_a_reused_pid_with_another_start_is_not_the_holder(engine: Engine) -> None:
    held_by(engine, process=os.getpid(), started=psutil.Process().create_time() - 1_000)
    take(engine)


def test_a_start_that_differs_by_a_clock_correction_is_the_holder(engine: Engine) -> None:
    held_by(engine, process=os.getpid(), started=psutil.Process().create_time() - 1.5)
    with pytest.raises(CatalogBusy):
        take(engine)


def test_another_host_is_believed_while_it_beats(engine: Engine) -> None:
    pid, started = ended_process()  # that pid says nothing about another host
    held_by(engine, process=pid, started=started, host=_ELSEWHERE, beat_seconds_ago=30)
    with pytest.raises(CatalogBusy, match=_ELSEWHERE):
        take(engine)


def test_another_host_that_stopped_beating_is_taken_over(engine: Engine) -> None:
    held_by(engine, process=os.getpid(), started=0, host=_ELSEWHERE, beat_seconds_ago=61)
    take(engine)


def test_a_container_with_the_same_host_name_is_another_host(engine: Engine) -> None:
    """Its processes cannot be seen from here, so that a pid unknown here says nothing."""
    pid, started = ended_process()
    name = lock.place().split(" ")[0]
    held_by(engine, process=pid, started=started, host=f"{name} pid:[1]")
    with pytest.raises(CatalogBusy) as caught:
        take(engine)
    assert f"on {name} writes" in caught.value.message


def test_a_holder_that_beat_again_is_not_taken_over(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looked dead, but came back between looking and taking."""
    held_by(engine, process=1, started=0, host=_ELSEWHERE, beat_seconds_ago=61)
    judge = lock._is_dead

    def judged_late(other: dict) -> bool:
        dead = judge(other)
        with engine.begin() as connection:
            connection.execute(update(writer_locks).values(heartbeat_ms=int(time.time() * 1000)))
        return dead

    monkeypatch.setattr(lock, "_is_dead", judged_late)
    with pytest.raises(CatalogBusy):
        take(engine)
    assert holder(engine) == "their-run"


def test_it_beats_while_it_is_held(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_BEAT_SECONDS", 0.05)
    beats = set()
    with writer_lock(engine, "atlas", "my-run", wait_seconds=0, settle_seconds=0):
        deadline = time.monotonic() + 5
        while len(beats) < 3 and time.monotonic() < deadline:
            with engine.connect() as connection:
                beats.add(connection.scalar(select(writer_locks.c.heartbeat_ms)))
            time.sleep(0.05)
    assert len(beats) >= 3


def test_a_lost_lock_is_noticed_and_not_given_back(engine: Engine) -> None:
    with writer_lock(engine, "atlas", "my-run", wait_seconds=0, settle_seconds=0) as hold:
        hold.check()
        with engine.begin() as connection:
            connection.execute(update(writer_locks).values(token="theirs", holder="their-run"))
        with pytest.raises(CatalogBusy, match="taken over by another sync"):
            hold.check()
    assert holder(engine) == "their-run"  # leaving does not free what is not ours


def test_two_that_take_over_at_once_do_not_both_get_it(engine: Engine) -> None:
    pid, started = ended_process()
    held_by(engine, process=pid, started=started)
    together, inside, most = threading.Barrier(4), [], []
    guard = threading.Lock()

    def one(number: int) -> None:
        together.wait()
        with writer_lock(engine, "atlas", f"run-{number}", wait_seconds=20, settle_seconds=0.05):
            with guard:
                inside.append(number)
                most.append(len(inside))
            time.sleep(0.05)
            with guard:
                inside.remove(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
