"""Reads one MLflow server or store into a snapshot: five listings, page by page, never a call per record.

Calls of a full read: one per listing plus one per further page. Registry and experiments are listed in full every time,
since no timestamp moves when an alias or a tag is set. Runs and logged models are read by watermark between full reads:
what started or changed since, what was not finished, and the runs behind versions in use; the rest is carried over.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import jsontext
from ...config.models import MlflowSource, Patterns
from ...errors import SourceError, Unsupported
from ...staged.folder import Folder
from ...staged.snapshot import CollectionState, Snapshot
from ...vocabulary import names
from ...vocabulary.kinds import Kind, Mode, Relation, State
from ..writer import SnapshotWriter
from .lineage import VersionOrigins, VersionSource
from .listing import Listing, Query, Record, pages
from .parse import Malformed, Parser, identity, is_prompt, part, text

_UNFINISHED = ("RUNNING", "SCHEDULED")
_IDS_PER_CALL = 200
_HOUR_MS = 3_600_000


def read_mlflow(
    settings: MlflowSource, listing: Listing, folder: Folder, since: Snapshot | None, address: str
) -> Snapshot:
    """One snapshot of the source in `folder`.

    since: the last snapshot of this source, or None. It lets runs be read by watermark, and what a listing that broke
    off did not give stays as last known.
    Never raises for what the server does: every collection's state says how far its reading came.
    """
    return _Reading(settings, listing, SnapshotWriter(folder, settings.name), since).run(address)


class _Reading:
    """The state of one read: small id sets and joins; the records themselves go straight to the writer."""

    def __init__(
        self, settings: MlflowSource, listing: Listing, writer: SnapshotWriter, since: Snapshot | None
    ) -> None:
        self.settings, self.listing, self.writer = settings, listing, writer
        self.parser = Parser(settings.name, writer.scrubber)
        self.last = since if since and since.document.get("fingerprint") == _fingerprint(settings) else None
        self.since = self.last if self.last and _still_fresh(self.last, settings) else None
        self.experiment_ids: list[str] = []
        self.aliases: dict[str, dict[str, list[str]]] = {}
        self.prompts: set[str] = set()
        self.denied_models: set[str] = set()
        self.origins = VersionOrigins(settings.name)
        self.runs_in_use: set[str] = set()
        self.latest_start = 0
        self.latest_model_update = 0

    def run(self, address: str) -> Snapshot:
        started = time.perf_counter()
        self._source(address)
        self._experiments()
        self._models()
        self._versions()
        self._logged_models()
        self._runs()
        self._prompts()
        self._relate_versions()
        self.listing.close()
        traffic = self.listing.traffic
        return self.writer.close(
            {
                "platform": "mlflow",
                "address": address,
                "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "full_read_at_ms": self.since.document["full_read_at_ms"] if self.since else int(time.time() * 1000),
                "latest_start_ms": self.latest_start,
                "latest_model_update_ms": self.latest_model_update,
                "fingerprint": _fingerprint(self.settings),
                "seconds": round(time.perf_counter() - started, 3),
                "calls": traffic.calls,
                "retries": traffic.retries,
                "seconds_waiting": round(traffic.seconds, 3),
            }
        )

    def _source(self, address: str) -> None:
        name = self.settings.name
        self.writer.add(
            Kind.SOURCE,
            {
                "qualified_name": names.source("mlflow", name),
                "native_id": name,
                "name": name,
                "platform": "mlflow",
                "address": self.writer.scrubber.text(address),
                "workspace": self.settings.workspace,
            },
        )

    def _experiments(self) -> None:
        def take(record: Record) -> None:
            row = self.parser.experiment(record)
            if self.writer.add(Kind.EXPERIMENT, row):
                self.experiment_ids.append(row["native_id"])

        self._collect(Query("experiments"), take, allowed(self.settings.experiments, "name"), ("experiment_id",))
        for (experiment_id,) in self._as_last_known(Kind.EXPERIMENT, "experiments", ("native_id",)):
            self.experiment_ids.append(experiment_id)

    def _models(self) -> None:
        def take(record: Record) -> None:
            if is_prompt(record):
                self.prompts.add(identity(record, "name"))
                return
            row = self.parser.model(record)
            if self.writer.add(Kind.MODEL, row):
                self.aliases[row["native_id"]] = _by_version(record.get("aliases"))

        self._collect(Query("registered_models"), take, allowed(self.settings.models, "name"), ("name",))
        for name, aliases in self._as_last_known(Kind.MODEL, "registered_models", ("native_id", "aliases_json")):
            for alias, version in jsontext.load(aliases).items():
                self.aliases.setdefault(name, defaultdict(list))[version].append(alias)

    def _versions(self) -> None:
        def take(record: Record) -> None:
            model_name = text(record.get("name")) or ""
            if model_name in self.prompts or is_prompt(record):
                return
            row = self.parser.version(record, self.aliases.get(model_name, {}))
            if not self.writer.add(Kind.MODEL_VERSION, row):
                return
            self.origins.add(
                VersionSource(row["qualified_name"], row["run_id"], row["logged_model_id"], row["source_uri"])
            )
            self.writer.relate(
                Relation.VERSION_OF_MODEL,
                row["qualified_name"],
                row["model"],
                rule="registry entry",
                stated_by=row["qualified_name"],
            )
            if row["run_id"] and (row["stage"] or row["aliases_json"] != "[]" or '"lifecycle"' in row["tags_json"]):
                self.runs_in_use.add(row["run_id"])

        self._collect(Query("model_versions"), take, allowed(self.settings.models, "name"), ("name", "version"))
        columns = ("qualified_name", "run_id", "logged_model_id", "source_uri")
        for values in self._as_last_known(Kind.MODEL_VERSION, "model_versions", columns):
            self.origins.carried(VersionSource(*values))

    def _logged_models(self) -> None:
        def take(record: Record) -> None:
            row = self.parser.logged_model(record)
            if not self.writer.add(Kind.LOGGED_MODEL, row):
                return
            self.latest_model_update = max(self.latest_model_update, row["updated_at"] or 0)
            if row["source_run_id"]:
                self.origins.logged_model(row["native_id"], row["source_run_id"])
                self.writer.relate(
                    Relation.RUN_PRODUCED_LOGGED_MODEL,
                    names.run(self.settings.name, row["source_run_id"]),
                    row["qualified_name"],
                    rule="logged model source run",
                    stated_by=row["qualified_name"],
                )

        query = Query("logged_models", tuple(self.experiment_ids))
        if not self._can_list(query.collection):
            return
        columns = ("native_id", "source_run_id")
        if self.since is None:
            self._collect(query, take, _everything, ("info.model_id",))
            for model_id, run_id in self._as_last_known(Kind.LOGGED_MODEL, query.collection, columns):
                self._carried_logged_model(model_id, run_id)
            return
        self.latest_model_update = int(self.since.document["latest_model_update_ms"])
        query = query._replace(filter=f"last_updated_timestamp > {self.latest_model_update}")
        self._collect(query, take, _everything, ("info.model_id",), Mode.INCREMENTAL)
        for model_id, run_id in self._carry(self.since, Kind.LOGGED_MODEL, query.collection, columns):
            self._carried_logged_model(model_id, run_id)

    def _carried_logged_model(self, model_id: str, run_id: str | None) -> None:
        if run_id:
            self.origins.logged_model(model_id, run_id)

    def _runs(self) -> None:
        query = Query("runs", tuple(self.experiment_ids))
        if not self._can_list(query.collection):
            return
        if self.since is None:
            self._collect(query, self._take_run, _everything, ("info.run_id",))
            for (qualified_name,) in self._as_last_known(Kind.RUN, query.collection, ("qualified_name",)):
                self.origins.known_run(qualified_name)
            return
        self.latest_start = int(self.since.document["latest_start_ms"])
        newer = query._replace(filter=f"attributes.start_time > {self.latest_start}")
        self._collect(newer, self._take_run, _everything, ("info.run_id",), Mode.INCREMENTAL)
        for ids in _chunks(sorted(self._runs_to_read_again()), _IDS_PER_CALL):
            listed = ",".join(f"'{run_id}'" for run_id in ids)
            again = query._replace(filter=f"attributes.run_id IN ({listed})")
            self._collect(again, self._take_run, _everything, ("info.run_id",), Mode.INCREMENTAL)
        for (qualified_name,) in self._carry(self.since, Kind.RUN, query.collection, ("qualified_name",)):
            self.origins.known_run(qualified_name)

    def _runs_to_read_again(self) -> set[str]:
        """Runs that were not finished, runs in use, and runs behind versions that were not there last time."""
        assert self.since is not None
        runs = self.since.assets(Kind.RUN, ["native_id", "status"])
        unfinished = runs.filter(pc.is_in(runs["status"], pa.array(_UNFINISHED)))["native_id"].to_pylist()
        known = set(runs["native_id"].to_pylist())
        wanted = set(unfinished) | self.runs_in_use | (self.origins.run_ids() - known)
        return {run_id for run_id in wanted if run_id.isalnum() and not self._has_run(run_id)}

    def _has_run(self, run_id: str) -> bool:
        return self.writer.has(Kind.RUN, names.run(self.settings.name, run_id))

    def _take_run(self, record: Record) -> None:
        row = self.parser.run(record)
        inputs = part(record, "inputs")
        datasets = [(self.parser.dataset(item), _context(item)) for item in _list(inputs, "dataset_inputs")]
        if not self.writer.add(Kind.RUN, {**row, "dataset_count": len(datasets)}):
            return
        run = row["qualified_name"]
        self.origins.known_run(run)
        self.latest_start = max(self.latest_start, row["started_at"] or 0)
        self.writer.relate(
            Relation.RUN_IN_EXPERIMENT, run, row["experiment"], rule="run's experiment id", stated_by=run
        )
        if row["parent_run_id"]:
            parent = names.run(self.settings.name, row["parent_run_id"])
            self.writer.relate(Relation.CHILD_OF_RUN, run, parent, rule="tag mlflow.parentRunId", stated_by=run)
        for dataset, context in datasets:
            self.writer.add(Kind.DATASET, dataset)
            self.writer.relate(
                Relation.DATASET_USED_BY_RUN,
                dataset["qualified_name"],
                run,
                rule="dataset input",
                stated_by=run,
                attributes={"context": context} if context else None,
            )
        for item in _list(inputs, "model_inputs"):
            used = names.logged_model(self.settings.name, identity(item, "model_id"))
            self.writer.relate(Relation.LOGGED_MODEL_USED_BY_RUN, used, run, rule="model input", stated_by=run)
        for item in _list(part(record, "outputs"), "model_outputs"):
            made = names.logged_model(self.settings.name, identity(item, "model_id"))
            self.writer.relate(Relation.RUN_PRODUCED_LOGGED_MODEL, run, made, rule="model output", stated_by=run)

    def _prompts(self) -> None:
        if not self.settings.prompts:
            return

        def take(record: Record) -> None:
            if is_prompt(record):
                self.writer.add(Kind.PROMPT, self.parser.prompt(record))

        query = Query("prompts", filter="tags.`mlflow.prompt.is_prompt` = 'true'")
        self._collect(query, take, _everything, ("name",))

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

    def _can_list(self, collection: str) -> bool:
        """Runs and logged models are listed by experiment: without experiments there is nothing to ask."""
        state = self.writer.state(collection)
        if not self.experiment_ids and not self._experiments_known():
            state.fail("the experiments could not be listed, so neither could what is in them.")
        return bool(self.experiment_ids)

    def _experiments_known(self) -> bool:
        return self.writer.state("experiments").state == State.COMPLETE

    def _collect(
        self,
        query: Query,
        take: Callable[[Record], None],
        keep: Callable[[Record], bool],
        id_fields: tuple[str, ...],
        mode: Mode = Mode.FULL,
    ) -> None:
        """Walks all pages of one listing; a record that cannot be understood costs that record."""
        state = self.writer.state(query.collection, mode)
        try:
            for page in pages(self.listing, query):
                for record in page.records:
                    self._take(query.collection, state, record, take, keep, id_fields)
                state.pages += 1
        except Unsupported as error:
            state.state, state.reason = State.UNSUPPORTED, error.message
        except SourceError as error:
            state.fail(error.message, error.remedy)
        if query.experiment_ids and state.state == State.COMPLETE and not self._experiments_known():
            state.fail("the experiments were not all listed, so what is in the missing ones is not known.")

    def _take(
        self,
        collection: str,
        state: CollectionState,
        record: Record,
        take: Callable[[Record], None],
        keep: Callable[[Record], bool],
        id_fields: tuple[str, ...],
    ) -> None:
        state.seen += 1
        try:
            if not isinstance(record, dict):
                raise Malformed("the record is not an object")
            if not keep(record):
                self.writer.leave_out(collection, _shown_id(record, id_fields))
                return
            take(record)
        except (Malformed, KeyError, TypeError, AttributeError, ValueError) as error:
            reason = str(error) if isinstance(error, Malformed) else f"{type(error).__name__} while reading a field"
            self.writer.quarantine(collection, _shown_id(record, id_fields), reason)

    def _as_last_known(self, kind: Kind, collection: str, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """Where a full listing broke off, what it did not give stays as the last snapshot had it."""
        if self.last and self.writer.state(collection).state in (State.PARTIAL, State.FAILED):
            yield from self._carry(self.last, kind, collection, columns)

    def _carry(
        self, since: Snapshot, kind: Kind, collection: str, columns: tuple[str, ...]
    ) -> Iterator[tuple[Any, ...]]:
        """Takes over what was not read again, with its relations; yields those columns of it."""
        state = self.writer.state(collection)
        fresh = pa.array(sorted(self.writer.names(kind)), type=pa.string())
        for kept in _rows_without(since, f"assets/{kind}.parquet", "qualified_name", fresh):
            self.writer.carry(kind, kept)
            state.carried += kept.num_rows
            yield from zip(*(kept.column(column).to_pylist() for column in columns), strict=True)
        if kind == Kind.RUN:
            datasets = pa.array(sorted(self.writer.names(Kind.DATASET)), type=pa.string())
            for kept in _rows_without(since, f"assets/{Kind.DATASET}.parquet", "qualified_name", datasets):
                self.writer.carry(Kind.DATASET, kept)
        if kind in _NAME_PREFIX:
            prefix = _NAME_PREFIX[kind](self.settings.name)
            for kept in _rows_without(since, "relations.parquet", "stated_by", fresh):
                self.writer.carry_relations(kept.filter(pc.starts_with(kept.column("stated_by"), prefix)))


_NAME_PREFIX = {
    Kind.RUN: lambda source: names.run(source, ""),
    Kind.LOGGED_MODEL: lambda source: names.logged_model(source, ""),
    Kind.MODEL_VERSION: lambda source: names.model(source, ""),
}


def _rows_without(since: Snapshot, table: str, column: str, fresh: pa.Array) -> Iterator[pa.RecordBatch]:
    for batch in since.folder.batches(table):
        kept = batch.filter(pc.invert(pc.is_in(batch.column(column), fresh)))
        if kept.num_rows:
            yield kept


def allowed(patterns: Patterns, field: str) -> Callable[[Record], bool]:
    """Whether a record's name passes the allow and deny patterns."""

    def keep(record: Record) -> bool:
        name = str(record.get(field) or "")
        return any(fnmatchcase(name, pattern) for pattern in patterns.allow) and not any(
            fnmatchcase(name, pattern) for pattern in patterns.deny
        )

    return keep


def _everything(record: Record) -> bool:
    return True


def _still_fresh(since: Snapshot, settings: MlflowSource) -> bool:
    """A last snapshot serves only when it was whole, read with the same filters, and its full read is recent."""
    document = since.document
    age_hours = (time.time() * 1000 - int(document.get("full_read_at_ms", 0))) / _HOUR_MS
    return (
        since.complete
        and document.get("fingerprint") == _fingerprint(settings)
        and age_hours < settings.full_read_hours
    )


def _fingerprint(settings: MlflowSource) -> str:
    return names.short_hash(
        settings.experiments.model_dump_json(), settings.models.model_dump_json(), settings.workspace or ""
    )


def _by_version(aliases: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for item in aliases or []:
        found[identity(item, "version")].append(identity(item, "alias"))
    return found


def _context(item: Mapping[str, Any]) -> str | None:
    """The tag mlflow.data.context of one dataset input: training, validation ..."""
    tags = item.get("tags") or []
    return next((text(tag.get("value")) for tag in tags if tag.get("key") == "mlflow.data.context"), None)


def _list(record: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    items = record.get(field) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Malformed(f"`{field}` is not a list of objects")
    return items


def _shown_id(record: Any, fields: Iterable[str]) -> str:
    def dig(path: str) -> Any:
        value: Any = record
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value

    return "/".join(str(dig(field)) for field in fields)


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
