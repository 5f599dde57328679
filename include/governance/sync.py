"""One sync: its id, mode, start and staged files. What every stage is given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from .config import Configuration
from .errors import GovernanceError, StagingError, StorageError
from .model.qualified_names import short_hash
from .model.timestamps import to_millis
from .model.vocabularies import SyncMode
from .stages import READ, Stage
from .staging.attempts import finished, is_kept
from .staging.folder import Folder
from .staging.snapshot import Snapshot
from .workspace import Workspace

HEAD = "run.json"
_LONGEST_ERROR = 500
_STATED = ("record", "applies", "removals_allowed_by")  # in the head, where they say something

Progress = Callable[[str], None]


def new_sync_id(prefix: str = "sync") -> str:
    """An id that sorts by time: sync-20260302T020000Z-95ae."""
    now = datetime.now(UTC)
    return f"{prefix}-{now:%Y%m%dT%H%M%SZ}-{short_hash(str(time.time_ns()))[:4]}"


def silent(_sentence: str) -> None:
    """Progress that is shown to nobody."""


@dataclass(frozen=True)
class Sync:
    """A sync in progress. Any process that knows its id can `resume` it and run the next stage.

    Attributes:
        progress: Is called with one sentence at a time.
        warn: The same, for what somebody should look at.
        started: UTC, in whole seconds.
        adopts: A person said that what other installations manage, and sources at other addresses, are ours now.
        removals_allowed_by: Who said that all that is gone from its source was removed on purpose; empty: nobody.
        only: Names of the sources that are read; of the others the last snapshot counts. Empty: all are read.
        record: What a person calls the record to which publishing is narrowed; empty: all are published.
        applies: Id of the run whose plan this one applies, with what that one read; empty where it makes its own.
    """

    workspace: Workspace
    sync_id: str
    mode: SyncMode = SyncMode.PUBLISH
    progress: Progress = silent
    warn: Progress = silent
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    adopts: bool = False
    removals_allowed_by: str = ""
    only: frozenset[str] = frozenset()
    record: str = ""
    applies: str = ""

    @classmethod
    def resume(cls, workspace: Workspace, sync_id: str, progress: Progress = silent, warn: Progress = silent) -> Self:
        """A sync that has begun: mode and start are those that `begin` wrote."""
        head = workspace.staging_folder(sync_id).read_json(HEAD)
        started, only = datetime.fromisoformat(head["started"]), frozenset(head.get("only", ()))
        mode, stated = SyncMode(head["mode"]), {name: head.get(name, "") for name in _STATED}
        return cls(workspace, sync_id, mode, progress, warn, started, only=only, **stated)

    def applying(self, planned: Sync) -> Self:
        """This sync as one that applies the plan of another."""
        return replace(self, mode=SyncMode.PUBLISH, only=planned.only, record=planned.record, applies=planned.sync_id)

    def begin(self) -> None:
        """Writes the sync's head, from which `resume` reads, and enters it into the list of syncs."""
        head: dict[str, Any] = {"run_id": self.sync_id, "mode": self.mode, "started": self.started.isoformat()}
        # a person who applies a plan has switched on this one, and nothing else
        head["writes"] = bool(self.applies) or (self.mode == SyncMode.PUBLISH and self._is_publishing_enabled())
        head |= {"only": sorted(self.only)} if self.only else {}
        head |= {name: value for name in _STATED if (value := getattr(self, name))}
        self.workspace.tighten()
        self.workspace.history.start(self.sync_id, to_millis(self.started))
        self.folder.write_json(HEAD, head)

    @property
    def config(self) -> Configuration:
        """The workspace's configuration."""
        return self.workspace.config

    @property
    def folder(self) -> Folder:
        """Where this sync stages its files."""
        return self.workspace.staging_folder(self.sync_id)

    @property
    def writes(self) -> bool:
        """Whether this sync publishes; decided once, when it begins. A plan never does."""
        if not self.folder.exists(HEAD):
            return self.mode == SyncMode.PUBLISH and self._is_publishing_enabled()
        head = self.folder.read_json(HEAD)
        return bool(head.get("writes", head["mode"] == SyncMode.PUBLISH))

    def _is_publishing_enabled(self) -> bool:
        """As the setting says; without a word, where a sync with this state database has published before."""
        enabled = self.config.settings.publish.enabled
        return self.workspace.ledger.has_published() if enabled is None else enabled

    def reads(self, source: str) -> bool:
        """Whether this sync reads that source."""
        return not self.only or source in self.only

    def has_output(self, stage: Stage, source: str = "") -> bool:
        """Whether the stage has staged its result."""
        return self.folder.exists(stage.output.format(source=source))

    def snapshots_folder(self, source: str) -> Folder:
        """Where the attempts to read one source are staged."""
        return self.folder.child(f"snapshots/{source}")

    def snapshot(self, source: str) -> Snapshot:
        """The snapshot of one source. Raises StagingError where it is not there."""
        attempts = self.snapshots_folder(source)
        return Snapshot(finished(attempts).path, kept=is_kept(attempts))

    def snapshots(self) -> list[Snapshot]:
        """The snapshots that this sync has staged, in the order of the configuration."""
        names = [source.name for source in self.config.settings.sources]
        return [self.snapshot(name) for name in names if self.has_output(READ, name)]

    @contextmanager
    def stage(self, stage: Stage, source: str = "") -> Iterator[dict[str, Any]]:
        """Writes down how long the stage took, and its error where it raises.

        Yields:
            A dict for counts of the stage's own (calls, writes, ...), which go into the run report.
        """
        notes: dict[str, Any] = {}
        started = time.perf_counter()
        try:
            yield notes
        except Exception as error:
            known = error if isinstance(error, GovernanceError) else None
            notes["error"] = (known.message if known else str(error) or type(error).__name__)[:_LONGEST_ERROR]
            notes["remedy"] = known.remedy[:_LONGEST_ERROR] if known else ""
            with suppress(StorageError):  # the error of the stage says more
                self._note_stage(stage, source, started, notes)
            raise
        self._note_stage(stage, source, started, notes)

    def _note_stage(self, stage: Stage, source: str, started: float, notes: dict[str, Any]) -> None:
        seconds = round(time.perf_counter() - started, 3)
        document = {"stage": stage.title_for(source), "seconds": seconds, **notes}
        self.folder.write_json(stage.file(source), document)


def previous_syncs(workspace: Workspace, limit: int) -> Iterator[Sync]:
    """The last syncs, newest first, those whose staged files are still there.

    Args:
        limit: How many syncs to look back.
    """
    for row in workspace.history.runs(limit=limit):
        if workspace.staging_folder(row["run_id"]).exists(HEAD):
            with suppress(StagingError, KeyError, ValueError):  # deleted meanwhile, or torn
                yield Sync.resume(workspace, row["run_id"])
