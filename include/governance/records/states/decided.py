"""Unknown is not over: whether the listings that would show a state were read whole, so that absence says something."""

from __future__ import annotations

from collections.abc import Sequence

from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...staging.snapshot import CollectionState, Snapshot

_VERSIONS = (AssetKind.MODEL_VERSION, AssetKind.AGENT_VERSION)
_HOLDERS = (AssetKind.MODEL, AssetKind.AGENT)  # aliases and stages may stand on these
_SERVING = (AssetKind.ENDPOINT, AssetKind.DEPLOYMENT)
_PLACES = (AssetKind.SOURCE, AssetKind.PROJECT)
_NOTHING_MORE = (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED)


class Decided:
    """Answers for versions, agents and base models of all snapshots. Answers are kept by the listing they lie in."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = snapshots
        self._states = [state for snapshot in snapshots for state in snapshot.collections().values()]
        self._left_out = {row["qualified_name"] for snapshot in snapshots for row in snapshot.filtered()}
        self._places: set[str] | None = None
        self._answers: dict[tuple[str, str], bool] = {}

    def __call__(self, subject: str, signal_from: str | None = None) -> bool:
        """Whether an absent signal of that subject is over.

        signal_from: qualified name of the endpoint that gave it; without one, the version itself carried it.
        """
        holder = subject.split("/versions/")[0]
        if self.is_left_out(subject):
            return False
        where = (holder.rsplit("/", 1)[0], signal_from or "")
        if where not in self._answers:
            self._answers[where] = self._is_decided(f"{where[0]}/", signal_from)
        return self._answers[where]

    def is_left_out(self, subject: str) -> bool:
        """Whether allow and deny patterns leave it, its model or its place out."""
        holders = {subject.split("/versions/")[0], *qualified_names.azure_holders(subject)[:1]}
        return bool({subject, *holders} & self._left_out)

    def is_covered(self, subject: str) -> bool:
        """Whether any source that was read lists such a subject, however far it was read."""
        return any(subject.startswith(state.covers) for state in self._states if state.kind in _VERSIONS)

    def _is_decided(self, listing: str, signal_from: str | None) -> bool:
        versions = self._covering(_VERSIONS, listing)
        if not versions:
            served = bool(signal_from) and self._is_read_whole(str(signal_from))
            return served or self._is_place_gone(listing)
        holders = self._covering(_HOLDERS, listing)
        if not _any_whole(versions) or (holders and not _any_whole(holders)):
            return False
        container = qualified_names.azure_container(listing)
        serving = self._covering(_SERVING, f"{container}/", below=True) if container else []
        if not all(state.state in _NOTHING_MORE for state in serving):
            return False
        return signal_from is None or self._is_read_whole(signal_from)

    def _is_read_whole(self, endpoint: str) -> bool:
        """Whether the listing of that endpoint and that of its deployments were read whole."""
        parts = [self._covering((kind,), f"{endpoint}/") for kind in _SERVING]
        return bool(parts[0]) and all(_any_whole(states) for states in parts if states)

    def _is_place_gone(self, listing: str) -> bool:
        """Whether the workspace or account that held it was listed no more, by a listing that was read whole."""
        container = qualified_names.azure_container(listing)
        if container is None:
            return False
        listed = [state for state in self._covering(_PLACES, container) if not state.filtered]
        if self._places is None:
            self._places = {
                name
                for snapshot in self._snapshots
                for kind in _PLACES
                for name in snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist()
            }
        return container not in self._places and bool(listed) and _any_whole(listed)

    def _covering(self, kinds: Sequence[AssetKind], name: str, *, below: bool = False) -> list[CollectionState]:
        """The listings in which it would stand; below: those of what stands in it."""
        return [
            state
            for state in self._states
            if state.kind in kinds and (name.startswith(state.covers) or (below and state.covers.startswith(name)))
        ]


def _any_whole(states: Sequence[CollectionState]) -> bool:
    """The same listing may be read through two sources: one that had it whole is enough."""
    return any(state.state == ReadStatus.COMPLETE for state in states)
