"""Reads one MLflow server or store into a snapshot: six listings, page by page, never a call per item.

Calls of a full read: one per listing plus one per further page. Registry and experiments are listed in full every time,
since no timestamp changes when an alias or a tag is set. Runs and logged models are read by watermark between full
reads: what started or changed since, what was not finished, the runs of versions in use; the rest is carried forward.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from ...config.models import MlflowSource, Patterns
from ...errors import SourceError, Unsupported
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.read_status import ReadMode, ReadStatus
from ...model.relations import Relation
from ...net.http import Traffic
from ...staging.folder import Folder
from ...staging.snapshot import CollectionState, Snapshot
from ..carry_forward import CarryForward, among
from ..fail_safe import Comparison, FailSafeCheck, Lost
from ..fields import identity
from ..former_rows import CONTAINED_BY, Mask, within
from ..items import ItemId, take_item
from ..writer import SnapshotWriter
from .client import WORKSPACES, ListingClient, Pager, Query, Record
from .first_experiment import reads_only_the_first
from .incremental import Watermarks
from .lineage import VersionOrigins, VersionSource, is_in_use
from .parse import NO_ID, Parser, is_prompt
from .refusals import CHANGED
from .run_items import take_run
from .selection import carry_forward
from .signatures import Signatures

_IDS_PER_CALL = 500
# What the names of the assets begin with that state relations of their own
_STATED_BY = {
    AssetKind.RUN: lambda source: qualified_names.run(source, ""),
    AssetKind.LOGGED_MODEL: lambda source: qualified_names.logged_model(source, ""),
    AssetKind.MODEL_VERSION: lambda source: qualified_names.model(source, ""),
}
_REFERRED = {AssetKind.RUN: (AssetKind.DATASET,)}
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


class _Reading:
    """The state of one read: small id sets and joins; the items themselves go directly to the writer."""

    def __init__(self, settings: MlflowSource, pager: Pager, writer: SnapshotWriter, last: CarryForward) -> None:
        self.settings, self.pager, self.writer, self.last = settings, pager, writer, last
        self.watermarks = Watermarks(last.unchanged if pager.filters_runs else None, settings)
        self.signatures = Signatures(pager, last, settings.signatures)
        self.fail_safe = FailSafeCheck(settings.fail_safe, last, writer)
        self.parser = Parser(settings.name, writer.scrubber)
        self.experiment_ids: dict[str, None] = {}
        self.experiments_known = False
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
        self._source(shown)
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

    def _source(self, address: str) -> None:
        name = self.settings.name
        self.writer.add(
            AssetKind.SOURCE,
            {
                "qualified_name": qualified_names.source("mlflow", name),
                "native_id": name,
                "name": name,
                "platform": "mlflow",
                "address": address,
                "workspace": self.settings.workspace,
                **self.writer.scrubber.take_columns(),
            },
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
        by_version: dict[str, list[str]] = defaultdict(list)
        for alias, version in json_text.load(aliases_json).items():
            by_version[version].append(alias)
        self.aliases[model_name] = by_version

    def _versions(self) -> None:
        def take(record: Record) -> None:
            model_name = self.parser.key(record, "name")
            if model_name in self.prompts or is_prompt(record):
                return
            row = self.parser.version(record, self.aliases.get(model_name, {}))
            row["signature"] = self.signatures.of(row, is_in_use(row))
            if not self.writer.add(AssetKind.MODEL_VERSION, row):
                return
            self.origins.add(
                VersionSource(row["qualified_name"], row["run_id"], row["logged_model_id"], row["source_uri"]),
                in_use=is_in_use(row),
            )
            self.writer.relate(
                Relation.VERSION_OF_MODEL,
                row["qualified_name"],
                row["model"],
                rule="registry entry",
                stated_by=row["qualified_name"],
            )

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
            row = self.parser.logged_model(record)
            if not self.writer.add(AssetKind.LOGGED_MODEL, row):
                return
            self.latest_model_update = max(self.latest_model_update, row["updated_at"] or 0)
            if row["source_run_id"]:
                self.origins.logged_model(row["native_id"], row["source_run_id"])
                self.writer.relate(
                    Relation.RUN_PRODUCED_LOGGED_MODEL,
                    qualified_names.run(self.settings.name, row["source_run_id"]),
                    row["qualified_name"],
                    rule="logged model source run",
                    stated_by=row["qualified_name"],
                )

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
            self.writer.relate(
                origin.relation,
                origin.from_name,
                origin.to_name,
                rule=origin.rule,
                heuristic=origin.heuristic,
                stated_by=origin.version,
            )

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

    def _mode(self) -> ReadMode:
        return ReadMode.INCREMENTAL if self.watermarks.is_usable else ReadMode.FULL

    def _can_list(self, collection: str) -> bool:
        """Runs and logged models are listed by experiment: without experiments there is nothing to list."""
        state = self.writer.state(collection, self._mode())
        if not self.experiment_ids and not self.experiments_known:
            state.fail("the experiments could not be listed, so neither could what is in them.")
        if not self.experiment_ids:
            self._verify(state)
        return bool(self.experiment_ids)

    def _collect(
        self,
        query: Query,
        take: Callable[[Record], None],
        id_fields: tuple[str, ...],
        *,
        patterns: Patterns | None = None,
        then: tuple[Query, ...] = (),
        mode: ReadMode = ReadMode.FULL,
    ) -> None:
        """Reads all pages of one listing.

        Args:
            query: the listing.
            take: parses and writes one item.
            id_fields: where the id of an item is that cannot be parsed.
            patterns: which names are read; None for all.
            then: the listings that will be read next, to be prefetched.
            mode: of the collection.
        """
        state = self.writer.state(query.collection, mode)

        def identify(item: Any) -> ItemId:
            return ItemId(self.parser.display_id(item, id_fields), self.parser.name_of(query.collection, item))

        def take_allowed(item: Record) -> None:
            if patterns is None or patterns.allows(str(item.get("name") or "")):
                take(item)
            else:
                self.writer.exclude(query.collection, *identify(item))

        def take_one(item: Any) -> None:
            take_item(self.writer, state, item, take_allowed, identify)

        self._read_pages(query, then, state, take_one)
        if query.experiment_ids and state.state == ReadStatus.COMPLETE and not self.experiments_known:
            state.fail("the experiments were not all listed, so what is in the missing ones is not known.")
        self._verify(state, take_one)

    def _read_pages(
        self, query: Query, then: tuple[Query, ...], state: CollectionState, take_one: Callable[[Any], None]
    ) -> None:
        """Passes every item of the listing on, and records how far it was read."""
        try:
            for page in self.pager.pages(query, then):
                for item in page.records:
                    state.seen += 1
                    take_one(item)
                state.pages += 1
        except Unsupported as error:
            if state.pages or self.last.offered(query.collection, absent=bool(error.data.get("absent"))):
                state.fail(f"{error.message} It did before.", "Check the MLflow server and what stands before it.")
            else:
                state.state, state.reason = ReadStatus.UNSUPPORTED, error.message
        except SourceError as error:
            if state.pages and error.data.get("status") in (401, 403):
                state.fail(f"page {state.pages + 1} was refused, those before were not: {error.message}", CHANGED)
            else:
                state.fail(error.message, error.remedy)

    def _verify(self, state: CollectionState, take_one: Callable[[Any], None] | None = None) -> None:
        """Doubts a listing that ended and lacks too much of the last read, or lacks what exists."""
        comparison = Comparison(
            self.writer.kinds_of(state),
            look_up=lambda lost: self.pager.item(state.collection, lost.native_id),
            is_asked=lambda lost: not self._is_lost_with_parent(lost),
            take=take_one,
        )
        self.fail_safe.check(state, comparison)

    def _is_lost_with_parent(self, lost: Lost) -> bool:
        """Whether it is a version of a model, or a run of an experiment, that is not listed any more."""
        model, is_version, _ = lost.qualified_name.rpartition("/versions/")
        if is_version:
            return self.fail_safe.is_lost(AssetKind.MODEL, model)
        return lost.parent is not None and self.fail_safe.is_lost(AssetKind.EXPERIMENT, lost.parent)

    def _carry_forward(
        self, kind: AssetKind, collection: str, columns: tuple[str, ...], but: Collection[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Carries forward what this listing did not give; yields those columns of it.

        All of it if the listing is incomplete or was read by watermark; else the items in quarantine, and what is
        withheld or in something that is.
        but: qualified names that are left out, since they are still to be read.
        """
        state = self.writer.state(collection, self._mode())
        whole = state.mode == ReadMode.FULL and (state.is_whole or state.state == ReadStatus.UNSUPPORTED)
        fresh, carried = among([*self.writer.names(kind), *but]), set[str]()
        parts: Iterable[tuple[str, Mask | None]] = self._not_given(kind, collection) if whole else [("native_id", None)]
        for column, mask in parts:
            for batch in self.last.carry_assets(self.writer, state, kind, mask, column=column, but=but):
                if whole:
                    carried.update(batch.column("qualified_name").to_pylist())
                yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
        if whole and not carried:
            return
        if kind in _STATED_BY:
            stated_by = among(carried) if whole else _without(_STATED_BY[kind](self.settings.name), fresh)
            self.last.carry_relations(self.writer, stated_by, _REFERRED.get(kind, ()))

    def _not_given(self, kind: AssetKind, collection: str) -> Iterator[tuple[str, Mask]]:
        """What a whole listing did not give although it is there, or may be: a column, and which of its values."""
        if quarantined := self.writer.quarantined_ids(collection):
            yield "native_id", among(quarantined)
        if withheld := self.writer.withheld:
            yield "qualified_name", within(withheld)
            if kind in CONTAINED_BY:
                yield CONTAINED_BY[kind], among(withheld)


def _without(prefix: str, fresh: Mask) -> Mask:
    """All assets whose names have that prefix, but the fresh ones. Their names need not be held in memory."""
    return lambda column: pc.and_(pc.starts_with(column, prefix), pc.invert(fresh(column)))


def _filterable(run_ids: set[str]) -> set[str]:
    return {run_id for run_id in run_ids if _RUN_ID.fullmatch(run_id)}


def _chunks(ids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
