"""Serving: the models of every deployment and of every agent that can be called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import pandas as pd

from ..estate import Coverage, Estate, MergedSnapshots
from ..model import json_text
from ..model.assets import AssetKind
from ..model.relations import Relation
from ..model.rows import Row
from ..model.tables import SERVING
from ..model.vocabularies import GOVERNED_STATES
from ..staging.rows import rows as rows_of
from .evidence.agent_versions import AgentVersions
from .evidence.deployments import deployments, models_deployed

_NO_TRAFFIC = ("batch", "agent")  # types that take none; an agent's own deployment is judged as the agent
_REGISTERED = (AssetKind.MODEL_VERSION, AssetKind.BASE_MODEL)


def serving_of(estate: Estate, evidence: pd.DataFrame) -> pd.DataFrame:
    """The columns of SERVING, ordered by qualified name."""
    merged, coverage = estate.merged, estate.coverage
    records = dict(zip(evidence["qualified_name"], evidence["record_key"], strict=True))
    owners = {row["record_key"]: (row["owner_stated"], row["owner_name"]) for row in rows_of(evidence)}
    anonymous = _anonymous(merged)
    labels = _labels(merged, anonymous)
    rows = [
        *_deployments(merged, coverage, labels, anonymous, records, owners),
        *_agents(evidence, _reached(merged, evidence), labels, coverage),
    ]
    return pd.DataFrame(rows, columns=SERVING.names).sort_values("qualified_name", ignore_index=True)


def _labels(merged: MergedSnapshots, anonymous: Collection[str]) -> dict[str, str]:
    """What is registered: by qualified name, what a person calls it."""
    found = {name: label for kind in _REGISTERED for name, label in merged.column(kind, "name").items()}
    return {name: label for name, label in found.items() if name not in anonymous}


def _anonymous(merged: MergedSnapshots) -> set[str]:
    """Versions that were made from files at deployment: nobody has registered them."""
    return {name for name, is_so in merged.column(AssetKind.MODEL_VERSION, "anonymous").items() if is_so}


def _deployments(
    merged: MergedSnapshots,
    coverage: Coverage,
    labels: dict[str, str],
    anonymous: Collection[str],
    records: dict[str, str],
    owners: dict[str, tuple[str | None, str | None]],
) -> list[Row]:
    references = merged.frame(AssetKind.DEPLOYMENT, ["model_reference", "archived", "secrets_removed", "secrets_where"])
    frame = deployments(merged).merge(references, on="qualified_name", how="left")
    models_of: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(models_deployed(merged)):
        models_of[row["deployment"]].append(row["model"])
    found = []
    for row in rows_of(frame):
        if row["archived"] or row["deployment_type"] == "agent":
            continue
        models = models_of.get(row["qualified_name"], [])
        key = next((records[name] for name in (row["qualified_name"], *models) if name in records), None)
        owner = owners.get(key or "", (None, None))
        serves = _serves(row)
        reason, unread = _unregistered(row, models, labels, anonymous, coverage) if serves else (None, None)
        found.append(
            {
                **{name: row.get(name) for name in SERVING.names},
                "kind": "deployment",
                "label": row["name"],
                "record_key": key,
                "owner_stated": owner[0],
                "owner_name": owner[1],
                "traffic": row["share"],
                "serves": serves,
                "behind": ", ".join(labels[model] for model in models if model in labels) or None,
                "unregistered_reason": reason,
                "incomplete_reason": unread,
            }
        )
    return found


def _reached(merged: MergedSnapshots, evidence: pd.DataFrame) -> dict[str, list[str]]:
    """Agent -> the models that it, and the agents that it calls, depend on: registered or not."""
    own = {
        row["qualified_name"]: [step["qualified_name"] for step in json_text.load(row["stands_on_json"]) or []
                                if step["kind"] in _REGISTERED]
        for row in rows_of(evidence[evidence["subject_kind"] == "agent"])
    }  # fmt: skip
    agents = AgentVersions(merged).agents()
    calls: dict[str, list[str]] = defaultdict(list)
    edges = merged.edge_frame(Relation.AGENT_USED_BY_AGENT_VERSION)
    for called, version in zip(edges["from_name"], edges["to_name"], strict=True):
        if version in agents:
            calls[agents[version]].append(called)
    return {agent: _over(agent, calls, own) for agent in own}


def _over(agent: str, calls: dict[str, list[str]], own: dict[str, list[str]]) -> list[str]:
    seen, waiting = {agent}, [agent]
    found: list[str] = []
    while waiting:
        at = waiting.pop()
        found += own.get(at, ())
        further = [called for called in calls.get(at, ()) if called not in seen]
        seen.update(further)
        waiting += further
    return sorted(set(found))


def _agents(
    evidence: pd.DataFrame, reached: dict[str, list[str]], labels: dict[str, str], coverage: Coverage
) -> list[Row]:
    callable_agents = evidence[(evidence["subject_kind"] == "agent") & evidence["state"].isin(GOVERNED_STATES)]
    found = []
    for row in rows_of(callable_agents):
        models = reached[row["qualified_name"]]
        registered = [labels[model] for model in models if model in labels]
        unread = (
            None if registered else row["incomplete_reason"] or _unknown(models, coverage) or row["model_elsewhere"]
        )
        is_told = registered or unread or row["missing_deployment"]
        reason = (
            f"its model {models[0]} is not registered any more"
            if models
            else "no deployment of a registered or base model stands behind it"
        )
        found.append(
            {
                **{name: row.get(name) for name in SERVING.names},
                "kind": "agent",
                "secrets_removed": None,
                "secrets_where": None,
                "serves": True,
                "behind": row["stands_on"] or ", ".join(registered) or None,
                "unregistered_reason": None if is_told else reason,
                "incomplete_reason": unread,
            }
        )
    return found


def _serves(row: Row) -> bool:
    if row["share"] is None:
        return row["deployment_type"] not in _NO_TRAFFIC
    return row["share"] > 0 or (row["mirror"] or 0) > 0


def _unregistered(
    row: Row, models: list[str], labels: dict[str, str], anonymous: Collection[str], coverage: Coverage
) -> tuple[str | None, str | None]:
    """(why no registered model is deployed, why that cannot be known); one of both, or neither."""
    if any(model in labels for model in models):
        return None, None
    if any(model in anonymous for model in models):
        return "its model is anonymous: made from files when it was deployed, and registered by nobody", None
    if unread := _unknown(models, coverage):
        return None, unread
    stated = row["model_reference"]
    if models:
        return f"its model {stated or models[0]} is not registered any more", None
    return (f"its model {stated} is no registered version" if stated else "it names no model"), None


def _unknown(models: list[str], coverage: Coverage) -> str | None:
    """Why it cannot be known whether one of those versions is registered; None where it can."""
    for model in models:
        if not coverage.is_complete(AssetKind.MODEL_VERSION, model):
            if coverage.is_listed(AssetKind.MODEL_VERSION, model) and not coverage.why_incomplete(model):
                return f"its model {model} was not found, and not all versions there could be understood"
            return coverage.why_incomplete(model) or f"its model {model} stands where no source reads"
    return None
