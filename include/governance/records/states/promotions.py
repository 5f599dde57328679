"""Promotions: which version stood in a governed state for which record, since when, until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from ...model import qualified_names
from ...model.tables import PROMOTIONS
from ...model.timestamps import to_millis
from ...model.vocabularies import GOVERNED_STATES
from ...staging.rows import rows as rows_of
from ...staging.rows import timestamps
from .ended_signals import EndedSignals

_KEY = ["record_key", "version", "state"]
_DISPLAYED = ("version_label", "signal", "signal_from", "version_created_at")
_GONE, _SIGNAL = "gone", "signal"  # how a promotion ended


def current_promotions(evidence: pd.DataFrame, known: pd.DataFrame, ended: EndedSignals, now: datetime) -> pd.DataFrame:
    """All promotions, ended ones included, after this sync.

    A new one starts now; one that only came from another record, or whose source was renamed, continues. One that is no
    longer seen ends now, but only where the listings that would show it were read completely. One that ended because
    its source did not list the version, and does so again, never ended.
    """
    stamp = pd.Timestamp(now).tz_convert("UTC").as_unit("ms")
    is_open = known["until"].isna()
    # as objects: pandas cannot join two empty columns of Arrow text
    joined = (
        known[is_open]
        .astype(object)
        .merge(_governed(evidence).astype(object), on=_KEY, how="outer", suffixes=("_known", ""), indicator=True)
    )
    gone = joined["_merge"] == "left_only"
    for column in _DISPLAYED:
        joined[column] = joined[column].where(~gone, joined[f"{column}_known"])
    former = _continued(joined, ended)
    inherited = pd.Series(
        {index: joined.at[other, "since"] for index, other in former.items()} | _resumed(joined, known[~is_open]),
        dtype=object,
    )
    joined["since"] = timestamps(joined["since"].fillna(inherited)).fillna(stamp)
    over = gone & _is_over(joined, gone, set(former.values()), ended)
    joined["until"] = timestamps(pd.Series(pd.NaT, index=joined.index)).where(~over, stamp)
    is_listed = joined["version"].isin(set(evidence["qualified_name"]))
    joined["ended_by"] = pd.Series(_GONE, index=joined.index, dtype=object).where(~is_listed, _SIGNAL).where(over, None)
    rows = pd.concat([_as_promotions(known[~is_open]), _as_promotions(joined)], ignore_index=True)
    rows["qualified_name"] = [
        qualified_names.promotion(row["record_key"], row["version"], row["state"], to_millis(row["since"]))
        for row in rows_of(rows)
    ]
    # one that ended here and came back from another record is the same promotion
    promotions: pd.DataFrame = rows.drop_duplicates("qualified_name", keep="last")[PROMOTIONS.names]
    return promotions.sort_values(["record_key", "since", "version"], ignore_index=True)


def _governed(evidence: pd.DataFrame) -> pd.DataFrame:
    """What can be called now: in production, or an agent that is not published."""
    rows = evidence[evidence["state"].isin(GOVERNED_STATES)]
    return pd.DataFrame(
        {
            "record_key": rows["record_key"],
            "version": rows["qualified_name"],
            "state": rows["state"],
            "version_label": rows["label"],
            "signal": rows["state_signal"],
            "signal_from": rows["state_from"],
            "version_created_at": rows["created_at"],
        }
    )


def _is_over(joined: pd.DataFrame, gone: pd.Series, moved: set[int], ended: EndedSignals) -> pd.Series:
    """Whether those that are gone have ended: moved to another record, or absent from completely read listings."""
    asked = rows_of(joined.loc[gone, ["version", "signal_from"]])
    answers = [ended.has_ended(row["version"], row["signal_from"]) for row in asked]
    over = pd.Series(answers, index=joined.index[gone], dtype=bool)
    return over.reindex(joined.index, fill_value=False) | joined.index.isin(moved)


def _continued(joined: pd.DataFrame, ended: EndedSignals) -> dict[int, int]:
    """Index of a new promotion -> index of the one that it continues.

    Records were joined or split: the same version belongs to another record. Or its source was renamed: the same record
    has a version of that label under another name, and nothing that was read lists the old name any more.
    """
    rows = list(enumerate(rows_of(joined[[*_KEY, "version_label", "_merge"]])))
    gone = [(index, row) for index, row in rows if row["_merge"] == "left_only"]
    by_version = {(row["version"], row["state"]): index for index, row in gone}
    by_label = {
        (row["record_key"], row["version_label"], row["state"]): index
        for index, row in gone
        if not ended.is_listed(row["version"])
    }
    continued = {}
    for index, row in rows:
        same_version = by_version.get((row["version"], row["state"]))
        same_label = by_label.get((row["record_key"], row["version_label"], row["state"]))
        former = same_label if same_version is None else same_version
        if row["_merge"] == "right_only" and former is not None:
            continued[index] = former
    return continued


def _resumed(joined: pd.DataFrame, ended: pd.DataFrame) -> dict[int, Any]:
    """Index of a new promotion -> since when it stood before its source did not list the version for a while."""
    gone = {
        (row["record_key"], row["version"], row["state"], row["version_created_at"]): row["since"]
        for row in sorted(rows_of(ended[ended["ended_by"] == _GONE]), key=lambda row: row["until"])
        if row["version_created_at"] is not None
    }
    return {
        index: gone[key]
        for index, row in enumerate(rows_of(joined[[*_KEY, "version_created_at", "_merge"]]))
        if row["_merge"] == "right_only"
        and (key := (row["record_key"], row["version"], row["state"], row["version_created_at"])) in gone
    }


def _as_promotions(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reindex(columns=PROMOTIONS.names).assign(
        since=timestamps(frame["since"]),
        until=timestamps(frame["until"]),
        version_created_at=timestamps(frame["version_created_at"]),
    )
