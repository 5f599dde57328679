"""Seen, changed and unreadable are three sets: only what a whole listing did not have any more is gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from ..model import qualified_names
from ..model.assets import COLLECTION_OF, AssetKind
from ..model.read_status import ReadMode, ReadStatus
from ..staging.plan import Entry, Key
from ..staging.snapshot import CollectionState, Snapshot
from .entities.entity_mapping import ENTITY_MAPPINGS

_KIND_OF_TYPE = {shape.type_name: kind for kind, shape in ENTITY_MAPPINGS.items()}
_HOLDERS = (AssetKind.SOURCE, AssetKind.PROJECT)  # Azure ML lists its projects among the workspaces

# Azure lists these once for each of those: where a holder was not read or not understood, they were not asked for
_LISTED_BY = {
    AssetKind.MODEL_VERSION: AssetKind.MODEL,
    AssetKind.DEPLOYMENT: AssetKind.ENDPOINT,
    AssetKind.AGENT_VERSION: AssetKind.AGENT,
}


class Presence:
    """What the snapshots say about things that are no longer wanted in the catalog."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = {snapshot.source: snapshot for snapshot in snapshots}
        self._seen = cache(self._names)
        self._listings = {source: _Listings(snapshot) for source, snapshot in self._snapshots.items()}

    def is_gone(self, entry: Entry) -> bool:
        """True only when its collection was listed whole and it was neither seen, left out nor quarantined.

        Also when the workspace, account or project that it stood in is gone. What any source still sees is not gone.
        The word of the source that the ledger names counts; for Azure's names, where that source is no longer
        configured, that of any other that lists the same collection.
        """
        kind, name = _KIND_OF_TYPE.get(entry.key.type_name), entry.key.qualified_name
        if kind is None or self._is_seen(kind, name):
            return False
        holders = qualified_names.azure_holders(name)
        return any(
            listings.lack(kind, name) or any(self._has_lost(listings, holder) for holder in holders if holder != name)
            for listings in self._said_by(entry)
        )

    def held_back(self, wanted: set[Key]) -> dict[str, int]:
        """Runs that are known but carry no evidence, by source: counted, not published."""
        return {source: self._left(source, AssetKind.RUN, wanted) for source in sorted(self._snapshots)}

    def older_agent_versions(self, wanted: set[Key]) -> dict[str, int]:
        """Agent versions that are neither the latest nor in use, by source, where there are any."""
        counts = {source: self._left(source, AssetKind.AGENT_VERSION, wanted) for source in sorted(self._snapshots)}
        return {source: count for source, count in counts.items() if count}

    def _left(self, source: str, kind: AssetKind, wanted: set[Key]) -> int:
        type_name = ENTITY_MAPPINGS[kind].type_name
        return sum(Key(type_name, name) not in wanted for name in self._seen(source, kind))

    def _said_by(self, entry: Entry) -> list[_Listings]:
        if entry.source in self._listings:
            return [self._listings[entry.source]]
        return list(self._listings.values()) if qualified_names.is_azure(entry.key.qualified_name) else []

    def _has_lost(self, listings: _Listings, holder: str) -> bool:
        return not self._is_seen(AssetKind.SOURCE, holder) and any(listings.lack(kind, holder) for kind in _HOLDERS)

    def _is_seen(self, kind: AssetKind, name: str) -> bool:
        kinds = _HOLDERS if kind in _HOLDERS else (kind,)
        return any(name in self._seen(source, one) for source in self._snapshots for one in kinds)

    def _names(self, source: str, kind: AssetKind) -> frozenset[str]:
        return frozenset(self._snapshots[source].assets(kind, ["qualified_name"])["qualified_name"].to_pylist())


class _Listings:
    """The collections of one snapshot, and what was set aside in each."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._states = snapshot.collections()
        self._aside: dict[str, set[str | None]] = {}
        for row in [*snapshot.quarantine(), *snapshot.filtered()]:
            self._aside.setdefault(row["collection"], set()).add(row["qualified_name"])
        self._whole = cache(self._is_whole)
        self._set_aside = {collection: self._aside_names(collection) for collection in self._states}
        self._all_aside = frozenset().union(*(found for found in self._set_aside.values() if found))

    def lack(self, kind: AssetKind, name: str) -> bool:
        """Whether whole listings cover that unseen name, and neither it nor what holds it was set aside."""
        states = self._covering(kind, name)
        if not states or not all(self._tells(state) for state in states):
            return False
        above = self._closest({_LISTED_BY[kind]}, name) if kind in _LISTED_BY and qualified_names.is_azure(name) else []
        if not all(self._tells(state) for state in above):
            return False
        segments = name.split("/")
        return not any("/".join(segments[:count]) in self._all_aside for count in range(3, len(segments) + 1))

    def _covering(self, kind: AssetKind, name: str) -> list[CollectionState]:
        """The listings that would have it; it may have stood in any of them."""
        if kind in _HOLDERS and name == qualified_names.azure_container(name):
            return self._closest(set(_HOLDERS), name)
        states = self._closest({kind}, name) if kind != AssetKind.SOURCE else []
        if not states and kind == AssetKind.ENDPOINT and qualified_names.azure_whole(name, "endpoint"):
            return self._closest({AssetKind.DEPLOYMENT}, name)  # listing a model's deployments brings both
        return states

    def _closest(self, kinds: Collection[AssetKind], name: str) -> list[CollectionState]:
        """The listings of these kinds that cover it and cover least; one that is not to be had says nothing."""
        fitting = [
            state
            for state in self._states.values()
            if state.kind in kinds and name.startswith(state.covers) and state.state != ReadStatus.UNSUPPORTED
        ]
        closest = max((len(state.covers) for state in fitting), default=0)
        return [state for state in fitting if len(state.covers) == closest]

    def _tells(self, state: CollectionState) -> bool:
        return self._whole(state.collection) and self._set_aside[state.collection] is not None

    def _is_whole(self, collection: str) -> bool:
        state = self._states[collection]
        if state.state != ReadStatus.COMPLETE or state.mode != ReadMode.FULL:
            return False
        if not collection.endswith(COLLECTION_OF[AssetKind.RUN]):
            return True
        # MLflow lists runs by experiment, also where it stands behind a workspace
        beside = collection.removesuffix(COLLECTION_OF[AssetKind.RUN]) + COLLECTION_OF[AssetKind.EXPERIMENT]
        return _all_listed(self._states.get(beside))

    def _aside_names(self, collection: str) -> frozenset[str] | None:
        """Names of what was listed and not taken; None where something could be anything."""
        names = self._aside.get(collection, set())
        return None if None in names else frozenset(name for name in names if name)


def _all_listed(state: CollectionState | None) -> bool:
    """Whether everything in that collection was listed whole, and understood."""
    return (
        state is not None
        and state.state == ReadStatus.COMPLETE
        and state.mode == ReadMode.FULL
        and not (state.filtered or state.quarantined)
    )
