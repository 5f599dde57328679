"""The evidence chain of a version: what it came from and where it serves, each step with the rule that found it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..model import json_text
from ..model.assets import AssetKind
from ..model.relations import Relation
from ..model.tables import ASSETS
from ..staging.snapshot import Snapshot

Row = dict[str, Any]

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
)
_SAID_OF_RUN = {
    "deleted": "deleted at its source",
    "purged": "purged: its source does not have it any more",
    "not_read": "not read",
}


class Chains:
    """Over the snapshots of one run; only rows that are asked for become Python objects."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = snapshots

    def of(self, version: Row) -> list[Row]:
        """Steps of one row of EVIDENCE: {step, qualified_name, name, rule, state}; from data to endpoint.

        Of an agent: what it stands on, then the agent.
        """
        if version["subject_kind"] == "agent":
            steps = [*_of_agent(version)]
        else:
            steps = [*self._origin(version), *self._serving(version["qualified_name"])]
        labels = self.labels(step["qualified_name"] for step in steps)
        return [step | {"name": step["name"] or labels.get(step["qualified_name"])} for step in steps]

    def labels(self, names: Iterable[str]) -> dict[str, str]:
        """qualified name -> what a person calls it."""
        wanted = pa.array(sorted(set(names)), type=pa.string())
        found: dict[str, str] = {}
        for snapshot in self._snapshots:
            for kind in _NAMED:
                assert "name" in ASSETS[kind].names
                table = snapshot.assets(kind, ["qualified_name", "name"])
                kept = table.filter(pc.is_in(table["qualified_name"], wanted))
                pairs = zip(kept["qualified_name"].to_pylist(), kept["name"].to_pylist(), strict=True)
                found |= {name: label for name, label in pairs if label}
        return found

    def _origin(self, version: Row) -> Iterator[Row]:
        datasets = json_text.load(version["training_datasets_json"]) or []
        for dataset in datasets:
            yield _step("training data", dataset, version["training_dataset_rule"])
        if version["experiment"]:
            name, state = version["experiment_name"], version["experiment_state"]
            yield _step("experiment", version["experiment"], "the experiment that the run names", name, state)
        if version["run"]:
            state = _SAID_OF_RUN.get(version["run_state"], version["run_state"])
            yield _step("run", version["run"], version["run_rule"], state=state)
        yield _step("version", version["qualified_name"], version["state_signal"], version["label"], version["state"])

    def _serving(self, version: str) -> Iterator[Row]:
        deployed = self._edges(Relation.MODEL_DEPLOYED_IN, "from_name", [version])
        served = self._edges(Relation.DEPLOYMENT_OF_ENDPOINT, "from_name", [edge["to_name"] for edge in deployed])
        for edge in deployed:
            yield _step("deployment", edge["to_name"], edge["rule"])
            for endpoint in (one for one in served if one["from_name"] == edge["to_name"]):
                yield _step("endpoint", endpoint["to_name"], endpoint["rule"], state=_traffic(endpoint))

    def _edges(self, kind: Relation, end: str, names: Sequence[str]) -> list[Row]:
        found: dict[tuple[str, str], Row] = {}
        wanted = pa.array(sorted(set(names)), type=pa.string())
        for snapshot in self._snapshots if names else ():
            table = snapshot.relations(["kind", "from_name", "to_name", "rule", "attributes_json"])
            table = table.filter(pc.equal(table["kind"], str(kind)))
            for row in table.filter(pc.is_in(table[end], wanted)).to_pylist():
                found.setdefault((row["from_name"], row["to_name"]), row)
        return [found[key] for key in sorted(found)]


def _of_agent(agent: Row) -> Iterator[Row]:
    for reached in json_text.load(agent["stands_on_json"]) or []:
        step = "connected data" if reached["kind"] == AssetKind.DATASET else str(reached["kind"]).replace("_", " ")
        yield _step(step, reached["qualified_name"], reached["rule"])
    yield _step("agent", agent["qualified_name"], agent["state_signal"], agent["label"], agent["state"])


def _step(step: str, qualified_name: str, rule: str | None, name: str | None = None, state: str | None = None) -> Row:
    return {"step": step, "qualified_name": qualified_name, "name": name, "rule": rule or "", "state": state}


def _traffic(edge: Row) -> str | None:
    stated = json_text.load(edge["attributes_json"])
    said = [(stated.get("traffic"), "% of its traffic"), (stated.get("mirror_traffic"), "% mirrored")]
    return ", ".join(f"{percent}{words}" for percent, words in said if percent) or None
