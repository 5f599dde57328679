"""The entities of all assets: each kind's rows, completed by what the rest of the estate says about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any

from ..config.models import Publish
from ..staged.frames import rows as rows_of
from ..staged.judgement import Judgement
from ..staged.plan import Key
from ..staged.records import Records
from ..staged.snapshot import Snapshot
from ..vocabulary import names
from ..vocabulary.catalog_types import ENTITY_TYPES
from ..vocabulary.kinds import Kind
from . import shown
from .access import Access
from .details import Details
from .estate import Estate
from .evidence import published_agent_versions, published_runs, used_datasets
from .mapping import Cut, attributes, name_of
from .shapes import SHAPES, references
from .verdicts import classifications_of, verdict_attributes

Row = dict[str, Any]
_IN_MLFLOWS_SOURCE = (Kind.EXPERIMENT, Kind.MODEL)


class Assets:
    """One entity per asset that carries evidence."""

    def __init__(
        self,
        estate: Estate,
        records: Records,
        judgement: Judgement,
        settings: Publish,
        cut: Cut,
        held: Collection[Key] = (),
    ) -> None:
        self.estate, self.cut = estate, cut
        self.evidence = _by_subject(records, [snapshot.source for snapshot in estate.snapshots])
        self.verdicts = {row["subject"]: row for row in rows_of(judgement.verdicts)}
        self.findings = dict(tuple(judgement.findings.groupby("subject")))
        self.access, self.details = Access(records), Details(estate)
        runs = published_runs(estate, settings)
        versions = published_agent_versions(estate, held)
        self.only: dict[Kind, Collection[str]] = {
            Kind.RUN: runs,
            Kind.AGENT_VERSION: versions,
            Kind.DATASET: used_datasets(estate, runs, versions),
        }
        self.more: dict[Kind, Callable[[Row], Row]] = {
            Kind.SOURCE: self.details.of_container,
            Kind.PROJECT: self.details.of_container,
            Kind.EXPERIMENT: self._experiments(),
            Kind.MODEL: self._models(),
            Kind.MODEL_VERSION: self._versions(),
            Kind.RUN: self.details.of_run,
            Kind.DATASET: self.details.of_dataset,
            Kind.ENDPOINT: self.access.columns,
            Kind.DEPLOYMENT: lambda row: {**self.access.columns(row), **self.details.of_deployment(row)},
            Kind.AGENT: lambda row: {**self.access.columns(row), **self.details.of_agent(row)},
            Kind.AGENT_VERSION: self.details.of_agent_version,
        }

    def rows(self) -> Iterator[Row]:
        for kind in SHAPES:
            for snapshot, row in self.estate.rows(kind, self.only.get(kind)):
                yield self._entity(kind, snapshot, row)

    def _entity(self, kind: Kind, snapshot: Snapshot, row: Row) -> Row:
        platform, address = (str(snapshot.document.get(part) or "") for part in ("platform", "address"))
        if platform == "mlflow" and kind in _IN_MLFLOWS_SOURCE:
            row["container"] = names.source(platform, snapshot.source)
        row |= self.more[kind](row) if kind in self.more else {}
        row["link"] = shown.link(kind, row, platform, address)
        shape, verdict = SHAPES[kind], self.verdicts.get(row["qualified_name"])
        made = attributes(kind, row, self.cut)
        marks = ["secret removed"] if row.get("secrets_removed") else []
        marks += ["archived"] if row.get("archived") else []
        if "runs_as" in row:
            marks += self.access.classifications(row)
        if "verdict" in ENTITY_TYPES[shape.type_name].attributes:
            made |= verdict_attributes(verdict, self.findings.get(row["qualified_name"]))
            marks += classifications_of(verdict)
        return {
            "type_name": shape.type_name,
            "qualified_name": row["qualified_name"],
            "source": snapshot.source,
            "name": name_of(shape.name(row)),
            "attributes": made,
            "references": references(kind, row, self.estate),
            "classifications": marks,
        }

    def _experiments(self) -> Callable[[Row], Row]:
        experiment_of = self.estate.column(Kind.RUN, "experiment")
        counts = Counter(experiment_of.values())
        published = Counter(experiment_of.get(run) for run in self.only[Kind.RUN])

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
        behind = {row["run"] for row in self.evidence.values() if row["run"]}
        metrics = self.estate.column(Kind.RUN, "metrics_json", behind)

        def more(row: Row) -> Row:
            known = self.evidence.get(row["qualified_name"], {})
            return {
                **{name: known.get(name) for name in ("state", "state_signal", "signature", "run_id")},
                "description": known.get("description") or row["description"],
                "version_name": None if row["version"] is not None else shown.version_text(row),
                "owner": _owner(known),
                "lineage": _lineage(known),
                "training_data": known.get("training_dataset_names") or "unknown",
                "metrics_json": metrics.get(known.get("run") or ""),
            }

        return more


def _by_subject(records: Records, sources: list[str]) -> dict[str, Row]:
    """Evidence by version: that of the first configured source where two have it."""
    place = {source: number for number, source in enumerate(sources)}
    found: dict[str, Row] = {}
    for row in sorted(rows_of(records.evidence), key=lambda row: place.get(row["source"], len(place))):
        found.setdefault(row["qualified_name"], row)
    return found


def _lineage(known: Row) -> str:
    """How the run was found, or what stands in its way, in words."""
    if not known.get("run"):
        return "no run recorded"
    states = {"deleted": " (run deleted)", "purged": " (run purged at source)", "not_read": " (run not read)"}
    return f"{known['run_rule']}{states.get(known['run_state'], '')}"


def _owner(known: Row) -> str | None:
    return known.get("owner_name") or known.get("owner_stated")
