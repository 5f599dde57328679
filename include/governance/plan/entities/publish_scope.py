"""What carries evidence: only that is published, the rest is counted."""

from __future__ import annotations

from collections.abc import Collection

from ...config.models import Publish
from ...estate import MergedSnapshots
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...staging.plan import Key


def published_runs(merged: MergedSnapshots, settings: Publish, held: Collection[Key] = ()) -> frozenset[str]:
    """Runs that produced a version, their parents, and those that made a dataset which one of them used.

    Those that are in the catalog already stay in step with their source. All runs where the configuration says so.
    """
    listed = merged.names(AssetKind.RUN)
    if settings.runs == "all":
        return listed
    parents = merged.ends(Relation.CHILD_OF_RUN, False)
    data = merged.ends(Relation.DATASET_USED_BY_RUN, True)
    makers = merged.ends(Relation.RUN_PRODUCED_DATASET, True)
    upstream: set[str] = set()
    waiting = set(merged.ends(Relation.RUN_PRODUCED_VERSION, False))
    while waiting:
        upstream |= waiting
        further = {parent for run in waiting for parent in parents.get(run, ())}
        further |= {maker for run in waiting for dataset in data.get(run, ()) for maker in makers.get(dataset, ())}
        waiting = further - upstream
    known = {key.qualified_name for key in held if key.type_name == "ai_training_run"}
    return listed & (upstream | known)


def published_agent_versions(merged: MergedSnapshots, held: Collection[Key]) -> frozenset[str]:
    """The latest version of each agent, those that an endpoint serves, and those that are in the catalog already."""
    served = {
        (edge["from_name"], str(edge["attributes"].get("version")))
        for edge in merged.edges(Relation.AGENT_SERVED_BY_ENDPOINT)
    }
    known = {key.qualified_name for key in held if key.type_name == "ai_agent_version"}
    return frozenset(
        row["qualified_name"]
        for _, row in merged.rows(AssetKind.AGENT_VERSION, ["is_latest", "agent", "version"])
        if row["is_latest"] is not False or row["qualified_name"] in known or (row["agent"], row["version"]) in served
    )


def used_datasets(merged: MergedSnapshots, runs: Collection[str], agent_versions: Collection[str]) -> frozenset[str]:
    """Data that a published run or agent version has used."""
    by_run = merged.ends(Relation.DATASET_USED_BY_RUN, True)
    by_agent = merged.ends(Relation.DATASET_USED_BY_AGENT_VERSION, True)
    return frozenset().union(
        *(by_run.get(run, ()) for run in runs), *(by_agent.get(version, ()) for version in agent_versions)
    )
