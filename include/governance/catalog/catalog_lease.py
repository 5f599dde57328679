"""The lease in the catalog itself: one writer at a time, also where installations keep state databases of their own.

The marker names the holder and until when. Catalogs have no compare-and-set: whoever takes the lease reads it again
after a pause, and of two that took it at once, the later one holds it. A thread renews it for as long as the holder
lives, however long a single batch takes; that of a holder that died ends by itself.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from ..errors import CatalogBusy, StorageError
from ..state.lease import Lease
from .contract import RequestFailure
from .marker import Marker

_SHORTEST_LEASE_SECONDS = 120.0
_ANSWERS = 4  # a lease lasts: a beat is due after one, asks and writes within two, and one is left
_SETTLE_WRITES = 3  # of two that took it at once, the other's write has come by then
_LONGEST_SETTLE_SECONDS = 1.0
_POLL_SECONDS = 2.0
_CHECK_SECONDS = 10.0
_HEARTBEATS = 12  # in the time of a lease
_RENEWED_AT = 3 / 4  # of its time left
_JOIN_SECONDS = 10.0


class CatalogLease:
    """The lease of the state database and that in the catalog, checked together before every write.

    Args:
        lease: of the state database; it is held.
        marker: of this installation.
        holder: id of the sync.
        state: names the state database. A lease that a sync of the same one left behind is taken over at once.
        answer_seconds: that the catalog may take for an answer. The lease lasts four times as long, at least two
            minutes, so that a holder whose requests are all answered in time never loses it.
    """

    def __init__(self, lease: Lease, marker: Marker, holder: str, state: str, answer_seconds: float = 0.0) -> None:
        self._lease, self._marker, self._state = lease, marker, state
        self._seconds = max(_SHORTEST_LEASE_SECONDS, _ANSWERS * answer_seconds)
        self._holder = f"{holder} ({state})"
        self._checked = self._until = 0.0
        self._one_at_a_time, self._is_released = threading.Lock(), False

    @contextmanager
    def held(self, wait_seconds: float) -> Iterator[None]:
        """Takes the lease, waiting for another writer's, and keeps it renewed within the block.

        After the block it stays in the catalog until `release`, or until it ends.

        Raises:
            CatalogBusy: another sync holds it.
        """
        self.acquire(wait_seconds)
        stop = threading.Event()
        heartbeat = threading.Thread(target=self._heartbeat, args=(stop,), daemon=True, name="lease-heartbeat")
        heartbeat.start()
        try:
            yield
        finally:
            stop.set()
            heartbeat.join(timeout=_JOIN_SECONDS)

    def acquire(self, wait_seconds: float) -> None:
        """Takes the lease, waiting for another writer's. Raises CatalogBusy, naming the holder."""
        deadline = time.monotonic() + wait_seconds
        while (other := self._other()) is not None:
            if time.monotonic() >= deadline:
                raise CatalogBusy(
                    f"another sync ({other}) writes into this catalog, from another state database.",
                    "Let it finish, or raise catalog.lock_wait_seconds. Installations that share a catalog need a "
                    "`deployment` each; those of one name must share the state database.",
                )
            time.sleep(_POLL_SECONDS)
        started = time.monotonic()
        self._renew()
        time.sleep(min(_SETTLE_WRITES * (time.monotonic() - started), _LONGEST_SETTLE_SECONDS))
        if self._other() is not None:
            self.acquire(max(0.0, deadline - time.monotonic()))

    def check(self) -> None:
        """Renews both leases where it is time to. Raises CatalogBusy when one was lost: nothing may be written then."""
        self._lease.check()
        if time.monotonic() - self._checked >= _CHECK_SECONDS:
            self._keep()

    def release(self, revision: int) -> None:
        """Gives the lease up. revision: of the ledger, by which an older copy of the state is told."""
        with self._one_at_a_time:  # after a renewal that is on its way
            self._is_released = True
            self._marker.ensure(lease_holder=None, lease_until=None, ledger_revision=revision)

    def _heartbeat(self, stop: threading.Event) -> None:
        while not stop.wait(self._seconds / _HEARTBEATS):
            try:
                self._keep()
            except CatalogBusy:
                return  # the next check says so
            except (RequestFailure, SQLAlchemyError, StorageError):
                continue  # the next beat, or the next check, may reach it
            except RuntimeError:
                return  # the client was closed: this beat took longer than was waited for

    def _keep(self) -> None:
        """Renews the lease where it is time to. Raises CatalogBusy when another writer holds it."""
        with self._one_at_a_time:
            if self._is_released:
                return
            other = self._other()
            if other is not None:
                self._checked = -math.inf
                raise CatalogBusy(
                    f"another sync ({other}) has taken over this catalog, from another state database.",
                    "This process was stopped for longer than the lease; run the sync again.",
                )
            if self._until - time.time() < self._seconds * _RENEWED_AT:
                self._renew()

    def _renew(self) -> None:
        until = time.time() + self._seconds
        self._marker.ensure(lease_holder=self._holder, lease_until=int(until * 1000))
        self._until = until

    def _other(self) -> str | None:
        """Who else holds the lease now."""
        self._checked = time.monotonic()
        marker = self._marker.find()
        attributes = marker.attributes if marker else {}
        holder, until = attributes.get("lease_holder"), attributes.get("lease_until") or 0
        is_ours = str(holder).endswith(f"({self._state})")
        return str(holder) if holder and not is_ours and until / 1000 > time.time() else None
