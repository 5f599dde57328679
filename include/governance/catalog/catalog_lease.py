"""The lease in the catalog itself: one writer at a time, also where installations keep state databases of their own.

The marker names the holder and until when. Catalogs have no compare-and-set: whoever takes the lease reads it again
after a pause, and of two that took it at once, the later one holds it.
"""

from __future__ import annotations

import time

from ..errors import CatalogBusy
from ..state.lease import Lease
from .marker import Marker

_LEASE_SECONDS = 120.0
_SETTLE_WRITES = 3  # of two that took it at once, the other's write has come by then
_LONGEST_SETTLE_SECONDS = 1.0
_POLL_SECONDS = 2.0
_CHECK_SECONDS = 10.0


class CatalogLease:
    """The lease of the state database and that in the catalog, checked together before every write.

    Args:
        lease: of the state database; it is held.
        marker: of this installation.
        holder: id of the sync.
        state: names the state database. A lease that a sync of the same one left behind is taken over at once.
    """

    def __init__(self, lease: Lease, marker: Marker, holder: str, state: str) -> None:
        self._lease, self._marker, self._state = lease, marker, state
        self._holder = f"{holder} ({state})"
        self._checked = self._until = 0.0

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
        if time.monotonic() - self._checked < _CHECK_SECONDS:
            return
        other = self._other()
        if other is not None:
            raise CatalogBusy(
                f"another sync ({other}) has taken over this catalog, from another state database.",
                "This process was stopped for longer than the lease; run the sync again.",
            )
        if self._until - time.time() < _LEASE_SECONDS / 2:
            self._renew()

    def release(self, revision: int) -> None:
        """Gives the lease up. revision: of the ledger, by which an older copy of the state is told."""
        self._marker.ensure(lease_holder=None, lease_until=None, ledger_revision=revision)

    def _renew(self) -> None:
        self._until = time.time() + _LEASE_SECONDS
        self._marker.ensure(lease_holder=self._holder, lease_until=int(self._until * 1000))

    def _other(self) -> str | None:
        """Who else holds the lease now."""
        self._checked = time.monotonic()
        marker = self._marker.find()
        attributes = marker.attributes if marker else {}
        holder, until = attributes.get("lease_holder"), attributes.get("lease_until") or 0
        is_ours = str(holder).endswith(f"({self._state})")
        return str(holder) if holder and not is_ours and until / 1000 > time.time() else None
