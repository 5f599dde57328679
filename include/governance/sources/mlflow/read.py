"""Reads one MLflow server or store into a snapshot: six listings, page by page, never a call per item.

Calls of a full read: one per listing plus one per further page. Registry and experiments are listed in full every time,
since no timestamp changes when an alias or a tag is set. Runs and logged models are read by watermark between full
reads: what started or changed since, what was not finished, the runs of versions in use; the rest is carried forward.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ...config.models import MlflowSource
from ...model import qualified_names
from ...model.assets import AssetKind
from ...net.http import Traffic
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..carry_forward import CarryForward
from ..fields import identity
from ..writer import SnapshotWriter
from .client import WORKSPACES, ListingClient, Pager, Query, Record
from .collecting import CollectionReading
from .first_experiment import reads_only_the_first
from .lineage import VersionOrigins, VersionSource, is_in_use
from .parse import NO_ID, is_prompt
from .registry_items import aliases_by_version, relate_origin, take_logged_model, take_version
from .run_items import take_run
from .selection import carry_forward
from .signatures import Signatures
from .source_row import add_source

_IDS_PER_CALL = 500
_RUN_ID = re.compile(r"[0-9A-Za-z_.-]{1,256}")  # what may stand in a filter


def read_mlflow(
    settings: MlflowSource, client: ListingClient, folder: Folder, since: Snapshot | None, address: str
) -> Snapshot:
    """One snapshot of the source in `folder`.

    Never raises for what the server does: every collection's state records how far it was read.

    Args:
        settings: the source's settings.
        client: gives the pages; it is closed at the end.
        folder: where the snapshot is staged.
        since: the last snapshot of this source, or None. By it runs are read by watermark, and what an incomplete
            listing did not give is carried forward.
        address: of the server or store.
    """
    pager = Pager(client, settings.collection_seconds)
    last = carry_forward(settings, address, pager.service, since)
    reading = _Reading(settings, pager, SnapshotWriter(folder, settings.name), last)
    return reading.run(address, client.traffic)


class _Reading(CollectionReading):
    """The state of one read: small id sets and joins; the items themselves go directly to the writer."""

    def __init__(self, settings: MlflowSource, pager: Pager, writer: SnapshotWriter, last: CarryForward) -> None:
        super().__init__(settings, pager, writer, last)
        self.signatures = Signatures(pager, last, settings.signatures)
        self.with_runs: set[str] = set()  # ids of experiments
        self.aliases: dict[str, dict[str, list[str]]] = {}
        self.prompts: set[str] = set()
        self.expected: set[str] = set()  # ids of runs that are read again whatever the versions refer to
        self.origins = VersionOrigins(settings.name)
        self.started_ms = int(time.time() * 1000)
        self.latest_start = 0
        self.latest_model_update = 0

    def run(self, address: str, traffic: Traffic) -> Snapshot:
        started = time.perf_counter()
        shown = self.writer.scrubber.text(address)
        add_source(self.writer, self.settings, shown)
        self._experiments()
        self._models()
        self._versions()
        self._logged_models()
        self._runs()
        self._prompts()
        self._relate_versions()
        self._other_workspaces()
        self.pager.close()
        self.last.exclude_unlisted(self.writer)
        return self.writer.close(
            {
                "platform": "mlflow",
                "service": self.pager.service,
                "workspace": self.settings.workspace,
                "address": shown,
                "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "full_read_at_ms": self.watermarks.full_read_at_ms if self.watermarks.is_usable else self.started_ms,
                # A clock that is ahead must not hide what starts from now on
                "latest_start_ms": min(self.latest_start, self.started_ms),
                "latest_model_update_ms": min(self.latest_model_update, self.started_ms),
                "fingerprint": self.last.fingerprint,
                "seconds": round(time.perf_counter() - started, 3),
                "calls": traffic.calls,
                "retries": traffic.retries,
                "seconds_waiting": round(traffic.seconds, 3),
            }
        )

    def _experiments(self) -> None:
        def take(record: Record) -> None:
            self.experiment_ids[identity(record, "experiment_id")] = None  # also when the rest of it makes no sense
            self.writer.add(AssetKind.EXPERIMENT, self.parser.experiment(record))

        self._collect(
            Query("experiments"),
            take,
            ("experiment_id",),
            patterns=self.settings.experiments,
            then=(Query("registered_models"),),
        )
        kept = ("native_id", "qualified_name")
        for experiment_id, name in self._carry_forward(AssetKind.EXPERIMENT, "experiments", kept):
            if name not in self.writer.withheld:
                self.experiment_ids[experiment_id] = None
        unnamed = NO_ID in self.writer.quarantined_ids("experiments")
        self.experiments_known = self.writer.state("experiments").is_whole and not unnamed

    def _models(self) -> None:
        def take(record: Record) -> None:
            if is_prompt(record):
                self.prompts.add(self.parser.key(record, "name"))
                return
            row = self.parser.model(record)
            if self.writer.add(AssetKind.MODEL, row):
                self._know_aliases(row["native_id"], row["aliases_json"])

        self._collect(
            Query("registered_models"),
            take,
            ("name",),
            patterns=self.settings.models,
            then=(Query("model_versions"),),
        )
        for name, aliases in self._carry_forward(AssetKind.MODEL, "registered_models", ("native_id", "aliases_json")):
            self._know_aliases(name, aliases)

    def _know_aliases(self, model_name: str, aliases_json: str | None) -> None:
        self.aliases[model_name] = aliases_by_version(aliases_json)

    def _versions(self) -> None:
        def take(record: Record) -> None:
            model_name = self.parser.key(record, "name")
            if model_name in self.prompts or is_prompt(record):
                return
            aliases = self.aliases.get(model_name, {})
            row = take_version(
                self.parser,
                self.writer,
                record,
                aliases,
                lambda version: self.signatures.of(version, is_in_use(version)),
            )
            if row is not None:
                self.origins.add(VersionSource.of(row), in_use=is_in_use(row))

        self._collect(
            Query("model_versions"),
            take,
            ("name", "version"),
            patterns=self.settings.models,
            then=self._after_versions(),
        )
        columns = ("qualified_name", "run_id", "logged_model_id", "source_uri")
        for values in self._carry_forward(AssetKind.MODEL_VERSION, "model_versions", columns):
            self.origins.carried(VersionSource(*values))

    def _after_versions(self) -> tuple[Query, ...]:
        """The listings after the versions, with the runs that are certainly read again.

        They are prefetched while the last versions, which decide what else is read again, are parsed.
        """
        if not self.experiment_ids:
            return ()
        if not self.watermarks.is_usable:
            return (self._logged_models_query(),)
        self.expected = _filterable(self.watermarks.runs_to_expect())
        return (self._logged_models_query(), self._runs_query(), *self._runs_again_queries(self.expected))

    def _logged_models(self) -> None:
        def take(record: Record) -> None:
            row = take_logged_model(self.parser, self.writer, self.settings.name, record)
            if row is None:
                return
            self.latest_model_update = max(self.latest_model_update, row["updated_at"] or 0)
            if row["source_run_id"]:
                self.origins.logged_model(row["native_id"], row["source_run_id"])

        if self._can_list("logged_models"):
            self._collect(
                self._logged_models_query(), take, ("info.model_id",), mode=self._mode(), then=(self._runs_query(),)
            )
        for model_id, run_id in self._carry_forward(
            AssetKind.LOGGED_MODEL, "logged_models", ("native_id", "source_run_id")
        ):
            if run_id:
                self.origins.logged_model(model_id, run_id)

    def _logged_models_query(self) -> Query:
        query = Query("logged_models", tuple(self.experiment_ids))
        if not self.watermarks.is_usable:
            return query
        self.latest_model_update = since = self.watermarks.watermark("latest_model_update_ms")
        return query._replace(filter=f"last_updated_timestamp > {since}")

    def _runs(self) -> None:
        if not self._can_list("runs"):
            self._know_runs(self._carry_forward(AssetKind.RUN, "runs", ("qualified_name",)))
            return
        self._collect(self._runs_query(), self._take_run, ("info.run_id",), mode=self._mode())
        is_new = self.last.unchanged is None and self.writer.state("runs").is_whole
        if is_new and reads_only_the_first(self.pager, self._runs_query(), self.with_runs):
            self.pager.search_one_by_one()
            self._collect(self._runs_query(), self._take_run, ("info.run_id",), mode=self._mode())
        others = self._runs_to_read_again() - self.expected if self.watermarks.is_usable else set()
        queries = [*self._runs_again_queries(self.expected), *self._runs_again_queries(others)]
        for query in queries:
            self.pager.prefetch(query)
        # The server answers those while what is not read again is carried forward
        again = self.expected | others
        rereads = {qualified_names.run(self.settings.name, run_id) for run_id in again}
        self._know_runs(self._carry_forward(AssetKind.RUN, "runs", ("qualified_name",), but=rereads))
        for query in queries:
            self._collect(query, self._take_run, ("info.run_id",), mode=self._mode())
        if not all(map(self._has_run, again)):
            self._know_runs(self._carry_forward(AssetKind.RUN, "runs", ("qualified_name",)))

    def _know_runs(self, rows: Iterator[tuple[Any, ...]]) -> None:
        for (qualified_name,) in rows:
            self.origins.known_run(qualified_name)

    def _runs_again_queries(self, run_ids: set[str]) -> list[Query]:
        experiment_ids = tuple(self.experiment_ids)
        listed = [",".join(f"'{run_id}'" for run_id in ids) for ids in _chunks(sorted(run_ids), _IDS_PER_CALL)]
        return [Query("runs", experiment_ids, f"attributes.run_id IN ({ids})") for ids in listed]

    def _runs_query(self) -> Query:
        query = Query("runs", tuple(self.experiment_ids))
        if not self.watermarks.is_usable:
            return query
        self.latest_start = since = self.watermarks.watermark("latest_start_ms")
        return query._replace(filter=f"attributes.start_time > {since}")

    def _runs_to_read_again(self) -> set[str]:
        """Runs that were not finished, runs in use, and runs of versions that did not exist last time."""
        unfinished, known = self.watermarks.unfinished_runs()
        run_ids = unfinished | self.origins.run_ids_in_use() | (self.origins.run_ids() - known)
        return {run_id for run_id in _filterable(run_ids) if not self._has_run(run_id)}

    def _has_run(self, run_id: str) -> bool:
        return self.writer.has(AssetKind.RUN, qualified_names.run(self.settings.name, run_id))

    def _take_run(self, record: Record) -> None:
        row = take_run(self.parser, self.writer, self.settings.name, record)
        if row is not None:
            self.origins.known_run(row["qualified_name"])
            self.latest_start = max(self.latest_start, row["started_at"] or 0)
            self.with_runs.add(qualified_names.last_segment(row["experiment"]))

    def _prompts(self) -> None:
        if not self.settings.prompts:
            return

        def take(record: Record) -> None:
            if is_prompt(record):
                self.writer.add(AssetKind.PROMPT, self.parser.prompt(record))

        query = Query("prompts", filter="tags.`mlflow.prompt.is_prompt` = 'true'")
        self._collect(query, take, ("name",))
        for _ in self._carry_forward(AssetKind.PROMPT, "prompts", ("native_id",)):
            pass  # nothing refers to them

    def _relate_versions(self) -> None:
        for origin in self.origins.resolved():
            relate_origin(self.writer, origin)

    def _other_workspaces(self) -> None:
        """Tells of the workspaces that are not read, where none is named. Asked at first, and where there were some."""
        last = self.last.unchanged
        knew_some = last is not None and WORKSPACES in last.collections()
        if self.settings.workspace or not self.experiments_known or not (last is None or knew_some):
            return
        others = [name for name in self.pager.workspaces() if name != qualified_names.DEFAULT_WORKSPACE]
        if others:
            state = self.writer.state(WORKSPACES)
            state.seen = len(others) + 1
            for name in others:
                self.writer.exclude(WORKSPACES, name)
            state.reason = f"only the default workspace is read, not: {', '.join(others)}."
            state.remedy = (
                "Read all that this login may read with `workspaces: {allow: ['*']}`, or name one in `workspace`."
            )


def _filterable(run_ids: set[str]) -> set[str]:
    return {run_id for run_id in run_ids if _RUN_ID.fullmatch(run_id)}


def _chunks(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
