"""Doubted listings of the last sync, and a person's word that what they lack was removed on purpose."""

from __future__ import annotations

from datetime import UTC, datetime

from .errors import ConfigurationError
from .staging.snapshot import CollectionState
from .state.accepted import Acceptance
from .workspace import Workspace


def accept(workspace: Workspace, source: str, collection: str, by: str, reason: str) -> Acceptance:
    """Records that the next read of the source may list as few items of that collection as the last one did.

    Raises:
        ConfigurationError: no such source, or its last read did not doubt the collection.
    """
    doubted = doubted_collections(workspace, workspace.source(source).name)
    if collection not in doubted:
        raise ConfigurationError(
            f"the last sync did not doubt the collection {collection} of {source}.",
            f"It doubted: {', '.join(sorted(doubted)) or 'none'}. What only a plan has doubted, a sync has to doubt "
            "first: python -m include.governance sync.",
        )
    acceptance = Acceptance(source, collection, doubted[collection].seen, by, reason)
    workspace.accepted_listings.add(acceptance, datetime.now(UTC))
    return acceptance


def doubted_collections(workspace: Workspace, source: str) -> dict[str, CollectionState]:
    """By name, the collections of a source that its last read doubted."""
    snapshot = workspace.history.last_snapshot(source)
    states = snapshot.collections() if snapshot else {}
    return {name: state for name, state in states.items() if state.is_doubted}
