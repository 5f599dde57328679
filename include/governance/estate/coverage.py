"""Coverage: how far every listing was read, and so what may be concluded from an asset that is in no snapshot.

A listing proves an absence only where it was read to its end, in full mode, and all of its items are known by name. A
listing that the source does not offer proves nothing, nor does one that this sync did not ask for. Of several listings
in one snapshot that would have an asset, those count that cover least. One source that proves something is enough, also
where another could not read the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, cached_property

from ..model import qualified_names
from ..model.assets import CONTAINERS, AssetKind
from ..model.read_status import ReadMode, ReadStatus
from ..staging.snapshot import CollectionState, Snapshot

# Azure lists the former once for each of the latter: those of an item that was not read were not asked for
_LISTED_BY = {
    AssetKind.MODEL_VERSION: AssetKind.MODEL,
    AssetKind.DEPLOYMENT: AssetKind.ENDPOINT,
    AssetKind.AGENT_VERSION: AssetKind.AGENT,
}
# What a record's evidence rests on
_EVIDENCE = frozenset(
    {
        AssetKind.EXPERIMENT,
        AssetKind.RUN,
        AssetKind.DATASET,
        AssetKind.LOGGED_MODEL,
        AssetKind.MODEL,
        AssetKind.MODEL_VERSION,
        AssetKind.ENDPOINT,
        AssetKind.DEPLOYMENT,
        AssetKind.AGENT,
        AssetKind.AGENT_VERSION,
    }
)


class Coverage:
    """Answers over all snapshots of one sync. Names are qualified names; answers are cached by listing."""

    def __init__(self, snapshots: Iterable[Snapshot]) -> None:
        self._listings = {snapshot.source: _Listings(snapshot) for snapshot in snapshots}
        self.names = cache(self._names)
        self._covering = cache(self._all_covering)
        self._reason_of = cache(self._container_reason)

    @property
    def sources(self) -> list[str]:
        """Names of the sources that were read, in order."""
        return sorted(self._listings)

    # ------------------------------------------------------------------------------------ questions

    def is_listed(self, kind: AssetKind, name: str) -> bool:
        """Whether any source lists assets of that kind where that asset is, however far it was read."""
        return bool(self._covering(kind, _parent(name)))

    def is_complete(self, kind: AssetKind, name: str) -> bool:
        """Whether every asset of that kind where that asset is has been read: one that is in no snapshot is not there.

        Incremental listings count: what they do not list again is carried over.
        """
        states = [state for state in self._covering(kind, _parent(name)) if state.state != ReadStatus.UNSUPPORTED]
        return bool(states) and all(state.is_whole and not self._has_unnamed(state) for state in states)

    def broke_off(self, kind: AssetKind, name: str) -> bool:
        """Whether a listing of that kind where that asset is broke off."""
        return any(state.broke_off for state in self._covering(kind, _parent(name)))

    def is_absent(self, kind: AssetKind, name: str, source: str = "") -> bool:
        """Whether that asset, or the container that it was in, exists no more.

        Args:
            source: the source that stated the asset; what that one proves counts. Where it is not among the snapshots,
                any that lists the same collection may prove it, for names of Azure.
        """
        if self._is_seen(kind, name):
            return False
        holders = [holder for holder in qualified_names.azure_holders(name) if holder != name]
        return any(
            listings.lacks(kind, name) or any(self._has_lost(listings, holder) for holder in holders)
            for listings in self._responsible(name, source)
        )

    def is_container_absent(self, name: str) -> bool:
        """Whether the workspace, account or project of that asset exists no more."""
        return any(
            self._has_lost(listings, holder)
            for holder in qualified_names.azure_holders(name)
            for listings in self._listings.values()
        )

    def proves(self, kinds: Collection[AssetKind], name: str) -> bool | None:
        """Whether some source has read all assets of these kinds where `name` is; None where no source lists them."""
        states = [
            (listings, state)
            for listings in self._listings.values()
            for state in listings.closest(kinds, name, offered=False)
        ]
        if not states:
            return None
        return any(listings.is_conclusive(state) for listings, state in states)

    def proves_below(self, kinds: Collection[AssetKind], container: str) -> bool:
        """Whether all that is offered of these kinds in that container has been read, by whatever source."""
        scope = f"{container}/"
        states = [
            state
            for state in self._informed
            if state.kind in kinds and (state.covers.startswith(scope) or scope.startswith(state.covers))
        ]
        return not any(state.broke_off or self._has_unnamed(state) for state in states)

    def was_excluded(self, name: str) -> bool:
        """Whether allow and deny patterns exclude it, or what it is in: its model, project, workspace or account."""
        return any(part in self._excluded for part in _with_holders(name))

    def was_quarantined(self, name: str) -> bool:
        """Whether that asset itself was listed but not understood."""
        return name in self._quarantined

    def is_filtered(self, kind: AssetKind, name: str) -> bool:
        """Whether patterns exclude any asset of that kind from the container that the asset is in."""
        scope = self._scope(name)
        return any(state.kind == kind and state.filtered for state in self._informed if _is_in(state, scope))

    def why_incomplete(self, *names: str | None) -> str | None:
        """What of the containers that those assets are in could not be read, in words; None when all was read.

        Nor could an asset that is withheld, or in one that is.
        Of Azure, an asset's evidence is in its own workspace, registry or account; an MLflow source is one container.
        """
        stated = [name for name in names if name]
        scopes = dict.fromkeys(self._scope(name) for name in stated)
        reasons = [reason for scope in scopes if (reason := self._reason_of(scope))]
        reasons += [self._withheld[part] for name in stated for part in _with_holders(name) if part in self._withheld]
        return "; ".join(dict.fromkeys(reasons)) or None

    def why_listing_incomplete(self, kind: AssetKind, name: str, source: str) -> str | None:
        """Why the listing by which that source reads the asset broke off; None where it did not."""
        state = next(iter(self._listings[source].closest((kind,), name, offered=False)), None)
        broken = state is not None and state.broke_off
        return f"{state.collection} {state.state}: {state.reason}" if broken and state is not None else None

    def is_elsewhere(self, name: str, link: str | None) -> bool:
        """Whether a link leads to another server than the one by which the asset's source is read."""
        listings = next((found for found in self._listings.values() if name.startswith(found.prefix)), None)
        return listings is not None and "://" in str(link) and not str(link).startswith(listings.address)

    # ------------------------------------------------------------------------------------ how

    def _names(self, source: str, kind: AssetKind) -> frozenset[str]:
        """Qualified names of that source's assets of the kind."""
        return self._listings[source].names(kind)

    def _is_seen(self, kind: AssetKind, name: str) -> bool:
        kinds = CONTAINERS if kind in CONTAINERS else (kind,)
        return any(name in self.names(source, kind) for source in self._listings for kind in kinds)

    def _has_lost(self, listings: _Listings, holder: str) -> bool:
        return not self._is_seen(AssetKind.SOURCE, holder) and any(listings.lacks(kind, holder) for kind in CONTAINERS)

    def _responsible(self, name: str, source: str) -> list[_Listings]:
        if source in self._listings:
            return [self._listings[source]]
        return list(self._listings.values()) if qualified_names.is_azure(name) else []

    @cached_property
    def _informed(self) -> list[CollectionState]:
        """All states but those that broke off where another source read the same listing completely."""
        states = [state for listings in self._listings.values() for state in listings.states.values()]
        complete = {_listing(state) for state in states if state.is_whole and not state.filtered}
        return [state for state in states if not state.broke_off or _listing(state) not in complete]

    @cached_property
    def _excluded(self) -> frozenset[str]:
        return frozenset(name for listings in self._listings.values() for name in listings.excluded)

    @cached_property
    def _quarantined(self) -> frozenset[str]:
        return frozenset(name for listings in self._listings.values() for name in listings.quarantined)

    @cached_property
    def _withheld(self) -> dict[str, str]:
        return {name: reason for listings in self._listings.values() for name, reason in listings.withheld.items()}

    def _all_covering(self, kind: AssetKind, parent: str) -> tuple[CollectionState, ...]:
        return tuple(state for state in self._informed if state.kind == kind and parent.startswith(state.covers))

    def _has_unnamed(self, state: CollectionState) -> bool:
        return state.collection in self._listings[state.source].unnamed

    def _scope(self, name: str) -> str:
        """What the names of everything begin with that the evidence of an asset rests on."""
        container = qualified_names.azure_container(name)
        if container:
            return f"{container}/"
        source = next((found.source for found in self._listings.values() if name.startswith(found.prefix)), None)
        workspace = qualified_names.workspace_of(name)
        if source is not None and workspace is not None:
            return qualified_names.workspace(source, workspace)
        return next((found.prefix for found in self._listings.values() if name.startswith(found.prefix)), name)

    def _container_reason(self, scope: str) -> str | None:
        reasons = (
            f"{state.collection.replace('_', ' ')} {state.state}: {state.reason}"
            for state in self._informed
            if state.kind in _EVIDENCE and state.broke_off and _is_in(state, scope)
        )
        return "; ".join(dict.fromkeys(reasons)) or None


class _Listings:
    """The listings of one snapshot, and their items that were not taken."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.source, self.address = snapshot.source, snapshot.address
        self.prefix = qualified_names.everything_of(snapshot.source)
        self.states = snapshot.collections()
        quarantine, filtered = snapshot.quarantine(), snapshot.filtered()
        self.quarantined = {row["qualified_name"] for row in quarantine} - {None}
        self.excluded = {row["qualified_name"] for row in filtered} - {None}
        self.withheld = {row["qualified_name"]: row["reason"] for row in snapshot.withheld()}
        self.unnamed = {row["collection"] for row in quarantine if row["qualified_name"] is None}
        self._unclear = self.unnamed | {row["collection"] for row in filtered if row["qualified_name"] is None}
        self.names = cache(self._names)
        self.is_read = cache(self._is_read)

    def lacks(self, kind: AssetKind, name: str) -> bool:
        """Whether conclusive listings cover that unseen name, and neither it nor what holds it was not taken."""
        states = self._that_would_have(kind, name)
        if not states or not all(self.is_conclusive(state) for state in states):
            return False
        is_nested = kind in _LISTED_BY and qualified_names.is_azure(name)
        above = self.closest((_LISTED_BY[kind],), name) if is_nested else []
        if not all(self.is_conclusive(state) for state in above):
            return False
        not_taken = (self.quarantined, self.excluded, self.withheld)
        return not any(part in names for part in _with_holders(name) for names in not_taken)

    def closest(self, kinds: Collection[AssetKind], name: str, *, offered: bool = True) -> list[CollectionState]:
        """The listings of these kinds that cover the name and cover least. offered: only those the source offers."""
        covering = [
            state
            for state in self.states.values()
            if state.kind in kinds
            and name.startswith(state.covers)
            and not (offered and state.state == ReadStatus.UNSUPPORTED)
        ]
        length = max((len(state.covers) for state in covering), default=0)
        return [state for state in covering if len(state.covers) == length]

    def is_conclusive(self, state: CollectionState) -> bool:
        """Whether the listing was read to its end in full mode, and every item of it is known by name."""
        return self.is_read(state.collection) and state.collection not in self._unclear

    def _names(self, kind: AssetKind) -> frozenset[str]:
        return frozenset(self._snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist())

    def _that_would_have(self, kind: AssetKind, name: str) -> list[CollectionState]:
        if kind in CONTAINERS and name == qualified_names.azure_container(name):
            return self.closest(CONTAINERS, name)
        states = self.closest((kind,), name) if kind != AssetKind.SOURCE else []
        if not states and kind == AssetKind.ENDPOINT and qualified_names.azure_whole(name, "endpoint"):
            return self.closest((AssetKind.DEPLOYMENT,), name)  # listing a model's deployments brings both
        return states

    def _is_read(self, collection: str) -> bool:
        state = self.states[collection]
        if not _is_full(state):
            return False
        if not state.listing.endswith("runs"):
            return True
        experiments = [other for other in self.states.values() if _is_listed_for(other, state)]
        return bool(experiments) and all(
            _is_full(other) and not other.filtered and not other.quarantined for other in experiments
        )


def _is_in(state: CollectionState, scope: str) -> bool:
    """Whether that collection lists what is in the scope: the default workspace of MLflow does not hold the others."""
    same = qualified_names.workspace_of(f"{state.covers}x") == qualified_names.workspace_of(f"{scope}x")
    return state.covers.startswith(scope) and same


def _is_full(state: CollectionState) -> bool:
    return state.is_whole and state.mode == ReadMode.FULL


def _is_listed_for(experiments: CollectionState, runs: CollectionState) -> bool:
    """MLflow lists runs by experiment, also as part of a workspace."""
    wanted = runs.listing.removesuffix("runs") + "experiments"
    prefix = runs.collection.removesuffix(runs.listing)
    return experiments.listing == wanted and experiments.collection == prefix + wanted


def _listing(state: CollectionState) -> tuple[str, str, str]:
    return state.kind, state.covers, state.collection


def _parent(name: str) -> str:
    return name.rsplit("/", 1)[0] + "/"


def _with_holders(name: str) -> Iterator[str]:
    """The asset, and everything that it is in."""
    segments: Sequence[str] = name.split("/")
    return ("/".join(segments[:count]) for count in range(3, len(segments) + 1))
