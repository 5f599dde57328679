"""Applies a plan to the catalog under the writer's lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from ..errors import CatalogError, GovernanceError, StorageError
from ..model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from ..model.vocabularies import OutcomeMode
from ..staging.outcome import Outcome
from ..staging.plan import Change, Key, Plan
from ..state.lease import Lease, state_identity, writer_lock
from ..state.ledger import Ledger
from .catalog_lease import CatalogLease
from .contract import Catalog, Entity, RequestFailure
from .edited import compared, held_values
from .installations import Installations
from .marker import Marker
from .publisher import Publisher, entry_after

_LONGEST_LEASE_SETTLE_SECONDS = 5.0


def _silent(message: str) -> None:
    """Shows no progress."""


def _nothing() -> None:
    """There is nothing to verify, or to commit."""


@dataclass(frozen=True)
class PublishSession:
    """What publishing works with.

    Attributes:
        engine: the state database; the writer's lock is there.
        deployment: names this installation in the catalog's marker.
        run_id: who holds the lock.
        desired_keys: all entities that should be in the catalog, to rebuild the ledger from.
        replan: makes the plan again where the ledger moved since it was made.
        show_progress: takes one sentence.
        verify: is called before anything is asked of the plan; raises where it does not hold any more.
        commit: is called once nothing stands against writing, before the first write.
        owners: whose each attribute is.
        adopts: a person said that what other installations manage, and other addresses, are ours now.
    """

    catalog: Catalog
    ledger: Ledger
    engine: Engine
    deployment: str
    run_id: str
    desired_keys: Iterable[Key]
    replan: Callable[[], Plan]
    show_progress: Callable[[str], None] = _silent
    verify: Callable[[], None] = _nothing
    commit: Callable[[], None] = _nothing
    adopts: bool = False
    owners: AttributeOwners = ALL_THE_SOURCES


def publish(plan: Plan, session: PublishSession) -> Outcome:
    """Applies the plan; after each batch, what the catalog acknowledged is in the ledger.

    Never raises for what the catalog does, nor where the ledger cannot be written: `outcome.error` has the error. What
    the catalog took and the ledger could not note is found there, and noted, by the next sync.
    """
    catalog = session.catalog
    outcome = Outcome(catalog=session.ledger.catalog, left=len(plan.changes))
    with noted(outcome, catalog), only_writer(session) as lease:
        publish_as_writer(plan, session, outcome, lease)
    return outcome


@contextmanager
def noted(outcome: Outcome, catalog: Catalog, again: str = "") -> Iterator[None]:
    """What the catalog or the state database refuses within the block is the outcome's error; counts what was sent.

    Args:
        again: how what an unavailable catalog broke off goes on, where it is no sync.
    """
    started = time.perf_counter()
    try:
        yield
    except (RequestFailure, GovernanceError) as failure:
        error = _to_error(failure, again)
        outcome.fail(error)
        if not isinstance(error, CatalogError | StorageError):
            raise
    finally:
        traffic = catalog.traffic
        outcome.calls, outcome.writes, outcome.retries = traffic.calls, traffic.writes, traffic.retries
        outcome.operations = traffic.operations
        outcome.seconds, outcome.seconds_waiting = time.perf_counter() - started, traffic.seconds


def _to_error(failure: RequestFailure | GovernanceError, again: str) -> GovernanceError:
    if isinstance(failure, GovernanceError):
        return failure
    return failure.to_catalog_error(again) if again else failure.to_catalog_error()


@contextmanager
def only_writer(session: PublishSession) -> Iterator[Lease]:
    """Holds the writer's lock of the state database, waiting for another's. Raises CatalogBusy."""
    settings = session.catalog.settings
    session.catalog.check()
    with writer_lock(
        session.engine,
        session.ledger.catalog,
        session.run_id,
        wait_seconds=settings.lock_wait_seconds,
        settle_seconds=min(settings.settle_seconds, _LONGEST_LEASE_SETTLE_SECONDS),
        waiting=session.show_progress,
    ) as lease:
        yield lease


@contextmanager
def only_writer_of_catalog(session: PublishSession, lease: Lease, marker: Marker) -> Iterator[CatalogLease]:
    """Holds the lease in the catalog too, and gives it up where the block ends well. Raises CatalogBusy."""
    settings = session.catalog.settings
    holder = session.run_id, state_identity(session.engine)
    catalog_lease = CatalogLease(lease, marker, *holder, answer_seconds=settings.timeout_seconds)
    with catalog_lease.held(settings.lock_wait_seconds):
        yield catalog_lease
    catalog_lease.release(session.ledger.revision())


def publish_as_writer(plan: Plan, session: PublishSession, outcome: Outcome, lease: Lease) -> None:
    """The same, by one that holds the writer's lock; raises what `noted` notes."""
    session.verify()
    marker = Marker(session.catalog, session.ledger, session.deployment)
    installations = Installations(session.catalog, session.ledger, session.deployment, adopts=session.adopts)
    outcome.ledger_rebuilt = marker.verify(session.desired_keys, installations.admit)
    if outcome.ledger_rebuilt:
        session.show_progress(outcome.ledger_rebuilt)
    if outcome.ledger_rebuilt or session.ledger.revision() != plan.ledger_revision:
        plan = session.replan()
    found = _found(plan, session.catalog)
    outcome.claimed = installations.claim(plan.changes, found)
    if outcome.claimed:
        plan = session.replan()
        found = _found(plan, session.catalog)
    compare = compared(plan.changes, held_values(plan.changes, found), session.owners)
    outcome.edited = compare.edits
    session.commit()
    _settle(compare.settled, session.ledger)
    plan = replace(plan, changes=compare.changes)
    outcome.left = len(plan.changes)
    if plan.changes or outcome.ledger_rebuilt:
        outcome.types = session.catalog.ensure_types()
    if not plan.changes:
        if outcome.ledger_rebuilt:
            marker.ensure()
        outcome.mode = OutcomeMode.NONE
        return
    with only_writer_of_catalog(session, lease, marker) as catalog_lease:
        publisher = Publisher(
            session.catalog, session.ledger, catalog_lease, outcome, probe=marker.touch, owners=session.owners
        )
        publisher.run(plan.changes, lambda done, of: session.show_progress(f"published {done} of {of} entities"))


def _found(plan: Plan, catalog: Catalog) -> list[Entity]:
    """Of what the plan would write, that which the catalog has."""
    return list(catalog.find([change.key for change in plan.changes], relationships=False))


def _settle(changes: Sequence[Change], ledger: Ledger) -> None:
    """Acknowledges changes of which nothing is sent: the catalog keeps what somebody wrote."""
    entries = ledger.entries() if changes else {}
    if changes:
        ledger.acknowledge([entry_after(change, entries[change.key].guid, entries[change.key]) for change in changes])
