"""Units: what is joined. All versions of one registered model are one unit, but those that a person keeps separate."""

from __future__ import annotations

import pandas as pd

from ...model import qualified_names

# One row per version or agent
SUBJECTS = (
    "qualified_name",
    "kind",  # version, agent, deployment
    "source",
    "container",  # qualified name of its workspace, registry or project; of its source for MLflow
    "parent_model",  # qualified name of its registered model; of the agent or deployment itself
    "parent_name",  # what a derived key ends with
    "number",  # its version; None for an agent or a deployment
    "label",
    "created_ms",
    "claim_key",  # the record's key that a person asks for
    "claim_rule",
    "claim_level",  # version, model, endpoint; None without a claim
    "run",  # qualified name
    "imported_run",  # id of the run that an import tool copied its run from, or None
    "copied_from",  # qualified name of a version
    "logged_model_id",
    "source_uri",
    "digest",  # of its artifact, where a tag states one
    "is_stale",  # not read this time: kept from the last sync
)


def with_units(subjects: pd.DataFrame, named: set[str]) -> pd.DataFrame:
    """The subjects with two more columns: `unit` (qualified name) and `derived`, the key that the unit has by itself.

    named: versions that the register names for themselves. A tag on endpoints counts for the whole model where all
    endpoints of it say the same.
    """
    frame = subjects.astype(object).where(subjects.notna(), None)
    at_endpoints = frame["claim_level"] == "endpoint"
    agreed = frame[at_endpoints].groupby("parent_model")["claim_key"].nunique()
    of_model = at_endpoints & frame["parent_model"].map(agreed).eq(1)
    alone = frame["claim_level"].isin(["version", "endpoint"]) & ~of_model | frame["qualified_name"].isin(named)
    frame["unit"] = frame["parent_model"].where(~alone, frame["qualified_name"])
    frame["derived"] = [
        _derived(*row)
        for row in zip(
            frame["source"],
            frame["parent_model"],
            frame["parent_name"],
            frame["number"],
            alone,
            frame["kind"],
            strict=True,
        )
    ]
    return _with_models_claim(frame)


def _with_models_claim(frame: pd.DataFrame) -> pd.DataFrame:
    """A claim for the whole model counts for each of its versions that is in the model's unit."""
    claims = frame.dropna(subset="claim_key").sort_values("qualified_name").drop_duplicates("unit").set_index("unit")
    for column in ("claim_key", "claim_rule"):
        frame[column] = frame["unit"].map(claims[column])
    return frame


def _derived(source: str, parent_model: str, name: str, number: int | None, alone: bool, kind: str) -> str:
    key = qualified_names.record_key(source, parent_model, name)
    return f"{key}/{int(number)}" if alone and kind == "version" and number is not None and number == number else key
