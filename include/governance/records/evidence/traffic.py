"""What endpoints give to versions and base models: the traffic that says what is in production."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ...estate import MergedSnapshots
from ...model import json_text
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...staging.rows import rows as rows_of
from ..states.signals import Traffic

UNDIVIDED = ("model", "serverless", "application")


def traffic_of(merged: MergedSnapshots) -> dict[str, list[Traffic]]:
    """Qualified name of a version or base model -> what each endpoint gives it, over all snapshots.

    A version of a registry may serve in the workspace of another source. Several deployments of it at one endpoint
    are added up. The source's own date is known only where the endpoint splits nothing: it serves since its deployment.
    """
    edges = merged.edge_frame(Relation.DEPLOYMENT_OF_ENDPOINT, "attributes_json").drop_duplicates("from_name")
    endpoints = {row["from_name"]: row for row in rows_of(edges)}
    models = merged.edge_frame(Relation.MODEL_DEPLOYED_IN)
    deployed = set(zip(models["from_name"], models["to_name"], strict=True))
    labels = merged.column(AssetKind.ENDPOINT, "name")
    types = merged.column(AssetKind.ENDPOINT, "endpoint_type")
    dates = merged.column(AssetKind.DEPLOYMENT, "created_at")
    shares: dict[tuple[str, str], list[tuple[int, int, Any]]] = defaultdict(list)
    for version, deployment in sorted(deployed):
        if (edge := endpoints.get(deployment)) is not None:
            split = json_text.load(edge["attributes_json"])
            at = dates.get(deployment) if types.get(edge["to_name"]) in UNDIVIDED else None
            share = (int(split.get("traffic") or 0), int(split.get("mirror_traffic") or 0), at)
            shares[version, edge["to_name"]].append(share)
    found: dict[str, list[Traffic]] = defaultdict(list)
    for (version, endpoint), parts in sorted(shares.items()):
        at = max((part[2] for part in parts if part[2] is not None and (part[0] or part[1])), default=None)
        label = labels.get(endpoint) or endpoint
        found[version].append(Traffic(endpoint, label, sum(p[0] for p in parts), sum(p[1] for p in parts), at))
    return dict(found)
