"""Seen, changed and unreadable are three sets: only what a whole listing did not have any more is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..staged.plan import Entry, Key
from ..staged.snapshot import CollectionState, Snapshot
from ..vocabulary import names
from ..vocabulary.kinds import COLLECTION_OF, Kind, Mode, State

_UNKNOWN_ID = "None"
_LONGEST_ID = 500  # longer ids are cut where they are set aside
_KIND_OF_TYPE = {
    "ai_experiment": Kind.EXPERIMENT,
    "ai_training_run": Kind.RUN,
    "ai_model": Kind.MODEL,
    "ai_model_version": Kind.MODEL_VERSION,
}

_NAME_OF: dict[Kind, Callable[[str, str], str]] = {
    Kind.EXPERIMENT: names.experiment,
    Kind.RUN: names.run,
    Kind.MODEL: names.model,
    Kind.MODEL_VERSION: lambda source, native_id: names.model_version(source, *native_id.rsplit("/", 1)),
}


class Presence:
    """What the snapshots say about things that are no longer wanted in the catalog."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._names: dict[tuple[str, Kind], set[str]] = {}
        self._runs: dict[str, set[str]] = {}
        for snapshot in snapshots:
            runs = snapshot.assets(Kind.RUN, ["qualified_name"])
            self._runs[snapshot.source] = set(runs["qualified_name"].to_pylist())
            states = snapshot.collections()
            aside = [*snapshot.quarantine(), *snapshot.filtered()]
            for kind in _KIND_OF_TYPE.values():
                state = states.get(COLLECTION_OF[kind])
                ids = [row["native_id"] for row in aside if row["collection"] == COLLECTION_OF[kind]]
                if state is None or state.state != State.COMPLETE or state.mode != Mode.FULL:
                    continue
                if any(_is_unknown(kind, native_id) for native_id in ids):
                    continue  # something was listed that could be anything
                if kind == Kind.RUN and not _all_listed(states.get(COLLECTION_OF[Kind.EXPERIMENT])):
                    continue  # runs are listed by experiment
                seen = snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist()
                self._names[snapshot.source, kind] = {*seen, *(_NAME_OF[kind](snapshot.source, i) for i in ids)}

    def is_gone(self, entry: Entry) -> bool:
        """True only when its collection was listed whole and it was neither seen, nor left out, nor quarantined."""
        kind = _KIND_OF_TYPE.get(entry.key.type_name)
        seen = self._names.get((entry.source, kind)) if kind else None
        return seen is not None and entry.key.qualified_name not in seen

    def held_back(self, wanted: set[Key]) -> dict[str, int]:
        """Runs that are known but carry no evidence, by source: counted, not published."""
        return {
            source: sum(Key("ai_training_run", name) not in wanted for name in runs)
            for source, runs in sorted(self._runs.items())
        }


def _is_unknown(kind: Kind, native_id: str) -> bool:
    """Whether something was set aside of which it is not known what it was."""
    parts = native_id.split("/")
    return (
        not native_id
        or _UNKNOWN_ID in parts
        or len(native_id) >= _LONGEST_ID
        or (kind == Kind.MODEL_VERSION and len(parts) < 2)
    )


def _all_listed(state: CollectionState | None) -> bool:
    """Whether everything in that collection was listed whole, and understood."""
    return (
        state is not None
        and state.state == State.COMPLETE
        and state.mode == Mode.FULL
        and not (state.filtered or state.quarantined)
    )
