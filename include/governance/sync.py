"""One sync: its id, its configuration, its staged folder, its state. What every stage is handed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from .config import Configuration
from .config.connections import Lookup, endpoint, from_environment
from .config.models import Source
from .errors import ConfigurationError
from .model.qualified_names import short_hash
from .staging.folder import Folder
from .staging.plan import Key
from .staging.records import Records
from .staging.snapshot import DOCUMENT, Snapshot
from .state.curated import CuratedHistory
from .state.database import open_database
from .state.history import History
from .state.ledger import Ledger
from .state.lifecycle import LifecycleHistory

_HEAD = "run.json"
_TIDIED_AT_ONCE = 50
_LAST_OF_RECORDS = "health.parquet"  # the table that is staged last
_RECORD_TYPE = "ai_governed_model"


def new_run_id(prefix: str = "sync") -> str:
    now = datetime.now(UTC)
    return f"{prefix}-{now:%Y%m%dT%H%M%SZ}-{short_hash(str(time.time_ns()))[:4]}"


@dataclass
class Run:
    """A sync in progress. Any process that knows the run id can open it and go on with the next stage."""

    config: Configuration
    run_id: str
    mode: str = "publish"  # publish, or plan: stop before the first write
    lookup: Lookup = from_environment
    say: Callable[[str], None] = lambda sentence: None
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @property
    def folder(self) -> Folder:
        return self._folder_of(self.run_id)

    @property
    def engine(self) -> Engine:
        return open_database(self.config.database)

    @property
    def history(self) -> History:
        return History(self.engine)

    @property
    def lifecycle_history(self) -> LifecycleHistory:
        return LifecycleHistory(self.engine)

    @property
    def curated_history(self) -> CuratedHistory:
        return CuratedHistory(self.engine, self.config.settings.catalog.name)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.engine, self.config.settings.catalog.name)

    def known_records(self) -> dict[str, Key]:
        """The governed records that the catalog holds, by the keys that they have now."""
        renamed = self.config.register.renamed()
        held = {str(entry.attributes.get("record_key")): entry.key for entry in self.ledger.of_type(_RECORD_TYPE)}
        return {renamed[key]: entity for key, entity in held.items() if key in renamed} | {
            key: entity for key, entity in held.items() if key not in renamed
        }

    def begin(self) -> None:
        """Opens the run: its head file is what later stages read mode and start from."""
        self.folder.write_json(_HEAD, {"run_id": self.run_id, "mode": self.mode, "started": self.started.isoformat()})
        self.history.start(self.run_id, int(self.started.timestamp() * 1000))

    def resume(self) -> Run:
        """Takes mode and start from the head that `begin` wrote."""
        head = self.folder.read_json(_HEAD)
        self.mode, self.started = head["mode"], datetime.fromisoformat(head["started"])
        return self

    def source(self, name: str) -> Source:
        for source in self.config.settings.sources:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in self.config.settings.sources)
        raise ConfigurationError(
            f"no source is named {name}.", f"Choose one of: {known}.", file=str(self.config.path), key="sources"
        )

    def snapshot_folder(self, source: str) -> Folder:
        return self.folder.child(f"snapshots/{source}")

    def snapshots(self) -> list[Snapshot]:
        """The snapshots that this run has staged, in the order of the configuration."""
        folders = [self.snapshot_folder(source.name) for source in self.config.settings.sources]
        return [Snapshot(folder.path) for folder in folders if folder.exists(DOCUMENT)]

    def last_records(self) -> Records | None:
        """What the last sync that wrote resolved, where its staged files are still there and readable."""
        for row in self.history.runs(limit=self.config.settings.state.keep_runs):
            folder = self._folder_of(row["run_id"])
            if row["run_id"] == self.run_id or not folder.exists(f"records/{_LAST_OF_RECORDS}"):
                continue
            if folder.read_json(_HEAD)["mode"] == "publish":
                return Records.load(folder.child("records"))
        return None

    def catalog_endpoint(self) -> Any:
        catalog = self.config.settings.catalog
        return endpoint(catalog, catalog.url, self.lookup)

    def tidy(self) -> list[str]:
        """Deletes staged files of old runs, past `state.keep_runs`; never those that the next read starts from."""
        keep = self.config.settings.state.keep_runs
        in_use = self.history.runs_in_use()
        old = [row["run_id"] for row in self.history.runs(limit=keep + _TIDIED_AT_ONCE)[keep:]]
        gone = [run_id for run_id in old if run_id not in in_use and run_id != self.run_id]
        for run_id in gone:
            self._folder_of(run_id).delete()
        return gone

    def _folder_of(self, run_id: str) -> Folder:
        return Folder(f"{self.config.staging}/{_safe(run_id)}")

    @contextmanager
    def stage(self, name: str) -> Iterator[dict[str, Any]]:
        """Times a stage; what the caller puts into the yielded dict goes into the run report."""
        notes: dict[str, Any] = {}
        started = time.perf_counter()
        try:
            yield notes
        except Exception as error:
            notes["error"] = str(error)[:500]
            raise
        finally:
            seconds = round(time.perf_counter() - started, 3)
            self.folder.write_json(f"stages/{_safe(name)}.json", {"stage": name, "seconds": seconds, **notes})


def _safe(name: str) -> str:
    """A run or stage id as a folder name: Airflow's run ids hold colons and plus signs."""
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in name)
