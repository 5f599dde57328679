"""What carries evidence: only that is published, the rest is counted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from ...config.models import Publish
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...staging.plan import Key
from ..estate import Estate

Row = dict[str, Any]


def runs_found(evidence: pd.DataFrame) -> list[Row]:
    """Edges from runs to the versions they stand behind, as resolving found them, also through copies and artifacts."""
    behind = evidence.dropna(subset="run")
    return [
        {
            "kind": str(Relation.RUN_PRODUCED_VERSION),
            "from_name": run,
            "to_name": version,
            "rule": rule,
            "heuristic": False,
            "attributes_json": "{}",
        }
        for run, version, rule in zip(behind["run"], behind["qualified_name"], behind["run_rule"], strict=True)
    ]


def published_runs(estate: Estate, settings: Publish) -> frozenset[str]:
    """Runs behind a version, their parents, and those that made a dataset which one of them used.

    All runs where the configuration says so.
    """
    listed = estate.names(AssetKind.RUN)
    if settings.runs == "all":
        return listed
    parents = estate.ends(Relation.CHILD_OF_RUN, False)
    data = estate.ends(Relation.DATASET_USED_BY_RUN, True)
    makers = estate.ends(Relation.RUN_PRODUCED_DATASET, True)
    found: set[str] = set()
    waiting = set(estate.ends(Relation.RUN_PRODUCED_VERSION, False))
    while waiting:
        found |= waiting
        behind = {parent for run in waiting for parent in parents.get(run, ())}
        behind |= {maker for run in waiting for dataset in data.get(run, ()) for maker in makers.get(dataset, ())}
        waiting = behind - found
    return listed & found


def published_agent_versions(estate: Estate, held: Collection[Key]) -> frozenset[str]:
    """The latest version of each agent, those that an endpoint serves, and those that are in the catalog already."""
    served = {
        (edge["from_name"], str(edge["attributes"].get("version")))
        for edge in estate.edges(Relation.AGENT_SERVED_BY_ENDPOINT)
    }
    known = {key.qualified_name for key in held if key.type_name == "ai_agent_version"}
    return frozenset(
        row["qualified_name"]
        for _, row in estate.rows(AssetKind.AGENT_VERSION)
        if row["is_latest"] is not False or row["qualified_name"] in known or (row["agent"], row["version"]) in served
    )


def used_datasets(estate: Estate, runs: Collection[str], agent_versions: Collection[str]) -> frozenset[str]:
    """Data that a published run or agent version has used."""
    by_run = estate.ends(Relation.DATASET_USED_BY_RUN, True)
    by_agent = estate.ends(Relation.DATASET_USED_BY_AGENT_VERSION, True)
    return frozenset().union(
        *(by_run.get(run, ()) for run in runs), *(by_agent.get(version, ()) for version in agent_versions)
    )
