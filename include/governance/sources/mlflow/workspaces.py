"""The workspaces of an MLflow server (3.10 and later): each is read as a server of its own, then all as one snapshot.

A workspace's snapshot stays below the source's, so that its watermarks, carry-forward and fail-safe are its own. Names
of assets outside the default workspace get the workspace in front: `mlflow://SOURCE/workspaces/NAME/...`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from ...config.connections import Endpoint
from ...config.models import MlflowSource, Patterns
from ...model import qualified_names
from ...model.assets import AssetKind
from ...staging.folder import Folder
from ...staging.snapshot import DOCUMENT, CollectionState, Snapshot
from ..writer import SnapshotWriter
from .client import WORKSPACES
from .read import read_mlflow
from .rest import MlflowRestClient
from .source_row import add_source

_NAMES = ("qualified_name", "experiment", "model", "from_name", "to_name", "stated_by")
_SUMS = ("calls", "retries", "seconds_waiting")
_KINDS = {  # of the default workspace, what the names of a listing's assets go on with
    AssetKind.EXPERIMENT: "experiments/",
    AssetKind.RUN: "runs/",
    AssetKind.LOGGED_MODEL: "logged-models/",
    AssetKind.MODEL: "models/",
    AssetKind.MODEL_VERSION: "models/",
    AssetKind.PROMPT: "prompts/",
}


def read_workspaces(
    settings: MlflowSource, endpoint: Endpoint, folder: Folder, since: Snapshot | None, patterns: Patterns
) -> Snapshot:
    """One snapshot of all workspaces that the login may read and the patterns allow.

    One that it may not read is left out and told, unless it was read before.
    """
    return _Reading(settings, endpoint, folder, since).run(patterns)


class _Reading:
    def __init__(self, settings: MlflowSource, endpoint: Endpoint, folder: Folder, since: Snapshot | None) -> None:
        self._settings, self._endpoint, self._folder, self._since = settings, endpoint, folder, since
        self._writer = SnapshotWriter(folder, settings.name)
        self._sums: dict[str, Any] = dict.fromkeys(_SUMS, 0)

    def run(self, patterns: Patterns) -> Snapshot:
        started, state = time.perf_counter(), self._writer.state(WORKSPACES)
        names, calls = self._listed(state)
        self._sums["calls"] += calls
        shown = self._writer.scrubber.text(self._endpoint.url)
        add_source(self._writer, self._settings, shown)
        unread = [name for name in names if patterns.allows(name) and not self._read(name)]
        for name in names:
            if not patterns.allows(name) or name in unread:
                self._writer.exclude(WORKSPACES, name)
        if unread:
            state.reason = f"this login may not read {len(unread):,} of them: {', '.join(unread)}."
            state.remedy = "Ask for access to them, or leave them out: `workspaces: {deny: [...]}`."
        self._former(set(names))
        return self._writer.close(
            {
                "platform": "mlflow",
                "service": "mlflow",
                "address": shown,
                "workspaces": [name for name in names if patterns.allows(name) and name not in unread],
                "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - started, 3),
                **self._sums,
            }
        )

    def _listed(self, state: CollectionState) -> tuple[list[str], int]:
        """The workspaces, and the calls that it took. Where they cannot be listed, those that were read last time."""
        client = MlflowRestClient(self._endpoint, self._settings)
        try:
            names, refusal = client.workspaces()
        finally:
            client.close()
        state.seen, state.pages = len(names), 1
        if refusal is not None:
            state.pages = 0
            state.fail(refusal.message, refusal.remedy)
            names = list(self._since.document.get("workspaces") or ()) if self._since else []
        return names, client.traffic.calls

    def _read(self, name: str) -> bool:
        """Reads one workspace and takes it over. False where the login may not read it and never could."""
        settings = self._settings.model_copy(update={"workspace": name, "workspaces": None})
        client, below = MlflowRestClient(self._endpoint, settings), _folder_of(name)
        last = self._last(name)
        nested = read_mlflow(settings, client, self._folder.child(below), last, self._endpoint.url)
        for total in _SUMS:
            self._sums[total] += nested.document[total]
        if last is None and "experiments" in client.denied:
            return False
        self._take_over(nested, name)
        return True

    def _last(self, name: str) -> Snapshot | None:
        if self._since is None or not self._since.folder.exists(f"{_folder_of(name)}/{DOCUMENT}"):
            return None
        prefix = f"{name}/"
        accepted = {
            collection.removeprefix(prefix): count
            for collection, count in self._since.accepted.items()
            if collection.startswith(prefix)
        }
        return Snapshot(self._since.folder.child(_folder_of(name)).path, accepted)

    def _former(self, listed: set[str]) -> None:
        """What was read of a workspace that is not listed any more is not known to be gone."""
        for former in self._since.collections().values() if self._since else ():
            workspace, _, _ = former.collection.rpartition("/")
            if workspace and workspace not in listed:
                state = self._writer.state(former.collection, kind=AssetKind(former.kind), covers=former.covers)
                state.fail(
                    f"the workspace {workspace} is not listed any more: deleted, or not open to this login.",
                    "Ask for access to it, or leave it out: `workspaces: {deny: [...]}`.",
                )

    def _take_over(self, nested: Snapshot, workspace: str) -> None:
        writer, prefix = self._writer, f"{workspace}/"
        before = qualified_names.everything_of(nested.source)
        after = qualified_names.workspace(nested.source, workspace)
        for kind in set(AssetKind) - {AssetKind.SOURCE}:
            for batch in nested.asset_batches(kind):
                writer.carry(kind, _moved(batch, before, after))
        for batch in nested.relation_batches():
            writer.carry_relations(_moved(batch, before, after))

        def moved(name: str | None) -> str | None:
            return after + name.removeprefix(before) if name else name

        for row in nested.quarantine():
            writer.quarantine(prefix + row["collection"], row["native_id"], row["reason"], moved(row["qualified_name"]))
        for row in nested.filtered():
            writer.exclude(prefix + row["collection"], row["native_id"], moved(row["qualified_name"]))
        for row in nested.withheld():
            withheld = after + row["qualified_name"].removeprefix(before)
            writer.withhold(prefix + row["collection"], row["native_id"], row["reason"], withheld)
        for row in nested.unparsed():
            name = moved(row["qualified_name"])
            writer.add_unparsed({**row, "collection": prefix + row["collection"], "qualified_name": name})
        writer.scrubber.counts.update(nested.document["secrets_removed"])
        for state in _states(nested, prefix, after):
            writer.states[state.collection] = state


def _folder_of(workspace: str) -> str:
    return f"workspaces/{quote(workspace, safe='')}"


def _states(nested: Snapshot, prefix: str, scope: str) -> Iterator[CollectionState]:
    """The states of a workspace's listings. Those of the default one cover what their names go on with."""
    is_default = scope == qualified_names.everything_of(nested.source)
    for state in nested.collections().values():
        covers = scope + (_KINDS.get(AssetKind(state.kind), "") if is_default and state.kind else "")
        yield replace(state, collection=prefix + state.collection, covers=covers, container=scope.rstrip("/"))


def _moved(batch: pa.RecordBatch, before: str, after: str) -> pa.RecordBatch:
    """The rows with the workspace in all names, and as what contains its versions."""
    if before == after:
        return batch
    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if field.name in _NAMES:
            rest = pc.utf8_slice_codeunits(column, len(before), 1 << 30)
            column = pc.if_else(pc.starts_with(column, before), pc.binary_join_element_wise(after, rest, ""), column)
        columns.append(column.cast(field.type))
    moved = pa.RecordBatch.from_arrays(columns, schema=batch.schema)
    if "logged_model_id" not in batch.schema.names:
        return moved
    container = pa.array([after.rstrip("/")] * batch.num_rows, type=pa.string())
    return moved.set_column(batch.schema.get_field_index("container"), "container", container)
