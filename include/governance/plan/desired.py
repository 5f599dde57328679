"""What the catalog should hold: one row per entity, with attributes, references and classifications of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from .. import jsontext
from ..config.models import Publish
from ..config.register import Register
from ..staged.frames import rows as rows_of
from ..staged.judgement import Judgement
from ..staged.plan import Key
from ..staged.records import Records
from ..staged.schemas import DESIRED
from ..staged.snapshot import Snapshot
from ..vocabulary import names
from ..vocabulary.kinds import Kind, Relation
from .governed import governed_rows
from .mapping import Cut, attributes, name_of
from .verdicts import classifications_of, verdict_attributes

Row = dict[str, Any]


def desired(
    snapshots: Sequence[Snapshot],
    records: Records,
    judgement: Judgement,
    register: Register,
    settings: Publish,
    held: Collection[Key] = (),
) -> pa.Table:
    """The table DESIRED, ordered by type and qualified name. The same input gives the same bytes.

    held: entities that the catalog has already; references to them stand, also where their source has lost them.
    """
    cut = Cut(settings.max_text)
    rows: list[Row] = []
    for snapshot in snapshots:
        rows += _Assets(snapshot, records, judgement, settings, cut).rows()
    rows += governed_rows(records, judgement, register, cut)
    there = {Key(row["type_name"], row["qualified_name"]) for row in rows} | set(held)
    finished = [_finished(row, there) for row in rows]
    finished.sort(key=lambda row: (row["type_name"], row["qualified_name"]))
    return pa.Table.from_pylist(finished, schema=DESIRED)


def _finished(row: Row, there: set[Key]) -> Row:
    """Texts and hash of one entity. A reference to what is not to be in the catalog is left out."""
    references = {
        name: sorted(target for target in targets if Key(*target) in there)
        for name, targets in row.get("references", {}).items()
    }
    references = {name: targets for name, targets in references.items() if targets}
    stated = {name: value for name, value in row["attributes"].items() if value is not None}
    texts = {
        "attributes_json": jsontext.dump({**stated, "name": row["name"], "qualifiedName": row["qualified_name"]}),
        "references_json": jsontext.dump(references),
        "classifications_json": jsontext.dump({name: {} for name in sorted(row.get("classifications", []))}),
    }
    digest = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()
    return {
        "type_name": row["type_name"],
        "qualified_name": row["qualified_name"],
        "source": row["source"],
        **texts,
        "content_hash": digest,
    }


class _Assets:
    """The entities of one snapshot. Only runs that carry evidence are published; the others are counted."""

    def __init__(self, snapshot: Snapshot, records: Records, judgement: Judgement, settings: Publish, cut: Cut) -> None:
        self.snapshot, self.cut = snapshot, cut
        self.address = str(snapshot.document.get("address") or "")
        self.evidence = {
            row["qualified_name"]: row
            for row in rows_of(records.evidence[records.evidence["source"] == snapshot.source])
        }
        self.verdicts = {row["subject"]: row for row in rows_of(judgement.verdicts)}
        self.findings = dict(tuple(judgement.findings.groupby("subject")))
        relations = snapshot.relations(["kind", "from_name", "to_name"])
        self.edges = {kind: relations.filter(pc.equal(relations["kind"], str(kind))) for kind in Relation}
        self.published = self._published_runs(settings)

    def rows(self) -> list[Row]:
        return [*self._sources(), *self._experiments(), *self._models(), *self._versions(), *self._runs_and_data()]

    def _sources(self) -> Iterator[Row]:
        for row in self._of(Kind.SOURCE):
            yield self._row("ai_source", Kind.SOURCE, row, row["name"])

    def _experiments(self) -> Iterator[Row]:
        runs = self.snapshot.assets(Kind.RUN, ["qualified_name", "experiment"]).to_pandas()
        counts = runs["experiment"].value_counts()
        shown = runs.loc[runs["qualified_name"].isin(self.published), "experiment"].value_counts()
        for row in self._of(Kind.EXPERIMENT):
            name = row["qualified_name"]
            row |= {"run_count": counts.get(name, 0), "published_run_count": shown.get(name, 0)}
            link = f"/#/experiments/{row['native_id']}"
            yield self._row("ai_experiment", Kind.EXPERIMENT, row, row["name"], {"source": [self._source()]}, link)

    def _models(self) -> Iterator[Row]:
        newest = sorted(self.evidence.values(), key=lambda row: (bool(row["in_production"]), row["version"]))
        owners = {row["model"]: _owner(row) for row in newest}
        for row in self._of(Kind.MODEL):
            row["owner"] = owners.get(row["qualified_name"])
            link = f"/#/models/{quote(row['native_id'], safe='')}"
            yield self._row("ai_model", Kind.MODEL, row, row["name"], {"source": [self._source()]}, link)

    def _versions(self) -> Iterator[Row]:
        metrics = self._metrics_of_runs()
        for row in self._of(Kind.MODEL_VERSION):
            known = self.evidence.get(row["qualified_name"], {})
            row |= {name: known.get(name) for name in ("state", "state_signal", "signature", "description")}
            row |= {
                "run_id": known.get("run_id"),
                "owner": _owner(known),
                "lineage": _lineage(known),
                "training_data": known.get("training_dataset_names") or "unknown",
                "metrics_json": metrics.get(known.get("run")),
            }
            link = f"/#/models/{quote(row['model_name'], safe='')}/versions/{row['version']}"
            references = {"model": [["ai_model", row["model"]]]}
            made = self._row("ai_model_version", Kind.MODEL_VERSION, row, _version_name(row), references, link)
            verdict = self.verdicts.get(row["qualified_name"])
            made["attributes"] |= verdict_attributes(verdict, self.findings.get(row["qualified_name"]))
            made["classifications"] += classifications_of(verdict)
            yield made

    def _runs_and_data(self) -> Iterator[Row]:
        inputs = self._grouped(Relation.DATASET_USED_BY_RUN, "to_name", "from_name")
        outputs = self._grouped(Relation.RUN_PRODUCED_VERSION, "from_name", "to_name")
        parents = self._grouped(Relation.CHILD_OF_RUN, "from_name", "to_name")
        used: set[str] = set()
        for row in self._of(Kind.RUN, self.published):
            name = row["qualified_name"]
            used.update(inputs.get(name, ()))
            parent = [parent for parent in parents.get(name, ()) if parent in self.published]
            references = {
                "experiment": [["ai_experiment", row["experiment"]]],
                "parent_run": [["ai_training_run", parent[0]]] if parent else [],
                "inputs": [["ai_dataset", dataset] for dataset in sorted(inputs.get(name, ()))],
                "outputs": [["ai_model_version", version] for version in sorted(outputs.get(name, ()))],
            }
            link = f"/#/experiments/{row['experiment'].rsplit('/', 1)[-1]}/runs/{row['native_id']}"
            yield self._row("ai_training_run", Kind.RUN, row, row["name"], references, link)
        for row in self._of(Kind.DATASET, used):
            yield self._row("ai_dataset", Kind.DATASET, row, row["name"])

    def _row(
        self, type_name: str, kind: Kind, row: Row, name: str, references: Row | None = None, link: str = ""
    ) -> Row:
        linked = {"link": self.address.rstrip("/") + link} if link and self.address.startswith("http") else {}
        return {
            "type_name": type_name,
            "qualified_name": row["qualified_name"],
            "source": self.snapshot.source,
            "name": name_of(name),
            "attributes": attributes(kind, row, self.cut) | linked,
            "references": references or {},
            "classifications": ["secret removed"] if row.get("secrets_removed") else [],
        }

    def _published_runs(self, settings: Publish) -> set[str]:
        """Runs behind a version, with their parents; all runs where the configuration says so."""
        listed = set(self.snapshot.assets(Kind.RUN, ["qualified_name"])["qualified_name"].to_pylist())
        if settings.runs == "all":
            return listed
        parents = self._grouped(Relation.CHILD_OF_RUN, "from_name", "to_name")
        found: set[str] = set()
        waiting = set(self.edges[Relation.RUN_PRODUCED_VERSION]["from_name"].to_pylist())
        while waiting:
            found |= waiting
            waiting = {parent for run in waiting for parent in parents.get(run, ())} - found
        return found & listed

    def _metrics_of_runs(self) -> dict[str | None, str]:
        runs = self.snapshot.assets(Kind.RUN, ["qualified_name", "metrics_json"])
        wanted = pa.array(sorted({row["run"] for row in self.evidence.values() if row["run"]}), type=pa.string())
        kept = runs.filter(pc.is_in(runs["qualified_name"], wanted))
        return dict(zip(kept["qualified_name"].to_pylist(), kept["metrics_json"].to_pylist(), strict=True))

    def _of(self, kind: Kind, only: set[str] | None = None) -> Iterator[Row]:
        for batch in self.snapshot.folder.batches(f"assets/{kind}.parquet"):
            if only is not None:
                batch = batch.filter(pc.is_in(batch.column("qualified_name"), pa.array(sorted(only), type=pa.string())))
            yield from batch.to_pylist()

    def _grouped(self, kind: Relation, by: str, of: str) -> dict[str, set[str]]:
        edges = self.edges[kind]
        groups: dict[str, set[str]] = {}
        for key, value in zip(edges[by].to_pylist(), edges[of].to_pylist(), strict=True):
            groups.setdefault(key, set()).add(value)
        return groups

    def _source(self) -> list[str]:
        return ["ai_source", names.source(str(self.snapshot.document["platform"]), self.snapshot.source)]


def _version_name(row: Row) -> str:
    """The number first: a lineage graph shows about fifteen characters."""
    return f"v{row['version']} {row['model_name']}"


def _lineage(known: Row) -> str:
    """How the run was found, or what stands in its way, in words."""
    if not known.get("run"):
        return "no run recorded"
    states = {"deleted": " (run deleted)", "purged": " (run purged at source)", "not_read": " (run not read)"}
    return f"{known['run_rule']}{states.get(known['run_state'], '')}"


def _owner(known: Row) -> str | None:
    return known.get("owner_name") or known.get("owner_stated")
