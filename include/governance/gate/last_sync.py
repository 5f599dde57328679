"""What the last sync left, as the gate uses it: loaded once, and again when there is a newer one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from .. import rules
from ..known_past import known_past
from ..records import Past
from ..stages import READ
from ..staging.curated import Curated
from ..staging.snapshot import Snapshot
from ..sync import Sync, new_sync_id, previous_syncs
from ..workspace import Workspace


@dataclass(frozen=True)
class LastSync:
    """Snapshots and history after the last sync, and the suites.

    Attributes:
        mark: Changes when a further sync has begun or ended.
        snapshots: The last one of every source that was read, by its name.
        past: What earlier syncs left, for resolving.
        suites: The configured ones.
    """

    mark: str
    snapshots: dict[str, Snapshot]
    past: Past
    suites: list[rules.Suite]

    @classmethod
    def load(cls, workspace: Workspace) -> Self:
        """Raises ConfigurationError where the suites have a fault."""
        mark = mark_of(workspace)
        names = [source.name for source in workspace.config.settings.sources]
        snapshots = {name: snapshot for name in names if (snapshot := _last_snapshot(workspace, name)) is not None}
        curated = Curated(workspace.curated_history.last())
        past = known_past(Sync(workspace, new_sync_id("gate")), curated)
        return cls(mark, snapshots, past, rules.load_suites(workspace.config.suite_files, workspace.config.settings))


def mark_of(workspace: Workspace) -> str:
    """Changes when a further sync has begun or ended, or another snapshot is a source's last one."""
    history = workspace.history
    return str(([(run["run_id"], run["finished_ms"]) for run in history.runs(limit=1)], history.snapshot_paths()))


def _last_snapshot(workspace: Workspace, source: str) -> Snapshot | None:
    """The last one in which anything was read: of a sync that publishes, else of one that only planned."""
    committed = workspace.history.last_snapshot(source)
    if committed is not None:
        return committed if committed.has_read_something else None
    syncs = previous_syncs(workspace, workspace.config.settings.state.keep_runs)
    staged = (sync.snapshot(source) for sync in syncs if sync.has_output(READ, source))
    return next((snapshot for snapshot in staged if snapshot.has_read_something), None)
