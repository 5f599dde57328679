"""The catalog's shape of every kind of asset, as data: its type, its display name, what it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ...estate import MergedSnapshots
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from . import display_names


class ReferenceMapping(NamedTuple):
    """Where a reference comes from: a column with a qualified name, or the other ends of a relation.

    types: what it may refer to; of these, what the catalog does not hold is left out.
    """

    types: tuple[str, ...]
    column: str = ""
    relation: Relation | None = None
    incoming: bool = True

    def targets(self, row: Row, merged: MergedSnapshots) -> Iterator[list[str]]:
        """The entities that the row refers to, each as [type, qualified name]."""
        if self.relation is not None:
            names: Any = merged.ends(self.relation, self.incoming).get(row["qualified_name"], ())
        else:
            names = [row[self.column]] if row.get(self.column) else []
        for name in names:
            for type_name in self.types:
                yield [type_name, name]


def _in(column: str, *types: str) -> tuple[ReferenceMapping, ...]:
    return (ReferenceMapping(types, column=column),)


def _from(relation: Relation, *types: str) -> ReferenceMapping:
    """The left ends of the asset's relations."""
    return ReferenceMapping(types, relation=relation)


def _to(relation: Relation, *types: str) -> ReferenceMapping:
    return ReferenceMapping(types, relation=relation, incoming=False)


class EntityMapping(NamedTuple):
    """type_name: in the catalog. name: what a person reads. refers: attribute -> where its targets come from."""

    type_name: str
    name: Callable[[Row], str] = display_names.name
    refers: Mapping[str, tuple[ReferenceMapping, ...]] = {}


_PLACED = {"source": _in("container", "ai_source"), "project": _in("container", "ai_project")}
_MODELS = ("ai_model_version", "ai_base_model")

ENTITY_MAPPINGS: dict[AssetKind, EntityMapping] = {
    AssetKind.SOURCE: EntityMapping("ai_source"),
    AssetKind.PROJECT: EntityMapping(
        "ai_project",
        refers={
            "source": (_to(Relation.PART_OF_SOURCE, "ai_source"), ReferenceMapping(("ai_source",), column="container"))
        },
    ),
    AssetKind.EXPERIMENT: EntityMapping("ai_experiment", refers=_PLACED),
    AssetKind.MODEL: EntityMapping("ai_model", refers=_PLACED),
    AssetKind.MODEL_VERSION: EntityMapping(
        "ai_model_version",
        display_names.model_version,
        {"model": _in("model", "ai_model"), "copied_from": (_to(Relation.VERSION_COPIED_FROM, "ai_model_version"),)},
    ),
    AssetKind.BASE_MODEL: EntityMapping("ai_base_model", display_names.base_model),
    AssetKind.RUN: EntityMapping(
        "ai_training_run",
        refers={
            "experiment": _in("experiment", "ai_experiment"),
            "parent_run": (_to(Relation.CHILD_OF_RUN, "ai_training_run"),),
            "inputs": (
                _from(Relation.DATASET_USED_BY_RUN, "ai_dataset"),
                _from(Relation.MODEL_USED_BY_RUN, *_MODELS),
            ),
            "outputs": (
                _to(Relation.RUN_PRODUCED_VERSION, "ai_model_version"),
                _to(Relation.RUN_PRODUCED_DATASET, "ai_dataset"),
            ),
        },
    ),
    AssetKind.DATASET: EntityMapping("ai_dataset", display_names.dataset, _PLACED),
    AssetKind.ENDPOINT: EntityMapping("ai_endpoint", refers=_PLACED),
    AssetKind.DEPLOYMENT: EntityMapping(
        "ai_deployment",
        display_names.deployment,
        {
            "endpoint": (_to(Relation.DEPLOYMENT_OF_ENDPOINT, "ai_endpoint"), *_in("endpoint", "ai_endpoint")),
            "inputs": (_from(Relation.MODEL_DEPLOYED_IN, *_MODELS),),
            "outputs": (_to(Relation.DEPLOYMENT_OF_ENDPOINT, "ai_endpoint"), *_in("endpoint", "ai_endpoint")),
        },
    ),
    AssetKind.AGENT: EntityMapping(
        "ai_agent", refers={**_PLACED, "endpoints": (_to(Relation.AGENT_SERVED_BY_ENDPOINT, "ai_endpoint"),)}
    ),
    AssetKind.AGENT_VERSION: EntityMapping(
        "ai_agent_version",
        display_names.agent_version,
        {
            "agent": _in("agent", "ai_agent"),
            "connections": (_from(Relation.CONNECTION_USED_BY_AGENT_VERSION, "ai_connection"),),
            "inputs": (
                _from(Relation.ENDPOINT_USED_BY_AGENT_VERSION, "ai_endpoint"),
                _from(Relation.DATASET_USED_BY_AGENT_VERSION, "ai_dataset"),
                _from(Relation.AGENT_USED_BY_AGENT_VERSION, "ai_agent"),
            ),
            "outputs": _in("agent", "ai_agent"),
        },
    ),
    AssetKind.CONNECTION: EntityMapping("ai_connection", refers=_PLACED),
}


def references(kind: AssetKind, row: Row, merged: MergedSnapshots) -> dict[str, list[list[str]]]:
    """attribute -> [type, qualified name] of all possible targets, without order."""
    return {
        attribute: [target for source in sources for target in source.targets(row, merged)]
        for attribute, sources in ENTITY_MAPPINGS[kind].refers.items()
    }
