"""Metrics, parameters, datasets and users of jobs, from the workspace's MLflow endpoint.

The MLflow reader reads it into a snapshot of its own below this one, by watermark where it can, with a carry-forward of
its own; here its runs are joined to the jobs: a run's id is the job's name. What the endpoint lacks (logged models, on
Azure) is unsupported, no failure. Of one workspace's runs, Arrow columns and an index are held while its jobs are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from ...config.connections import Endpoint
from ...config.models import AzureMlSource, MlflowSource
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import AzureSession
from ..mlflow.read import read_mlflow
from ..mlflow.rest import MlflowRestClient
from ..secrets import secrets_of

_SOURCE = "workspace"  # the name of the nested source, which no name of this snapshot holds
_TEXTS = ("name", "status", "lifecycle_stage", "user", "artifact_uri", "parent_run_id", "description", "git_commit")
_COLUMNS = [
    "native_id",
    "experiment",
    *_TEXTS,
    "code_source",
    "params_json",
    "metrics_json",
    "tags_json",
    "signature",
    "secrets_removed",
    "secrets_where",
    "started_at",
    "ended_at",
]
_REPOSITORY_TAG = "mlflow.source.git.repoURL"


def folder_of(title: str) -> str:
    """The folder of the nested snapshot, by the workspace's title."""
    return f"mlflow/{title}"


def read_runs(
    url: str, title: str, session: AzureSession, settings: AzureMlSource, folder: Folder, since: Snapshot | None
) -> Snapshot:
    """Reads a workspace's MLflow. url: https://HOST/mlflow/v2.0/... Its collections say how far that came.

    Every request counts in the principal's rate limit, and gets its token from the credential.
    """
    source = MlflowSource(
        name=_SOURCE,
        uri=url,
        service="azure_ml",
        page_size=settings.mlflow_page_size,
        timeout_seconds=settings.timeout_seconds,
        attempts=settings.attempts,
        collection_seconds=settings.collection_seconds,
        ca_bundle=session.ca_bundle,
        fail_safe=settings.fail_safe,
    )
    scope = session.cloud.arm_scope
    endpoint = Endpoint(url, ca_bundle=session.ca_bundle, token_source=lambda: session.rate_limited_token(scope))
    return read_mlflow(
        source, MlflowRestClient(endpoint, source), folder.child(folder_of(title)), _last(since, title), url
    )


def _last(since: Snapshot | None, title: str) -> Snapshot | None:
    if since is None or not since.folder.exists(f"{folder_of(title)}/snapshot.json"):
        return None
    prefix = collection_name(title, "")
    accepted = {
        name.removeprefix(prefix).replace(" ", "_"): count
        for name, count in since.accepted.items()
        if name.startswith(prefix)
    }
    return Snapshot(since.folder.child(folder_of(title)).path, accepted)


def collection_name(title: str, listing: str) -> str:
    """How a collection of a workspace's MLflow is called among those of the workspace."""
    return f"{title}/mlflow {listing.replace('_', ' ')}"


class MlflowRuns:
    """The runs of one workspace as its MLflow has them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._table = _in_milliseconds(snapshot.assets(AssetKind.RUN, _COLUMNS))
        self._index = {run_id: index for index, run_id in enumerate(self._table["native_id"].to_pylist())}
        self._joined: set[str] = set()
        experiments = snapshot.assets(AssetKind.EXPERIMENT)
        self.experiments: list[Row] = _in_milliseconds(experiments).to_pylist()
        self._experiment_names = {row["qualified_name"]: row["name"] for row in self.experiments}
        self._dataset_counts: Counter[str] = Counter()
        self._run_of_version: dict[str, str] = {}
        for kind, from_name, to_name in self._relations():
            if kind == Relation.DATASET_USED_BY_RUN:
                self._dataset_counts[_last_part(to_name)] += 1
            elif kind == Relation.RUN_PRODUCED_VERSION:
                self._run_of_version[to_name] = _last_part(from_name)

    def join(self, run_ids: Iterable[str]) -> dict[str, Row]:
        """The runs with those ids, as far as they exist; they count as joined from then on."""
        known = [run_id for run_id in run_ids if run_id in self._index]
        self._joined.update(known)
        rows = self._table.take(pa.array([self._index[run_id] for run_id in known], type=pa.int64())).to_pylist()
        return dict(zip(known, rows, strict=True))

    def rest(self) -> Iterator[Row]:
        """The runs that no job was joined to: logged from elsewhere, or steps that the job listing leaves out."""
        for batch in self._table.to_batches(max_chunksize=1_000):
            ids = batch.column("native_id").to_pylist()
            indexes = [index for index, run_id in enumerate(ids) if run_id not in self._joined]
            if indexes:
                yield from batch.take(pa.array(indexes, type=pa.int64())).to_pylist()

    def experiment_name(self, run: Row) -> str | None:
        """The name of a run's experiment."""
        return self._experiment_names.get(run["experiment"])

    def dataset_count(self, run_id: str) -> int:
        """How many datasets a run used."""
        return self._dataset_counts[run_id]

    def run_of(self, model_name: str, version: str) -> str | None:
        """The run that the workspace's registry states for a model version."""
        return self._run_of_version.get(qualified_names.model_version(_SOURCE, model_name, version))

    def datasets(self) -> Iterator[Row]:
        """Rows of the datasets that runs used."""
        for batch in self.snapshot.asset_batches(AssetKind.DATASET):
            yield from batch.to_pylist()

    def dataset_uses(self) -> Iterator[tuple[str, str, Mapping[str, Any] | None]]:
        """(name of the dataset in the nested snapshot, run id, attributes)."""
        for batch in self.snapshot.relation_batches():
            used = batch.filter(pc.equal(batch.column("kind"), str(Relation.DATASET_USED_BY_RUN)))
            for row in used.select(["from_name", "to_name", "attributes_json"]).to_pylist():
                yield row["from_name"], _last_part(row["to_name"]), json_text.load(row["attributes_json"]) or None

    def release(self) -> None:
        """Releases the runs; what versions need stays."""
        self._table, self._index, self._joined, self.experiments = self._table.slice(0, 0), {}, set(), []
        self._dataset_counts.clear()

    def _relations(self) -> Iterator[tuple[str, str, str]]:
        for batch in self.snapshot.relation_batches():
            columns = (batch.column(name).to_pylist() for name in ("kind", "from_name", "to_name"))
            yield from zip(*columns, strict=True)


def completed(row: Row, run: Row) -> Row:
    """A job's row with what only MLflow knows. ARM's own statements stay; secrets removed are counted together."""
    params = {**json_text.load(row["params_json"]), **json_text.load(run["params_json"])}
    tags = {**json_text.load(run["tags_json"]), **json_text.load(row["tags_json"])}
    return {
        **row,
        "params_json": json_text.dump(params),
        "metrics_json": run["metrics_json"],
        "tags_json": json_text.dump(tags),
        "user": run["user"] or row["user"],
        "started_at": run["started_at"] or row["started_at"],
        "ended_at": run["ended_at"],
        "artifact_uri": row["artifact_uri"] or run["artifact_uri"],
        "parent_run_id": row["parent_run_id"] or run["parent_run_id"],
        "description": row["description"] or run["description"],
        "git_commit": row["git_commit"] or run["git_commit"],
        "git_repository": row["git_repository"] or json_text.load(run["tags_json"]).get(_REPOSITORY_TAG),
        "code_source": row["code_source"] or run["code_source"],
        "signature": run["signature"],
        **secrets_of([row, run]),
    }


def run_row(run: Row, workspace_id: str, container: str, experiment: str, link: str, dataset_count: int) -> Row:
    """A run that is no job, named as a job would be."""
    kept = {name: run[name] for name in (*_TEXTS, "code_source", "params_json", "metrics_json", "tags_json")}
    return {
        **kept,
        "qualified_name": qualified_names.azure(workspace_id, "jobs", run["native_id"]),
        "native_id": run["native_id"],
        "experiment": experiment,
        "started_at": run["started_at"],
        "ended_at": run["ended_at"],
        "signature": run["signature"],
        "git_repository": json_text.load(run["tags_json"]).get(_REPOSITORY_TAG),
        "dataset_count": dataset_count,
        "container": container,
        "link": link,
        "archived": run["lifecycle_stage"] == "deleted",
        "created_by": run["user"],
        "secrets_removed": run["secrets_removed"] or 0,
        "secrets_where": run["secrets_where"],
    }


def _in_milliseconds(table: pa.Table) -> pa.Table:
    for name in ("started_at", "ended_at", "created_at", "updated_at"):
        if name in table.column_names:
            index = table.column_names.index(name)
            table = table.set_column(index, name, table[name].cast(pa.int64()))
    return table


def _last_part(qualified_name: str) -> str:
    return unquote(qualified_name.rsplit("/", 1)[-1])
