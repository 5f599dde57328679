"""The entities that governance itself adds: records, promotions, use cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pandas as pd

from ...config.register import Register
from ...model import qualified_names
from ...model.promotion_texts import promotion_name, promotion_text
from ...model.rows import Row
from ...model.vocabularies import GOVERNED_STATES, LifecycleState
from ...staging.judgement import Judgement
from ...staging.records import Records
from ...staging.rows import plain, rows
from .attributes import TextLimits, milliseconds, name_of
from .verdicts import classifications_of, record_description, verdict_attributes

_OURS = "governance"
_LINKED = {
    "model": ("models", "ai_model"),
    "model_version": ("versions", "ai_model_version"),
    "run": ("runs", "ai_training_run"),
    "experiment": ("experiments", "ai_experiment"),
    "dataset": ("datasets", "ai_dataset"),
    "base_model": ("base_models", "ai_base_model"),
    "deployment": ("deployments", "ai_deployment"),
    "endpoint": ("endpoints", "ai_endpoint"),
    "agent": ("agents", "ai_agent"),
    "agent_version": ("agent_versions", "ai_agent_version"),
    "connection": ("connections", "ai_connection"),
}
_DEPENDENTS = ("stands_on", "runs_as", "content_policy", "upgrade_option", "called_by")
_PRODUCTION = LifecycleState.PRODUCTION
_PROMOTED = ("ai_model_version", "ai_agent", "ai_base_model")


def governed_rows(
    records: Records,
    judgement: Judgement,
    register: Register,
    cut: TextLimits,
    promotions: Mapping[str, Row] = MappingProxyType({}),
) -> Iterator[Row]:
    """Use cases, records and promotions. A promotion of a record that could not be read stays as last published."""
    verdicts = {row["subject"]: row for row in rows(judgement.verdicts)}
    yield from _use_cases(register, cut)
    yield from _records(records, judgement, verdicts, register, cut)
    yield from _promotions(records, verdicts, promotions)


def _use_cases(register: Register, cut: TextLimits) -> Iterator[Row]:
    for case in register.use_cases:
        yield {
            "type_name": "ai_use_case",
            "qualified_name": qualified_names.use_case(case.id),
            "source": _OURS,
            "name": name_of(case.name or case.id),
            "attributes": {
                "description": cut.text(case.description or None),
                "owner": case.owner or None,
                "use_case_id": case.id,
                "approval": "approved" if case.approved_on else "proposed",
                "approved_by": case.approved_by or None,
                "approved_on": str(case.approved_on) if case.approved_on else None,
                "expires": str(case.expires) if case.expires else None,
                "risk_tier": case.risk_tier or None,
            },
        }


def _records(
    records: Records, judgement: Judgement, verdicts: dict[str, Row], register: Register, cut: TextLimits
) -> Iterator[Row]:
    links = dict(tuple(records.links.groupby("record_key")))
    findings = dict(tuple(judgement.findings.groupby("record_key")))
    current = plain(records.evidence[records.evidence["state"].isin(GOVERNED_STATES)])
    evidence = dict(tuple(current.groupby("record_key")))
    registered = {case.id for case in register.use_cases}
    for row in rows(records.records):
        verdict, owner = verdicts.get(row["qualified_name"]), row["owner_name"] or row["owner_stated"]
        versions = evidence.get(row["key"], current.iloc[:0])
        yield {
            "type_name": "ai_governed_model",
            "qualified_name": row["qualified_name"],
            "source": _OURS,
            "name": name_of(row["name"]),
            "attributes": {
                "description": cut.text(record_description(verdict, owner, row["description"])),
                "owner": owner,
                "record_key": row["key"],
                "lifecycle_state": row["state"],
                "state_since": milliseconds(row["state_since"]),
                "suspected_duplicates": cut.text(row["suspected_duplicates"]),
                "contradictions": cut.text(row["contradictions"]),
                "production_versions": cut.text(row["production_versions"]),
                "training_data": cut.text(_together(versions["training_dataset_names"]) or "unknown"),
                "use_case_id": row["use_case"],
                "use_case_approval": _together(versions["use_case_state"]) or None,
                "risk_tier": row["risk_tier"],
                "sources": row["sources"],
                **_of_dependents(versions),
                **verdict_attributes(verdict, findings.get(row["key"]), cut),
            },
            "references": _references(links.get(row["key"]), registered),
            "classifications": classifications_of(verdict),
        }


def _of_dependents(versions: pd.DataFrame) -> Row:
    """What agents and deployments of providers' models stand on and run as."""
    shown = {name: _together(versions[name]) or None for name in _DEPENDENTS}
    capacities = versions[["sku", "capacity"]].dropna(subset="capacity")
    pairs = zip(capacities["sku"], capacities["capacity"], strict=True)
    return {**shown, "capacity": ", ".join(sorted(f"{count:.0f} {sku or ''}".strip() for sku, count in pairs)) or None}


def _references(links: pd.DataFrame | None, use_cases: set[str]) -> Row:
    found: Row = {}
    if links is None:
        return found
    for link in rows(links):
        if link["kind"] in _LINKED:
            attribute, type_name = _LINKED[link["kind"]]
            found.setdefault(attribute, []).append([type_name, link["qualified_name"]])
        elif link["kind"] == "use_case" and link["qualified_name"] in use_cases:
            found.setdefault("use_case", [["ai_use_case", qualified_names.use_case(link["qualified_name"])]])
    return found


def _promotions(records: Records, verdicts: dict[str, Row], published: Mapping[str, Row]) -> Iterator[Row]:
    """An ended promotion stays with the verdict and the waivers it had: the record's history is in the catalog.

    So does one that is only still open because what would end it could not be read: its version stands elsewhere now.
    """
    known = set(records.records["key"])
    columns = (records.evidence["qualified_name"], records.evidence["state"], records.evidence["in_production"])
    standing = {(name, state) for name, state, is_used in zip(*columns, strict=True) if is_used or state != _PRODUCTION}
    for row in rows(records.promotions):
        if row["record_key"] not in known:
            continue
        judged, before = verdicts.get(row["version"]), published.get(row["qualified_name"], {})
        stands_elsewhere = (row["version"], row["state"]) not in standing
        if row["until"] is not None or judged is None or (stands_elsewhere and before):
            verdict, waived = before.get("verdict"), before.get("waived_rules")
        else:
            verdict, waived = judged["verdict"], judged["waived"] or None
        record = ["ai_governed_model", qualified_names.record(row["record_key"])]
        yield {
            "type_name": "ai_promotion",
            "qualified_name": row["qualified_name"],
            "source": _OURS,
            "name": name_of(promotion_name(row["version_label"], row["state"], row["until"] is None)),
            "attributes": {
                "description": promotion_text(row["version_label"], row["state"], row["signal"], row["since"]),
                "state": row["state"],
                "signal": row["signal"],
                "since": milliseconds(row["since"]),
                "until": milliseconds(row["until"]),
                "verdict": verdict,
                "waived_rules": waived,
            },
            "references": {
                "inputs": [*_promoted(row["version"])],
                "outputs": [record],
                "governed_model": [record],
            },
        }


def _promoted(version: str) -> Iterator[list[str]]:
    """What a promotion starts from in the catalog's lineage; of a deployment, which is a process, its endpoint."""
    yield from ([type_name, version] for type_name in _PROMOTED)
    if endpoint := qualified_names.endpoint_of_deployment(version):
        yield ["ai_endpoint", endpoint]


def _together(column: pd.Series) -> str:
    return ", ".join(sorted({value for value in column if value}))
