"""The writer's lease: one sync at a time writes into a catalog. Concurrent writers create the same entity twice.

A row in the state database names the holder, which renews it by a heartbeat. A lease whose heartbeat stopped, or whose
process on this host no longer exists, has expired; whoever takes it over first waits until the former holder's last
request must have ended.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..errors import CatalogBusy, StorageError
from ..model.rows import Row
from .tables import state_identities, writer_locks

_HEARTBEAT_SECONDS = 5.0
_LEASE_SECONDS = 60.0
_POLL_SECONDS = 0.5
_CLOCK_SECONDS = 3  # a process' start moves by this much when the host's clock is set


class Lease:
    """A lease while it is held. `check` raises CatalogBusy when it was lost: nothing may be written after that."""

    def __init__(self, engine: Engine, catalog: str, token: str) -> None:
        self._engine, self._catalog, self._token = engine, catalog, token

    def check(self) -> None:
        """Renews the lease. Raises CatalogBusy when it was lost."""
        with self._engine.begin() as connection:
            renewed = connection.execute(
                update(writer_locks)
                .where(writer_locks.c.catalog == self._catalog, writer_locks.c.token == self._token)
                .values(heartbeat_ms=_now_ms())
            )
        if renewed.rowcount != 1:
            raise CatalogBusy(
                f"the writer's lock of catalog {self._catalog} was taken over by another sync.",
                "This process was stopped for longer than the lock's lease; run the sync again.",
            )

    def release(self) -> None:
        """Gives the lease up; without effect when it was lost."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(writer_locks).where(writer_locks.c.catalog == self._catalog, writer_locks.c.token == self._token)
            )


@contextmanager
def writer_lock(
    engine: Engine,
    catalog: str,
    holder: str,
    *,
    wait_seconds: float,
    settle_seconds: float,
    waiting: Callable[[str], None] = lambda _: None,
) -> Iterator[Lease]:
    """Holds the catalog's lock, waiting for it up to `wait_seconds`. Raises CatalogBusy, naming the holder.

    settle_seconds: pause after taking over from a writer that died, whose last request may still be running.
    """
    deadline = time.monotonic() + wait_seconds
    token, announced = str(uuid.uuid4()), False
    while True:
        other = _try(engine, catalog, holder, token)
        if other is None:
            break
        if _is_dead(other) and _take_over(engine, catalog, holder, token, other):
            waiting(f"taking over the lock of catalog {catalog} from {other['holder']}, which died")
            time.sleep(settle_seconds)
            break
        if time.monotonic() >= deadline:
            raise CatalogBusy(
                f"another sync ({other['holder']}, process {other['process']} on {other['host'].split(' ')[0]}) "
                f"writes into catalog {catalog}.",
                "Let it finish, or raise catalog.lock_wait_seconds.",
            )
        if not announced:
            waiting(f"waiting for {other['holder']}, which writes into catalog {catalog}")
            announced = True
        time.sleep(_POLL_SECONDS)
    lease = Lease(engine, catalog, token)
    stop = threading.Event()
    heartbeat = threading.Thread(target=_heartbeat, args=(lease, stop), daemon=True, name="lock-heartbeat")
    heartbeat.start()
    try:
        yield lease
    finally:
        stop.set()
        heartbeat.join(timeout=_HEARTBEAT_SECONDS)
        lease.release()


def _heartbeat(lease: Lease, stop: threading.Event) -> None:
    while not stop.wait(_HEARTBEAT_SECONDS):
        try:
            lease.check()
        except CatalogBusy:
            return
        except (SQLAlchemyError, StorageError):
            continue  # the database is away for a moment; the next beat may reach it


def _try(engine: Engine, catalog: str, holder: str, token: str) -> Row | None:
    """None when the lease was acquired, else the row of its holder."""
    try:
        with engine.begin() as connection:
            connection.execute(insert(writer_locks).values(_row(catalog, holder, token)))
            return None
    except IntegrityError:
        with engine.connect() as connection:
            row = connection.execute(select(writer_locks).where(writer_locks.c.catalog == catalog)).mappings().first()
        return dict(row) if row else _try(engine, catalog, holder, token)


def _take_over(engine: Engine, catalog: str, holder: str, token: str, other: Row) -> bool:
    with engine.begin() as connection:
        taken = connection.execute(
            update(writer_locks)
            .where(
                writer_locks.c.catalog == catalog,
                writer_locks.c.token == other["token"],
                writer_locks.c.heartbeat_ms == other["heartbeat_ms"],
            )
            .values(_row(catalog, holder, token))
        )
    return taken.rowcount == 1


def _row(catalog: str, holder: str, token: str) -> Row:
    return {
        "catalog": catalog,
        "holder": holder,
        "token": token,
        "host": host_identity(),
        "process": os.getpid(),
        "process_started": int(psutil.Process().create_time()),
        "heartbeat_ms": _now_ms(),
    }


def _is_dead(other: Row) -> bool:
    if other["host"] == host_identity():
        try:
            process = psutil.Process(other["process"])
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
            return bool(abs(process.create_time() - other["process_started"]) > _CLOCK_SECONDS)
        except psutil.NoSuchProcess:
            return True
    return bool(_now_ms() - other["heartbeat_ms"] > _LEASE_SECONDS * 1000)


def host_identity() -> str:
    """Host, boot and process namespace: machines and containers may share a host's name, but not their processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink().name}"
    except OSError:  # not Linux
        return socket.gethostname()


def state_identity(engine: Engine) -> str:
    """A random id that this state database keeps."""
    with engine.begin() as connection:
        known = connection.scalar(select(state_identities.c.id))
        if known is None:
            known = uuid.uuid4().hex
            connection.execute(insert(state_identities).values(id=known))
        return str(known)


def _now_ms() -> int:
    return int(time.time() * 1000)
