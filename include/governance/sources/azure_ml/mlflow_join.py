"""Joins the jobs of each workspace with the runs of its MLflow, which is read in the background meanwhile."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ...config.models import AzureMlSource
from ...errors import GovernanceError, SourceError, StorageError
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ...net.http import Traffic
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.crawler import fail
from ..azure.session import AzureSession
from ..carry_forward import CarryForward
from ..fail_safe import accept_command
from ..writer import SnapshotWriter
from .containers import Container, tracking_url
from .lineage import Lineage
from .mlflow_runs import MlflowRuns, collection_name, completed, read_runs, run_row
from .references import normal_address

_AT_A_TIME = 4
# Collection of the nested snapshot -> kind and ARM collection that it tells of; the others tell of nothing here
_COPIED = ("state", "seen", "carried", "filtered", "quarantined", "withheld", "pages", "reason", "remedy")
_COVERED = {"runs": (AssetKind.RUN, "jobs"), "experiments": (AssetKind.EXPERIMENT, "experiments")}


def is_nested(collection: str) -> bool:
    """Whether that collection is one of MLflow's: its nested snapshot has its own carry-forward."""
    return "/mlflow " in collection


class Joins:
    """Runs of the workspaces in scope. Without MLflow, jobs stay as ARM has them."""

    def __init__(
        self,
        settings: AzureMlSource,
        session: AzureSession,
        lineage: Lineage,
        last: CarryForward,
        traffic: Traffic,
    ) -> None:
        """traffic: where the requests to MLflow are added up."""
        self.settings, self.session, self.lineage, self.last = settings, session, lineage, last
        self.writer: SnapshotWriter = lineage.writer
        self.traffic = traffic
        self._pool = ThreadPoolExecutor(min(settings.concurrency, _AT_A_TIME), thread_name_prefix="mlflow")
        self._reading: dict[str, Future[Snapshot]] = {}
        self._runs: dict[str, MlflowRuns] = {}
        self._page: dict[str, dict[str, Row]] = {}
        self._versions: dict[str, MlflowRuns] = {}

    def begin(self, workspaces: list[Container], folder: Folder) -> None:
        """Starts to read the MLflow of all those workspaces."""
        if not self.settings.mlflow:
            return
        for workspace in workspaces:
            try:
                url = tracking_url(workspace)
            except SourceError as error:
                fail(self.writer.state(collection_name(workspace.title, "runs")), error.message, error.remedy)
                continue
            if url:
                self._reading[workspace.id] = self._pool.submit(
                    read_runs, url, workspace.title, self.session, self.settings, folder, self.last.snapshot
                )

    def ready(self, workspace: Container) -> None:
        """Waits for the runs of that workspace, before its first job is taken."""
        reading = self._reading.pop(workspace.id, None)
        if reading is None:
            return
        try:
            snapshot = reading.result()
        except StorageError:  # ours, not the source's
            raise
        except GovernanceError as error:
            fail(self.writer.state(collection_name(workspace.title, "runs")), error.message, error.remedy)
            return
        self._copy_states(workspace, snapshot)
        self._runs[workspace.id] = runs = MlflowRuns(snapshot)
        for experiment in runs.experiments:
            self.writer.add(AssetKind.EXPERIMENT, self._experiment(experiment, workspace))

    def page(self, workspace: Container, items: list[Any]) -> None:
        """Looks the runs of one page of jobs up together."""
        runs = self._runs.get(workspace.id)
        job_names = [item.get("name") for item in items if isinstance(item, dict)]
        self._page[workspace.id] = runs.join([name for name in job_names if isinstance(name, str)]) if runs else {}

    def completed(self, workspace: Container, row: Row) -> tuple[Row, int]:
        """(the job's row with what its run knows, datasets that the run used)."""
        run = self._page.get(workspace.id, {}).get(row["native_id"])
        if run is None:
            return row, 0
        return completed(row, run), self._runs[workspace.id].dataset_count(row["native_id"])

    def finish(self, workspace: Container, jobs_known: bool) -> None:
        """Writes the runs that are no jobs, and the datasets that runs used; keeps only what versions ask for.

        jobs_known: all jobs were listed; else a run of which the last snapshot knows more stays as last known.
        """
        self._page.pop(workspace.id, None)
        runs = self._runs.pop(workspace.id, None)
        if runs is None:
            return
        kept = set() if jobs_known else self.last.names(AssetKind.RUN, workspace.covers("jobs"))
        for run in runs.rest():
            self._run(run, runs, workspace, kept)
        self._datasets(runs, workspace)
        runs.release()
        self._versions[workspace.id] = runs

    def run_of(self, workspace: Container, model_name: str, version: str) -> str | None:
        """The run that the workspace's MLflow states for a model version."""
        runs = self._versions.get(workspace.id)
        return runs.run_of(model_name, version) if runs else None

    def close(self) -> None:
        """Stops what is still being read."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, run: Row, runs: MlflowRuns, workspace: Container, kept: set[str]) -> None:
        title = runs.experiment_name(run) or "Default"
        experiment, run_id = qualified_names.azure(workspace.id, "experiments", title), run["native_id"]
        link = workspace.link("runs", run_id)
        row = run_row(run, workspace.id, workspace.qualified_name, experiment, link, runs.dataset_count(run_id))
        name = row["qualified_name"]
        if name in kept or not self.writer.add(AssetKind.RUN, row):
            return
        self.lineage.in_experiment(name, experiment, title, workspace, "run's experiment id")
        if row["parent_run_id"]:
            self.lineage.child(name, row["parent_run_id"], workspace, "tag mlflow.parentRunId")

    def _datasets(self, runs: MlflowRuns, workspace: Container) -> None:
        named: dict[str, str] = {}
        for dataset in runs.datasets():
            named[dataset["qualified_name"]] = self._dataset(dataset, workspace)
        for nested, run_id, attributes in runs.dataset_uses():
            run = qualified_names.azure(workspace.id, "jobs", run_id)
            if nested in named:
                self.writer.relate(
                    Relation.DATASET_USED_BY_RUN,
                    named[nested],
                    run,
                    rule="MLflow dataset input",
                    stated_by=run,
                    attributes=attributes,
                )

    def _dataset(self, dataset: Row, workspace: Container) -> str:
        """The registered data that its source names, else a dataset of this workspace by name, digest and source."""
        address = dataset["source_uri"]
        registered = self.lineage.dataset(address, workspace) if str(address).lower().startswith("azureml:") else None
        if registered:
            return registered[0]
        parts = (
            "datasets",
            dataset["name"],
            dataset["digest"] or "no-digest",
            qualified_names.short_hash(address or ""),
        )
        name = qualified_names.azure(workspace.id, *parts)
        kept = {key: value for key, value in dataset.items() if key != "source"}
        placed = {"container": workspace.qualified_name, "link": workspace.link("data")}
        stored = address and normal_address(address)
        self.writer.add(AssetKind.DATASET, {**kept, "qualified_name": name, "source_uri": stored, **placed})
        return name

    def _experiment(self, experiment: Row, workspace: Container) -> Row:
        kept = {key: value for key, value in experiment.items() if key != "source"}
        return {
            **kept,
            "qualified_name": qualified_names.azure(workspace.id, "experiments", experiment["name"]),
            "container": workspace.qualified_name,
            "link": workspace.link("experiments", "id", experiment["native_id"]),
            "archived": experiment["lifecycle_stage"] == "deleted",
        }

    def _copy_states(self, workspace: Container, snapshot: Snapshot) -> None:
        for name, nested in snapshot.collections().items():
            kind, collection = _COVERED.get(name, (None, ""))
            covers = workspace.covers(collection) if collection else workspace.covers("mlflow")
            state = self.writer.state(collection_name(workspace.title, name), nested.mode, kind=kind, covers=covers)
            for field in _COPIED:
                setattr(state, field, getattr(nested, field))
            state.remedy = nested.remedy.replace(
                accept_command(snapshot.source, name), accept_command(self.writer.source, state.collection)
            )
        for row in snapshot.unparsed():
            named = {"source": self.writer.source, "collection": collection_name(workspace.title, row["collection"])}
            self.writer.add_unparsed({**row, **named, "qualified_name": None})
        document = snapshot.document
        self.traffic.calls += int(document.get("calls") or 0)
        self.traffic.retries += int(document.get("retries") or 0)
        self.traffic.seconds += float(document.get("seconds_waiting") or 0)
        self.writer.scrubber.counts.update(document.get("secrets_removed") or {})
        self.writer.scrubber.take()
