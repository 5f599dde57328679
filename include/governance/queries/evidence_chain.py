"""The evidence chain of a version: its origin and where it serves, each step with the rule that established it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..estate import MergedSnapshots
from ..model import json_text
from ..model.assets import AssetKind
from ..model.relations import Relation
from ..model.rows import Row
from ..model.vocabularies import SubjectKind
from ..staging.rows import rows

_NAMED = (
    AssetKind.RUN,
    AssetKind.DATASET,
    AssetKind.DEPLOYMENT,
    AssetKind.ENDPOINT,
    AssetKind.MODEL,
    AssetKind.MODEL_VERSION,
    AssetKind.AGENT,
    AssetKind.AGENT_VERSION,
    AssetKind.BASE_MODEL,
    AssetKind.CONNECTION,
)
_RUN_STATES = {
    "deleted": "deleted at its source",
    "purged": "purged: no longer at its source",
    "elsewhere": "not on this server",
    "not_read": "not read",
}


class EvidenceChains:
    """Evidence chains over the merged snapshots of one sync; only the rows of a chain become Python objects."""

    def __init__(self, merged: MergedSnapshots) -> None:
        self._merged = merged

    def of(self, version: Row) -> list[Row]:
        """The steps {step, qualified_name, name, rule, state} of a row of EVIDENCE, from data to endpoint.

        Of an agent or a deployment of a provider's model: what it depends on, then itself.
        """
        if version["subject_kind"] != SubjectKind.VERSION:
            steps = [*_of_dependent(version)]
        else:
            steps = [*self._origin(version), *self._serving(version["qualified_name"])]
        labels = self._labels({step["qualified_name"] for step in steps})
        return [step | {"name": step["name"] or labels.get(step["qualified_name"])} for step in steps]

    def _labels(self, names: Collection[str]) -> dict[str, str]:
        """qualified name -> display name."""
        labels = (self._merged.column(kind, "name", names) for kind in _NAMED)
        return {name: label for by_name in labels for name, label in by_name.items() if label}

    def _origin(self, version: Row) -> Iterator[Row]:
        for dataset in json_text.load(version["training_datasets_json"]) or []:
            yield _step("training data", dataset, version["training_dataset_rule"])
        if version["experiment"]:
            name, state = version["experiment_name"], version["experiment_state"]
            yield _step("experiment", version["experiment"], "the experiment that the run names", name, state)
        if version["run"]:
            state = _RUN_STATES.get(version["run_state"], version["run_state"])
            yield _step("run", version["run"], version["run_rule"], state=state)
        yield _step("version", version["qualified_name"], version["state_signal"], version["label"], version["state"])

    def _serving(self, version: str) -> Iterator[Row]:
        deployments = self._edges(Relation.MODEL_DEPLOYED_IN, [version])
        endpoints = self._edges(Relation.DEPLOYMENT_OF_ENDPOINT, [edge["to_name"] for edge in deployments])
        for deployment in deployments:
            yield _step("deployment", deployment["to_name"], deployment["rule"])
            for endpoint in endpoints:
                if endpoint["from_name"] == deployment["to_name"]:
                    yield _step("endpoint", endpoint["to_name"], endpoint["rule"], state=_traffic(endpoint))

    def _edges(self, relation: Relation, from_names: Sequence[str]) -> list[Row]:
        """The edges that start at these assets, by their ends; where sources state the same edge, one of them."""
        if not from_names:
            return []
        edges = self._merged.edge_frame(relation, "attributes_json")
        return rows(edges[edges["from_name"].isin(from_names)].drop_duplicates(["from_name", "to_name"]))


def _of_dependent(subject: Row) -> Iterator[Row]:
    for dependency in json_text.load(subject["stands_on_json"]) or []:
        kind = dependency["kind"]
        step = "connected data" if kind == AssetKind.DATASET else str(kind).replace("_", " ")
        yield _step(step, dependency["qualified_name"], dependency["rule"])
    kind, label, state = (subject[column] for column in ("subject_kind", "label", "state"))
    yield _step(kind, subject["qualified_name"], subject["state_signal"], label, state)


def _step(step: str, qualified_name: str, rule: str | None, name: str | None = None, state: str | None = None) -> Row:
    return {"step": step, "qualified_name": qualified_name, "name": name, "rule": rule or "", "state": state}


def _traffic(edge: Row) -> str | None:
    attributes = json_text.load(edge["attributes_json"])
    shares = [(attributes.get("traffic"), "% of its traffic"), (attributes.get("mirror_traffic"), "% mirrored")]
    return ", ".join(f"{percent}{label}" for percent, label in shares if percent) or None
