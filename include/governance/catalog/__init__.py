"""Catalog. `publish` is the fifth stage: it applies a plan to the one catalog, under the writer's lock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from sqlalchemy import Engine

from ..config.connections import Endpoint
from ..config.models import AtlasCatalog
from ..errors import CatalogError, GovernanceError
from ..net.http import HttpFailure
from ..staging.outcome import Outcome
from ..staging.plan import Key, Plan
from ..state.lease import writer_lock
from ..state.ledger import Ledger
from .atlas.client import Atlas, explained
from .atlas.types import ensure_types
from .curated import read_curated
from .marker import ensure_marker, touch_marker, verify_marker
from .publisher import Publisher

__all__ = ["Atlas", "open_catalog", "publish", "read_curated", "recognise"]


def open_catalog(endpoint: Endpoint, settings: AtlasCatalog) -> Atlas:
    """The catalog's client; nothing is sent yet."""
    return Atlas(endpoint, settings)


def publish(
    plan: Plan,
    atlas: Atlas,
    ledger: Ledger,
    engine: Engine,
    *,
    deployment: str,
    run_id: str,
    keys: Iterable[Key],
    plan_again: Callable[[], Plan],
    say: Callable[[str], None] = lambda sentence: None,
) -> Outcome:
    """Applies the plan; the catalog's answers are in the ledger batch by batch.

    keys: all entities that should be in the catalog, to rebuild the ledger from. plan_again: makes the plan anew where
    the ledger moved since it was made. Never raises for what the catalog does: `outcome.error` says it.
    """
    outcome = Outcome(catalog=ledger.catalog, left=len(plan.changes))
    started = time.perf_counter()
    settings = atlas.settings
    try:
        atlas.check()
        with writer_lock(
            engine,
            ledger.catalog,
            run_id,
            wait_seconds=settings.lock_wait_seconds,
            settle_seconds=min(settings.settle_seconds, 5.0),
            waiting=say,
        ) as hold:
            outcome.ledger_rebuilt = verify_marker(atlas, ledger, deployment, keys)
            if outcome.ledger_rebuilt:
                say(outcome.ledger_rebuilt)
            if outcome.ledger_rebuilt or ledger.revision() != plan.ledger_revision:
                plan = plan_again()
            outcome.left = len(plan.changes)
            if plan.changes or outcome.ledger_rebuilt:
                outcome.types = ensure_types(atlas)
                ensure_marker(atlas, ledger, deployment)
            if plan.changes:
                Publisher(atlas, ledger, hold, outcome, probe=lambda: touch_marker(atlas, ledger, deployment)).run(
                    plan.changes, lambda done, of: say(f"published {done} of {of} entities")
                )
            else:
                outcome.mode = "none"
    except (HttpFailure, GovernanceError) as failure:
        error = explained(failure) if isinstance(failure, HttpFailure) else failure
        outcome.error = {**error.as_dict(), "retriable": error.retriable}
        if not isinstance(error, CatalogError):
            raise
    finally:
        traffic = atlas.traffic
        outcome.calls, outcome.writes, outcome.retries = traffic.calls, traffic.writes, traffic.retries
        outcome.seconds, outcome.seconds_waiting = time.perf_counter() - started, traffic.seconds
    return outcome
