"""Serving: what stands behind every deployment and every published agent."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from .. import jsontext
from ..staged.frames import rows as rows_of
from ..staged.schemas import SERVING
from ..vocabulary.kinds import Kind
from .completeness import Reading
from .deployed import deployments, models_deployed
from .tables import Tables

Row = dict[str, Any]

_NO_TRAFFIC = ("batch", "agent")  # types that take none; an agent's own deployment is judged as the agent
_REGISTERED = (Kind.MODEL_VERSION, Kind.BASE_MODEL)


def serving_of(tables: Tables, reading: Reading, evidence: pd.DataFrame) -> pd.DataFrame:
    """The columns of SERVING, ordered by qualified name."""
    records = dict(zip(evidence["qualified_name"], evidence["record_key"], strict=True))
    owners = {row["record_key"]: (row["owner_stated"], row["owner_name"]) for row in rows_of(evidence)}
    rows = [*_deployments(tables, reading, records, owners), *_agents(evidence)]
    return pd.DataFrame(rows, columns=SERVING.names).sort_values("qualified_name", ignore_index=True)


def _deployments(
    tables: Tables, reading: Reading, records: dict[str, str], owners: dict[str, tuple[str | None, str | None]]
) -> list[Row]:
    references = tables.assets(Kind.DEPLOYMENT, ["model_reference", "archived"])
    frame = deployments(tables).merge(references, on="qualified_name", how="left")
    labels: dict[str, Any] = {}
    for kind in _REGISTERED:
        named = tables.assets(kind, ["name"])
        labels |= dict(zip(named["qualified_name"], named["name"], strict=True))
    behind: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(models_deployed(tables)):
        behind[row["deployment"]].append(row["model"])
    found = []
    for row in rows_of(frame):
        if row["archived"] or row["deployment_type"] == "agent":
            continue
        models = behind.get(row["qualified_name"], [])
        key = next((records[model] for model in models if model in records), None)
        owner = owners.get(key or "", (None, None))
        serves = _serves(row)
        reason, unread = _unregistered(row, models, labels, reading) if serves else (None, None)
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


def _agents(evidence: pd.DataFrame) -> list[Row]:
    standing = evidence[(evidence["subject_kind"] == "agent") & evidence["in_production"].astype(bool)]
    found = []
    for row in rows_of(standing):
        steps = jsontext.load(row["stands_on_json"]) or []
        is_registered = any(step["kind"] in _REGISTERED for step in steps)
        unread = None if is_registered else row["incomplete_reason"]
        reason = None if is_registered or unread else "no deployment of a registered or base model stands behind it"
        found.append(
            {
                **{name: row.get(name) for name in SERVING.names},
                "kind": "agent",
                "serves": True,
                "behind": row["stands_on"],
                "unregistered_reason": reason,
                "incomplete_reason": unread,
            }
        )
    return found


def _serves(row: Row) -> bool:
    if row["share"] is None:
        return row["deployment_type"] not in _NO_TRAFFIC
    return row["share"] > 0 or (row["mirror"] or 0) > 0


def _unregistered(
    row: Row, models: list[str], labels: dict[str, Any], reading: Reading
) -> tuple[str | None, str | None]:
    """(why nothing registered stands behind it, why that cannot be known); one of both, or neither."""
    if any(model in labels for model in models):
        return None, None
    for model in models:
        if not reading.is_whole(Kind.MODEL_VERSION, model):
            return None, reading.incomplete_reason(model) or f"its model {model} stands where no source reads"
    stated = row["model_reference"]
    if models:
        return f"its model {stated or models[0]} is not registered any more", None
    return (f"its model {stated} is no registered version" if stated else "it names no model"), None
