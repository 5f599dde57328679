"""Reads one version by name: its model, itself, its logged model, its run with its data, the run's experiment.

At most some ten calls, each for one item; the parsers are those of the listings. What the last snapshot has of anything
else counts as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ...config.models import MlflowSource
from ...errors import ConfigurationError, SourceError, Unsupported
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.rows import Row
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..carry_forward import CarryForward
from ..contract import Subject, SubjectRead, Unread
from ..fields import identity, part
from ..items import ItemId, take_item
from ..overlay import OverlaidSnapshot
from ..writer import SnapshotWriter
from .client import ListingClient, Pager, Record
from .lineage import VersionOrigins, VersionSource
from .parse import Parser, is_prompt
from .registry_items import aliases_by_version, relate_origin, take_logged_model, take_version
from .run_items import take_run
from .selection import carry_forward
from .signatures import Signatures

_LISTINGS = ("experiments", "registered_models", "model_versions", "logged_models", "runs")
_ANCESTORS = 4  # copies of copies, and parents of runs, are followed this far, as when records are resolved


def read_subject(
    settings: MlflowSource,
    subject: Subject,
    client: ListingClient,
    folder: Folder,
    since: Snapshot | None,
    address: str,
) -> SubjectRead:
    """What the server or store says of one version now, over the last snapshot of the source.

    Never raises for what the server does: what it did not answer is `unread`; what it does not have is gone.

    Args:
        settings: the source's settings.
        subject: the version.
        client: gives the items; it is closed at the end.
        folder: where what is read is staged.
        since: the last snapshot of this source, or None.
        address: of the server or store.

    Raises:
        ConfigurationError: the settings leave the model out, or read several workspaces.
    """
    pager = Pager(client, settings.collection_seconds)
    try:
        _require_in_scope(settings, subject)
        last = carry_forward(settings, address, pager.service, since)
        reading = _Reading(settings, pager, SnapshotWriter(folder, settings.name), last)
        return reading.run(subject, address)
    finally:
        pager.close()


def _require_in_scope(settings: MlflowSource, subject: Subject) -> None:
    if not settings.models.allows(subject.model):
        raise ConfigurationError(
            f"the settings leave out the model {subject.model}.", "Allow it.", key=f"sources.{settings.name}.models"
        )
    if settings.workspaces is not None:
        raise ConfigurationError(
            "a version cannot be asked for where one source reads several workspaces.",
            "Make the workspace a source of its own: `workspace: NAME`.",
            key=f"sources.{settings.name}.workspaces",
        )


class _Reading:
    """The state of one read."""

    def __init__(self, settings: MlflowSource, pager: Pager, writer: SnapshotWriter, last: CarryForward) -> None:
        self._settings, self._pager, self._writer, self._last = settings, pager, writer, last
        self._parser = Parser(settings.name, writer.scrubber)
        self._signatures = Signatures(pager, last, settings.signatures)
        self._origins = VersionOrigins(settings.name)
        self._aliases: dict[str, dict[str, list[str]]] = {}
        self._gone: set[str] = set()
        self._unread: list[Unread] = []
        for collection in _LISTINGS:
            writer.state(collection)

    def run(self, subject: Subject, address: str) -> SubjectRead:
        row = self._version(*subject)
        if row is not None:
            self._upstream(row)
        for origin in self._origins.resolved():
            relate_origin(self._writer, origin)
        fresh = self._writer.close(
            {
                "platform": "mlflow",
                "service": self._pager.service,
                "workspace": self._settings.workspace,
                "address": self._writer.scrubber.text(address),
                "read_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        snapshot = OverlaidSnapshot(fresh, self._last, self._gone)
        name = self._writer.clean.name(row["qualified_name"]) if row else None
        return SubjectRead(snapshot, name, tuple(self._unread))

    def _upstream(self, row: Row) -> None:
        """The logged model, the version that it was copied from, the runs that made them."""
        versions = [row]
        while (copied_from := VersionSource.of(versions[-1]).copied_from()) and len(versions) <= _ANCESTORS:
            original = self._version(*copied_from) if self._settings.models.allows(copied_from[0]) else None
            if original is None:
                break
            versions.append(original)
        for model_id in filter(None, (version["logged_model_id"] for version in versions)):
            self._logged_model(model_id)
        for run_id in sorted(self._origins.possible_run_ids()):
            self._run_with_parents(run_id)

    def _version(self, model: str, version: str) -> Row | None:
        """The version, and its model, which has its aliases."""
        source, found = self._settings.name, list[Row]()

        def take_model(record: Record) -> None:
            if not is_prompt(record):
                row = self._parser.model(record)
                self._writer.add(AssetKind.MODEL, row)
                self._aliases[model] = aliases_by_version(row["aliases_json"])

        def take(record: Record) -> None:
            aliases = self._aliases[model]
            row = take_version(self._parser, self._writer, record, aliases, lambda row: self._signatures.of(row, True))
            if row is not None:
                self._origins.add(VersionSource.of(row))
                found.append(row)

        name = qualified_names.model(source, model)
        self._ask("registered_models", model, f"model {model}", name, take_model)
        if model in self._aliases:
            label, name = f"{model} version {version}", qualified_names.model_version(source, model, version)
            self._ask("model_versions", f"{model}/{version}", label, name, take)
        return next(iter(found), None)

    def _logged_model(self, model_id: str) -> None:
        def take(record: Record) -> None:
            row = take_logged_model(self._parser, self._writer, self._settings.name, record)
            if row is not None and row["source_run_id"]:
                self._origins.logged_model(row["native_id"], row["source_run_id"])

        name = qualified_names.logged_model(self._settings.name, model_id)
        self._ask("logged_models", model_id, f"logged model {model_id}", name, take)

    def _run_with_parents(self, run_id: str) -> None:
        """The run and its ancestors: of one that names no data, that of its ancestor counts."""
        ids = [run_id]
        while ids and len(ids) <= 1 + _ANCESTORS:
            row = self._run(ids[-1])
            if row is None or not row["parent_run_id"] or row["parent_run_id"] in ids:
                return
            ids.append(row["parent_run_id"])

    def _run(self, run_id: str) -> Row | None:
        found: list[Row] = []

        def take(record: Record) -> None:
            experiment_id = identity(part(record, "info"), "experiment_id")
            if not self._is_experiment_selected(experiment_id):
                return  # nor does a listing give the runs of one that the settings leave out
            row = take_run(self._parser, self._writer, self._settings.name, record)
            if row is not None:
                self._origins.known_run(row["qualified_name"])
                found.append(row)

        self._ask("runs", run_id, f"run {run_id}", qualified_names.run(self._settings.name, run_id), take)
        return next(iter(found), None)

    def _is_experiment_selected(self, experiment_id: str) -> bool:
        name = qualified_names.experiment(self._settings.name, experiment_id)

        def take(record: Record) -> None:
            if self._settings.experiments.allows(str(record.get("name") or "")):
                self._writer.add(AssetKind.EXPERIMENT, self._parser.experiment(record))
            else:
                self._writer.exclude("experiments", experiment_id, name)

        if name not in self._writer.excluded_names and not self._writer.has(AssetKind.EXPERIMENT, name):
            self._ask("experiments", experiment_id, f"experiment {experiment_id}", name, take)
        return name not in self._writer.excluded_names

    def _ask(self, collection: str, native_id: str, label: str, name: str, take: Callable[[Record], None]) -> None:
        """Asks for one item and passes it to `take`; what is not there is gone, what was not answered is unread."""
        state = self._writer.state(collection)
        try:
            record = self._pager.item(collection, native_id)
        except Unsupported as error:
            if error.data.get("absent"):
                return
            self._unread.append(Unread(label, error.message, error.remedy))
            return
        except SourceError as error:
            state.fail(f"{label} could not be read: {error.message}", error.remedy)
            self._unread.append(Unread(label, error.message, error.remedy))
            return
        if record is None:
            self._gone.add(name)
            return
        take_item(self._writer, state, record, take, lambda _: ItemId(native_id, name))
        if name in self._writer.quarantined_names(collection):
            self._unread.append(Unread(label, "its answer could not be understood.", "Correct it at its source."))
