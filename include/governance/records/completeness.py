"""Unknown is not gone: what may be concluded from an absence, given how far each collection was read."""

from __future__ import annotations

from typing import Any

from ..staged.snapshot import Snapshot
from ..vocabulary.kinds import State

_RESTS_ON = ("experiments", "runs", "registered_models", "model_versions", "logged_models")


class Reading:
    """Answers, for one snapshot, whether something missing is gone or merely was not read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._states = snapshot.collections()
        self._address = str(snapshot.document.get("address") or "")
        self._quarantined = {(row["collection"], row["native_id"]) for row in snapshot.quarantine()}

    def incomplete_reason(self) -> str | None:
        """What of the source was not read whole; None when all of it was."""
        parts = [
            f"{name.replace('_', ' ')} {state.state}: {state.reason}"
            for name, state in self._states.items()
            if name in _RESTS_ON and state.state in (State.PARTIAL, State.FAILED)
        ]
        return "; ".join(parts) or None

    def run_state(self, row: dict[str, Any]) -> tuple[str | None, str | None]:
        """(active, deleted, purged, not_read or None without a run; why it was not read)."""
        if not row["run"]:
            return None, None
        if row["run_lifecycle"]:
            return ("deleted" if row["run_lifecycle"] == "deleted" else "active"), None
        run_id = row["run"].rsplit("/", 1)[-1]
        if ("runs", run_id) in self._quarantined:
            return "not_read", f"its run {run_id} was listed but could not be understood"
        if self._is_elsewhere(row["run_link"]):
            return "not_read", f"its run {run_id} is on another tracking server: {row['run_link']}"
        if self._narrowed("experiments"):
            return "not_read", f"its run {run_id} may lie in an experiment that the configuration leaves out"
        if not self._complete("runs"):
            return "not_read", f"its run {run_id} was not found, and the runs were not all read"
        return "purged", None

    def experiment_state(self, row: dict[str, Any]) -> str:
        if row["experiment_lifecycle"]:
            return "deleted" if row["experiment_lifecycle"] == "deleted" else "active"
        set_aside = ("experiments", str(row["experiment"]).rsplit("/", 1)[-1]) in self._quarantined
        if set_aside or self._narrowed("experiments") or not self._complete("experiments"):
            return "not_read"
        return "missing"

    def _complete(self, collection: str) -> bool:
        state = self._states.get(collection)
        return state is not None and state.state == State.COMPLETE

    def _narrowed(self, collection: str) -> bool:
        state = self._states.get(collection)
        return state is not None and state.filtered > 0

    def _is_elsewhere(self, run_link: str | None) -> bool:
        return bool(run_link) and "://" in str(run_link) and not str(run_link).startswith(self._address)
