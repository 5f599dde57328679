"""Governed records from the evidence of their versions, and the links to all that they depend on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from ..config.register import Register
from ..model import json_text, qualified_names
from ..model.tables import LINKS, RECORDS
from ..model.vocabularies import GOVERNED_STATES, SubjectKind
from ..staging.rows import rows as rows_of
from ..staging.rows import timestamps
from .identity.suspected import suspicions

_FROM_LEAD = ("owner_stated", "owner", "owner_name", "use_case", "risk_tier", "description")


def records_of(
    evidence: pd.DataFrame,
    promotions: pd.DataFrame,
    register: Register,
    published: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> pd.DataFrame:
    """One row per record: keys with something that can be called now, or that was promoted earlier.

    A record of which nothing was read, while a promotion of it still stands, is unknown: it stays as last published.

    Args:
        published: by key, the attributes of the records' entities; one whose versions are all gone keeps what they say.
    """
    is_open = promotions["until"].isna()
    unknown = set(promotions.loc[is_open, "record_key"]) - set(evidence["record_key"])
    serving = evidence.loc[evidence["state"].isin(GOVERNED_STATES), "record_key"]
    keys = sorted({*serving, *promotions["record_key"]} - unknown)
    by_key: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(evidence[evidence["record_key"].isin(keys)]):
        by_key[row["record_key"]].append(row)
    suspected, by_record = suspicions(evidence, register), dict(tuple(promotions.groupby("record_key")))
    rows = [
        _record(key, by_key[key]) if by_key[key] else _without_versions(key, published.get(key, {})) for key in keys
    ]
    for row in rows:
        key = row["key"]
        row["state_since"] = _since(by_record[key], row["state"]) if key in by_record else None
        row["suspected_duplicates"] = suspected.current.get(key)
        row["dismissed_duplicates"] = suspected.dismissed.get(key)
    found = pd.DataFrame(rows, columns=RECORDS.names)
    found["state_since"] = timestamps(found["state_since"])
    return found


def _since(promotions: pd.DataFrame, state: str) -> Any:
    """Since when a record is in its state without a gap at its end; where nothing stands, when the last ended."""
    current = promotions[promotions["until"].isna()]
    if current.empty:
        return promotions["until"].max()
    in_state = current.loc[current["state"] == state, "since"]
    return (in_state if len(in_state) else current["since"]).min()


def _record(key: str, versions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Owner, use and description come from the newest version of the state that counts, else from the newest one."""
    state = next((state for state in GOVERNED_STATES if any(row["state"] == state for row in versions)), None)
    lead = max([row for row in versions if row["state"] == state] or versions, key=_newest)
    production = [row for row in versions if row["in_production"]]
    models = sorted({row["model_name"] for row in versions})
    name, sources = models[0] if len(models) == 1 else key, sorted({row["source"] for row in versions})
    kinds = {row["subject_kind"] for row in versions}
    return {
        **_named(key, name),
        "kind": next(iter(kinds)) if len(kinds) == 1 and SubjectKind.VERSION not in kinds else "model",
        "state": state or "retired",
        **{field: lead.get(field) for field in _FROM_LEAD},
        "production_versions": ", ".join(sorted(row["label"] for row in production)),
        "sources": ", ".join(sources),
        "source": next(iter(sources), None),
        "contradictions": "; ".join(sorted({row["contradiction"] for row in versions if row["contradiction"]})) or None,
    }


def _without_versions(key: str, published: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose versions are all gone: what they said of owner and use stays."""
    sources = published.get("sources")
    return {
        **_named(key, published.get("name") or key),
        "kind": None,
        "state": "retired",
        "owner_stated": published.get("owner"),
        "use_case": published.get("use_case_id"),
        "risk_tier": published.get("risk_tier"),
        "description": "No version of it is at its source any more.",
        "production_versions": "",
        "sources": sources or "",
        "source": sources.split(", ")[0] if sources else None,
        "contradictions": None,
    }


def _named(key: str, name: str) -> dict[str, Any]:
    label = name if name == key else f"{name} ({key})"
    return {"qualified_name": qualified_names.record(key), "key": key, "name": name, "label": label}


def _newest(row: dict[str, Any]) -> tuple[bool, float, str]:
    return row["version"] is None, row["version"] or 0, row["qualified_name"]


def _of_dependent(row: dict[str, Any]) -> list[tuple[str, str, str | None, str]]:
    """The record of an agent or deployment depends on it, and on what that reaches: models, data, connections.

    Of a deployment, the agents that call it are linked too.
    """
    key = row["record_key"]
    steps = json_text.load(row["stands_on_json"]) or []
    return [
        (key, str(row["subject_kind"]), row["qualified_name"], row["record_rule"]),
        *((key, step["kind"], step["qualified_name"], step["rule"]) for step in steps),
        *((key, "agent", caller, "calls it") for caller in json_text.load(row["called_by_json"]) or []),
        (key, "use_case", row["use_case"], row["use_case_from"] or ""),
    ]


def links_of(evidence: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """record -> model, version, run, experiment, dataset, use case: what those of it that can be called depend on."""
    current = evidence[evidence["state"].isin(GOVERNED_STATES) & evidence["record_key"].isin(records["key"])]
    links: list[tuple[str, str, str | None, str]] = []
    for row in rows_of(current):
        key = row["record_key"]
        if row["subject_kind"] != SubjectKind.VERSION:
            links += _of_dependent(row)
            continue
        links.append((key, "model", row["model"], row["record_rule"]))
        links.append((key, "model_version", row["qualified_name"], row["state_signal"]))
        for kind in ("deployment", "endpoint"):
            served = json_text.load(row[f"{kind}s_json"]) or []
            links += [(key, kind, name, "deployment's model id") for name in served]
        links.append((key, "run", row["run"] if row["run_state"] in ("active", "deleted") else None, row["run_rule"]))
        links.append((key, "experiment", row["experiment"], "run's experiment id"))
        datasets = json_text.load(row["training_datasets_json"]) or []
        links += [(key, "dataset", dataset, row["training_dataset_rule"]) for dataset in datasets]
        links.append((key, "use_case", row["use_case"], row["use_case_from"] or ""))
    table = pd.DataFrame(links, columns=LINKS.names).dropna(subset="qualified_name")
    return table.drop_duplicates(["record_key", "kind", "qualified_name"]).sort_values(
        ["record_key", "kind", "qualified_name"], ignore_index=True
    )
