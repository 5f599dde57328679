"""Columns that versions, agents and deployments of providers' models fill alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.rows import Row
from ...model.vocabularies import SubjectKind
from ..identity import SUBJECTS
from ..states.signals import Signal
from .declarations import Claim


def subject_columns(row: Mapping[str, Any], kind: SubjectKind, claim: Claim, model: str, model_name: str | None) -> Row:
    """The columns of SUBJECTS. model, model_name: of which it is a version; itself where it has none above it."""
    of_itself = "model" if claim.key else None  # only a version has something above it that could claim
    return {
        **{column: row.get(column) for column in SUBJECTS},
        "kind": kind,
        "container": row["container"] or row["source"],
        "parent_model": model,
        "parent_name": model_name,
        "label": row["name"],
        "created_ms": row["created_at"].timestamp() * 1000 if row["created_at"] else None,
        "claim_key": claim.key,
        "claim_rule": claim.rule,
        "claim_level": claim.level if kind == SubjectKind.VERSION else of_itself,
        "is_stale": False,
    }


def identity_columns(identity: Mapping[str, Any]) -> Row:
    """The columns of EVIDENCE on how it came to its record. identity: of `identify`."""
    return {"record_rule": identity["record_rule"], "contradiction": identity["contradiction"]}


def asset_columns(row: Mapping[str, Any], platform: str) -> Row:
    """The columns of EVIDENCE that an asset's own row has, of one that has no model above it."""
    kept = ("qualified_name", "source", "container", "created_at", "archived", "runs_as")
    return {**{column: row[column] for column in kept}, "platform": platform, "model_name": row["name"]}


def state_columns(signal: Signal) -> Row:
    """The columns of EVIDENCE on its lifecycle state."""
    return {
        "state": signal.state,
        "state_signal": signal.words,
        "state_from": signal.asset,
        "state_stated_at": signal.at,
        "in_production": signal.state == "production",
    }
