"""What endpoints give to versions and base models: the traffic that says what is in production."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...model import json_text
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...staging.snapshot import Snapshot
from ..states.signals import Traffic

_UNDIVIDED = ("model", "serverless", "application")


def traffic_of(snapshots: Sequence[Snapshot]) -> dict[str, list[Traffic]]:
    """Qualified name of a version or base model -> what each endpoint gives it, over all snapshots.

    A version of a registry may serve in the workspace of another source. Several deployments of it behind one endpoint
    are added up. The source's own date is known only where the endpoint splits nothing: it serves since its deployment.
    """
    endpoints = {row["from_name"]: row for row in _edges(snapshots, Relation.DEPLOYMENT_OF_ENDPOINT)}
    deployed = {(row["from_name"], row["to_name"]) for row in _edges(snapshots, Relation.MODEL_DEPLOYED_IN)}
    labels = _labels(snapshots, AssetKind.ENDPOINT, "name")
    types = _labels(snapshots, AssetKind.ENDPOINT, "endpoint_type")
    dates = _labels(snapshots, AssetKind.DEPLOYMENT, "created_at")
    shares: dict[tuple[str, str], list[tuple[int, int, Any]]] = defaultdict(list)
    for version, deployment in sorted(deployed):
        if (edge := endpoints.get(deployment)) is not None:
            split = json_text.load(edge["attributes_json"])
            at = dates.get(deployment) if types.get(edge["to_name"]) in _UNDIVIDED else None
            share = (int(split.get("traffic") or 0), int(split.get("mirror_traffic") or 0), at)
            shares[version, edge["to_name"]].append(share)
    found: dict[str, list[Traffic]] = defaultdict(list)
    for (version, endpoint), parts in sorted(shares.items()):
        at = max((part[2] for part in parts if part[2] is not None and (part[0] or part[1])), default=None)
        label = labels.get(endpoint) or endpoint
        found[version].append(Traffic(endpoint, label, sum(p[0] for p in parts), sum(p[1] for p in parts), at))
    return dict(found)


def _edges(snapshots: Sequence[Snapshot], kind: Relation) -> Iterator[dict[str, Any]]:
    for snapshot in snapshots:
        table = snapshot.relations(["kind", "from_name", "to_name", "attributes_json"])
        yield from table.filter(pc.equal(table["kind"], pa.scalar(str(kind)))).to_pylist()


def _labels(snapshots: Sequence[Snapshot], kind: AssetKind, column: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for snapshot in snapshots:
        table = snapshot.assets(kind, ["qualified_name", column])
        found |= dict(zip(table["qualified_name"].to_pylist(), table[column].to_pylist(), strict=True))
    return found
