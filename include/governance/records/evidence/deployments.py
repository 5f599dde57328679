"""Deployments of versions: of which endpoints, with how much of the traffic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ...estate import MergedSnapshots
from ...model import json_text
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...staging.rows import rows as rows_of

_COLUMNS = ["qualified_name", "deployments", "deployments_json", "endpoints_json", "endpoint_tags"]


def deployments(merged: MergedSnapshots) -> pd.DataFrame:
    """One row per deployment: qualified_name, name, source, container, endpoint, share and mirror (percent)."""
    found = merged.frame(AssetKind.DEPLOYMENT, ["source", "name", "container", "deployment_type"])
    edges = merged.edge_frame(Relation.DEPLOYMENT_OF_ENDPOINT, "attributes_json").drop_duplicates("from_name")
    split = [json_text.load(text) for text in edges["attributes_json"]]
    edges["share"] = [_percent(attributes, "traffic") for attributes in split]
    edges["mirror"] = [_percent(attributes, "mirror_traffic") for attributes in split]
    edges = edges.rename(columns={"from_name": "qualified_name", "to_name": "endpoint"})
    return found.merge(edges[["qualified_name", "endpoint", "share", "mirror"]], on="qualified_name", how="left")


def models_deployed(merged: MergedSnapshots) -> pd.DataFrame:
    """model (version or base model) -> deployment, with the rule that found it."""
    edges = merged.edge_frame(Relation.MODEL_DEPLOYED_IN).drop_duplicates(["from_name", "to_name"])
    return edges.rename(columns={"from_name": "model", "to_name": "deployment"})


def deployed_versions(merged: MergedSnapshots) -> pd.DataFrame:
    """Per version that is deployed: its deployments in words and by name, their endpoints, and what tags those carry.

    A version of a registry may be deployed in the workspace of another source.
    """
    deployed = models_deployed(merged).merge(
        deployments(merged), left_on="deployment", right_on="qualified_name", how="inner"
    )
    endpoints = merged.frame(AssetKind.ENDPOINT, ["tags_json"]).rename(columns={"qualified_name": "endpoint"})
    deployed = deployed.merge(endpoints, on="endpoint", how="left").sort_values(["model", "deployment"])
    rows = [_of_version(str(model), rows_of(group)) for model, group in deployed.groupby("model", sort=True)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _of_version(model: str, deployed: Sequence[dict[str, Any]]) -> dict[str, Any]:
    tagged = {row["endpoint"]: row["tags_json"] for row in deployed if row["tags_json"]}
    return {
        "qualified_name": model,
        "deployments": ", ".join(in_words(row) for row in deployed),
        "deployments_json": json_text.dump(sorted({row["deployment"] for row in deployed})),
        "endpoints_json": json_text.dump(sorted({row["endpoint"] for row in deployed if row["endpoint"]})),
        "endpoint_tags": [tagged[endpoint] for endpoint in sorted(tagged)],
    }


def in_words(deployment: dict[str, Any]) -> str:
    """ "credit-api / blue (90%)"; without the percentage where the endpoint does not say."""
    share = deployment["share"]
    return f"{deployment['name']} ({share:.0f}%)" if share is not None else str(deployment["name"])


def _percent(attributes: Any, name: str) -> int | None:
    value = attributes.get(name) if isinstance(attributes, dict) else None
    return int(value) if isinstance(value, int | float) else None
