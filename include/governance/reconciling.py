"""The run beside the sync that compares the ledger with the live catalog and, where it may write, puts it right."""

from __future__ import annotations

from contextlib import closing

from . import catalog
from .model.attribute_owners import AttributeOwners
from .model.vocabularies import OutcomeMode
from .stages import RECONCILE
from .staging.outcome import Outcome
from .staging.reconciliation import Differences
from .sync import Sync


def reconcile(sync: Sync) -> Outcome:
    """Stages differences, plan and outcome, of a run that has begun. In mode `plan`, it writes nothing.

    Raises:
        CatalogError: the catalog cannot be read, or does not belong to this state database.
    """
    workspace, settings = sync.workspace, sync.config.settings
    owners = AttributeOwners(settings.publish.ownership)
    with sync.stage(RECONCILE) as notes, closing(_opened(sync)) as opened:
        found = catalog.reconcile(opened, workspace.ledger, settings.deployment, owners)
        found.plan.save(sync.folder)
        Differences(found.compared, found.differences).save(sync.folder)
        sync.progress(f"compared {found.compared:,} entities with the catalog")
        if sync.writes:
            outcome = catalog.heal(
                found,
                opened,
                workspace.ledger,
                workspace.engine,
                deployment=settings.deployment,
                run_id=sync.sync_id,
                show_progress=sync.progress,
            )
        else:
            traffic = opened.traffic
            outcome = Outcome(
                settings.catalog.name,
                OutcomeMode.PLAN,
                calls=traffic.calls,
                retries=traffic.retries,
                operations=traffic.operations,
                seconds_waiting=traffic.seconds,
            )
        outcome.save(sync.folder)
        notes |= {"calls": outcome.calls, "writes": outcome.writes}
    return outcome


def _opened(sync: Sync) -> catalog.Catalog:
    return catalog.open_catalog(sync.workspace.catalog_endpoint(), sync.config.settings.catalog)
