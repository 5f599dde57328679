"""Unknown is not gone: what may be concluded from an absence, given how far each collection was read.

Of Azure, what a version or run rests on are the listings of its own workspace, registry or account: one that could not
be read leaves the others' models as sure as they are. An MLflow source is one whole.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadStatus
from ...staging.snapshot import CollectionState, Snapshot

_RESTS_ON = frozenset(
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
_UNREAD = (ReadStatus.PARTIAL, ReadStatus.FAILED)


class Reading:
    """Answers, over all snapshots, whether something missing is gone or merely was not read."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self._states = _informed([state for snapshot in snapshots for state in snapshot.collections().values()])
        self._addresses = {snapshot.source: str(snapshot.document.get("address") or "") for snapshot in snapshots}
        self._prefixes = {qualified_names.everything_of(snapshot.source): snapshot.source for snapshot in snapshots}
        self._quarantined = {row["qualified_name"] for snapshot in snapshots for row in snapshot.quarantine()}
        self._reasons: dict[str, str | None] = {}
        self._covering: dict[tuple[AssetKind, str], list[CollectionState]] = {}

    def incomplete_reason(self, *assets: str | None) -> str | None:
        """What of the places that those assets stand in was not read whole; None when all of it was."""
        places = dict.fromkeys(self._place(asset) for asset in assets if asset)
        return "; ".join(reason for place in places if (reason := self._reason_of(place))) or None

    def run_state(self, row: dict[str, Any]) -> tuple[str | None, str | None]:
        """(active, deleted, purged, not_read or None without a run; why it was not read)."""
        run = row["run"]
        if not run:
            return None, None
        if row["run_lifecycle"]:
            return ("deleted" if row["run_lifecycle"] == "deleted" else "active"), None
        run_id = unquote(run.rsplit("/", 1)[-1])
        if run in self._quarantined:
            return "not_read", f"its run {run_id} was listed but could not be understood"
        if self._is_elsewhere(run, row["run_link"]):
            return "not_read", f"its run {run_id} is on another tracking server: {row['run_link']}"
        if not self.is_listed(AssetKind.RUN, run):
            return "not_read", f"its run {run_id} stands where no source reads"
        if self._narrowed(AssetKind.EXPERIMENT, run):
            return "not_read", f"its run {run_id} may lie in an experiment that the configuration leaves out"
        if not self.is_whole(AssetKind.RUN, run):
            return "not_read", f"its run {run_id} was not found, and the runs were not all read"
        return "purged", None

    def experiment_state(self, row: dict[str, Any]) -> str:
        """active, deleted, missing or not_read."""
        if row["experiment_lifecycle"]:
            return "deleted" if row["experiment_lifecycle"] == "deleted" else "active"
        experiment = str(row["experiment"])
        known = self.is_whole(AssetKind.EXPERIMENT, experiment) and not self._narrowed(AssetKind.EXPERIMENT, experiment)
        return "missing" if known and experiment not in self._quarantined else "not_read"

    def is_listed(self, kind: AssetKind, asset: str) -> bool:
        """Whether any source lists what stands where that asset stands."""
        return bool(self._of(kind, asset))

    def is_whole(self, kind: AssetKind, asset: str) -> bool:
        """Whether the listings that tell of that asset were all read whole."""
        states = [state.state for state in self._of(kind, asset) if state.state != ReadStatus.UNSUPPORTED]
        return bool(states) and all(state == ReadStatus.COMPLETE for state in states)

    def is_set_aside(self, asset: str) -> bool:
        """Whether that asset was listed but not understood."""
        return asset in self._quarantined

    def is_partly(self, kind: AssetKind, asset: str) -> bool:
        """Whether a listing that tells of that asset broke off."""
        return any(state.state in _UNREAD for state in self._of(kind, asset))

    def _of(self, kind: AssetKind, asset: str) -> list[CollectionState]:
        listing = (kind, asset.rsplit("/", 1)[0] + "/")
        if listing not in self._covering:
            covering = [state for state in self._states if state.kind == kind and asset.startswith(state.covers)]
            self._covering[listing] = covering
        return self._covering[listing]

    def _narrowed(self, kind: AssetKind, asset: str) -> bool:
        place = self._place(asset)
        return any(state.kind == kind and state.filtered for state in self._states if state.covers.startswith(place))

    def _reason_of(self, place: str) -> str | None:
        if place not in self._reasons:
            found = (
                f"{state.collection.replace('_', ' ')} {state.state}: {state.reason}"
                for state in self._states
                if state.kind in _RESTS_ON and state.state in _UNREAD and state.covers.startswith(place)
            )
            self._reasons[place] = "; ".join(dict.fromkeys(found)) or None
        return self._reasons[place]

    def _place(self, asset: str) -> str:
        """What the names of everything that it rests on begin with."""
        container = qualified_names.azure_container(asset)
        return f"{container}/" if container else self._prefix(asset)

    def _prefix(self, asset: str) -> str:
        return next((prefix for prefix in self._prefixes if asset.startswith(prefix)), asset)

    def _is_elsewhere(self, run: str, run_link: str | None) -> bool:
        source = self._prefixes.get(self._prefix(run))
        return source is not None and "://" in str(run_link) and not str(run_link).startswith(self._addresses[source])


def _informed(states: list[CollectionState]) -> list[CollectionState]:
    """Without those that broke off in one source while another read the same listing whole."""
    whole = {_listing(state) for state in states if state.state == ReadStatus.COMPLETE and not state.filtered}
    return [state for state in states if state.state not in _UNREAD or _listing(state) not in whole]


def _listing(state: CollectionState) -> tuple[str, str, str]:
    return state.kind, state.covers, state.collection
