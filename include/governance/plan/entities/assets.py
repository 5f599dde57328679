"""The entities of all assets: each kind's rows, completed from the rest of the estate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from ...config.models import Publish
from ...estate import MergedSnapshots
from ...model import qualified_names
from ...model.assets import AssetKind
from ...model.catalog_types import ENTITY_TYPES
from ...model.rows import Row
from ...model.vocabularies import Platform
from ...staging.judgement import Judgement
from ...staging.plan import Key
from ...staging.records import Records
from ...staging.rows import rows as rows_of
from ...staging.snapshot import Snapshot
from . import display_names
from .access import Access
from .attributes import TextLimits, attributes, name_of
from .entity_mapping import ENTITY_MAPPINGS, references
from .publish_scope import published_agent_versions, published_runs, used_datasets
from .text_attributes import Details
from .verdicts import classifications_of, verdict_attributes

_IN_MLFLOWS_SOURCE = (AssetKind.EXPERIMENT, AssetKind.MODEL)


class Assets:
    """One entity per asset that carries evidence."""

    def __init__(
        self,
        merged: MergedSnapshots,
        records: Records,
        judgement: Judgement,
        settings: Publish,
        cut: TextLimits,
        held: Collection[Key] = (),
    ) -> None:
        self.merged, self.cut = merged, cut
        self.evidence = {row["qualified_name"]: row for row in rows_of(records.evidence)}
        self.verdicts = {row["subject"]: row for row in rows_of(judgement.verdicts)}
        self.findings = dict(tuple(judgement.findings.groupby("subject")))
        self.access, self.details = Access(records), Details(merged)
        runs = published_runs(merged, settings, held)
        versions = published_agent_versions(merged, held)
        self.only: dict[AssetKind, Collection[str]] = {
            AssetKind.RUN: runs,
            AssetKind.AGENT_VERSION: versions,
            AssetKind.DATASET: used_datasets(merged, runs, versions),
        }
        self.more: dict[AssetKind, Callable[[Row], Row]] = {
            AssetKind.SOURCE: self.details.of_container,
            AssetKind.PROJECT: self.details.of_container,
            AssetKind.EXPERIMENT: self._experiments(),
            AssetKind.MODEL: self._models(),
            AssetKind.MODEL_VERSION: self._versions(),
            AssetKind.RUN: self.details.of_run,
            AssetKind.DATASET: self.details.of_dataset,
            AssetKind.ENDPOINT: self.access.columns,
            AssetKind.DEPLOYMENT: lambda row: {**self.access.columns(row), **self.details.of_deployment(row)},
            AssetKind.AGENT: lambda row: {**self.access.columns(row), **self.details.of_agent(row)},
            AssetKind.AGENT_VERSION: self.details.of_agent_version,
        }

    def rows(self) -> Iterator[Row]:
        """One row per entity, in the order of the entity mappings."""
        for kind in ENTITY_MAPPINGS:
            for snapshot, row in self.merged.rows(kind, only=self.only.get(kind)):
                yield self._entity(kind, snapshot, row)

    def _entity(self, kind: AssetKind, snapshot: Snapshot, row: Row) -> Row:
        if snapshot.platform == Platform.MLFLOW and kind in _IN_MLFLOWS_SOURCE:
            row["container"] = qualified_names.source(snapshot.platform, snapshot.source)
        row |= self.more[kind](row) if kind in self.more else {}
        row["link"] = display_names.link(kind, row, snapshot)
        shape, verdict = ENTITY_MAPPINGS[kind], self.verdicts.get(row["qualified_name"])
        made = attributes(kind, row, self.cut)
        marks = ["secret removed"] if row.get("secrets_removed") else []
        marks += ["archived"] if row.get("archived") else []
        if "runs_as" in row:
            marks += self.access.classifications(row)
        if "verdict" in ENTITY_TYPES[shape.type_name].attributes:
            made |= verdict_attributes(verdict, self.findings.get(row["qualified_name"]), self.cut)
            marks += classifications_of(verdict)
        return {
            "type_name": shape.type_name,
            "qualified_name": row["qualified_name"],
            "source": snapshot.source,
            "name": name_of(shape.name(row)),
            "attributes": made,
            "references": references(kind, row, self.merged),
            "classifications": marks,
        }

    def _experiments(self) -> Callable[[Row], Row]:
        experiment_of = self.merged.column(AssetKind.RUN, "experiment")
        counts = Counter(experiment_of.values())
        published = Counter(experiment_of.get(run) for run in self.only[AssetKind.RUN])

        def more(row: Row) -> Row:
            name = row["qualified_name"]
            return {"run_count": counts[name], "published_run_count": published[name]}

        return more

    def _models(self) -> Callable[[Row], Row]:
        newest = sorted(
            self.evidence.values(),
            key=lambda row: (bool(row["in_production"]), row["version"] or 0, row["qualified_name"]),
        )
        owners = {row["model"]: _owner(row) for row in newest}
        return lambda row: {"owner": owners.get(row["qualified_name"])}

    def _versions(self) -> Callable[[Row], Row]:
        runs = {row["run"] for row in self.evidence.values() if row["run"]}
        metrics = self.merged.column(AssetKind.RUN, "metrics_json", runs)

        def more(row: Row) -> Row:
            known = self.evidence.get(row["qualified_name"], {})
            return {
                **{name: known.get(name) for name in ("state", "state_signal", "signature", "run_id")},
                "description": known.get("description") or row["description"],
                "version_name": None if row["version"] is not None else display_names.version_text(row),
                "owner": _owner(known),
                "lineage": _lineage(known),
                "training_data": known.get("training_dataset_names") or "unknown",
                "metrics_json": metrics.get(known.get("run") or ""),
            }

        return more


def _lineage(known: Row) -> str:
    """How the run was found, or what prevents it, in words."""
    if not known.get("run"):
        return "no run recorded"
    states = {
        "deleted": " (run deleted)",
        "purged": " (run purged at source)",
        "elsewhere": " (run not on this server)",
        "not_read": " (run not read)",
    }
    return f"{known['run_rule']}{states.get(known['run_state'], '')}"


def _owner(known: Row) -> str | None:
    return known.get("owner_name") or known.get("owner_stated")
