"""State that was lost or is older than the catalog: the sync takes it over before it resolves, or does not publish."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

from . import catalog
from .catalog import Catalog
from .errors import CatalogError, CatalogUnavailable
from .model.assets import AssetKind
from .staging.recovery import StateRecovery
from .state.lease import Lease, writer_lock
from .sync import Sync

_PROMOTED = (AssetKind.MODEL_VERSION, AssetKind.AGENT, AssetKind.AGENT_VERSION)


class StateOutdated(CatalogUnavailable):
    """What this sync resolved lacks the history that the catalog has."""


def take_over(sync: Sync, opened: Catalog) -> StateRecovery:
    """Takes ledger and promotions over from the catalog where it knows more than the state database, and stages that.

    It holds the writer's lock meanwhile: a sync that publishes changes the same ledger.
    """
    try:
        recovery = StateRecovery(True, _take_over(sync, opened))
        if sync.adopts and sync.writes:
            _adopt_promotions(sync, opened)
    except (CatalogError, catalog.RequestFailure):
        recovery = StateRecovery()  # publishing asks again
    recovery.save(sync.folder)
    return recovery


def require_current(sync: Sync, opened: Catalog) -> None:
    """Before publishing, where the catalog did not answer before resolving.

    Raises:
        StateOutdated: the catalog knows more than the state database.
    """
    with suppress(catalog.RequestFailure):  # publishing will meet the same, and say so
        if not StateRecovery.load(sync.folder).asked and _is_outdated(sync, opened):
            raise StateOutdated(
                "the state database is new or older than the catalog, which did not answer when this sync began.",
                "Run the sync again from its first stage: it takes over first what the catalog knows.",
            )


def _take_over(sync: Sync, opened: Catalog) -> str:
    workspace = sync.workspace
    if not _is_outdated(sync, opened):
        return ""
    with _lock(sync):
        recovered = catalog.recover(opened, workspace.ledger, sync.config.settings.deployment)
        if recovered is None:
            return ""
        workspace.history.take_over(recovered.promotions)
    return recovered.reason


def _lock(sync: Sync) -> AbstractContextManager[Lease]:
    settings = sync.config.settings.catalog
    return writer_lock(
        sync.workspace.engine,
        sync.workspace.ledger.catalog,
        sync.sync_id,
        wait_seconds=settings.lock_wait_seconds,
        settle_seconds=settings.settle_seconds,
        waiting=sync.progress,
    )


def _adopt_promotions(sync: Sync, opened: Catalog) -> None:
    """The promotions of another installation go on as ours, before ours are resolved."""
    versions = {
        name
        for snapshot in sync.snapshots()
        for kind in _PROMOTED
        for batch in snapshot.asset_batches(kind)
        for name in batch.column("qualified_name").to_pylist()
    }
    with _lock(sync):
        rows = catalog.adopt_promotions(opened, sync.workspace.ledger, sync.config.settings.deployment, versions)
        sync.workspace.history.take_over(rows)
    if rows:
        sync.progress(f"adopted {len(rows):,} promotions of another installation.")


def _is_outdated(sync: Sync, opened: Catalog) -> bool:
    return catalog.is_outdated(opened, sync.workspace.ledger, sync.config.settings.deployment)
