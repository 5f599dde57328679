"""Promotions: which version stood in production for which record, since when, until when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import pandas as pd

from ..staged.frames import rows as rows_of
from ..staged.schemas import PROMOTIONS
from ..staged.snapshot import Snapshot
from ..vocabulary import names
from ..vocabulary.kinds import State

_KEY = ["record_key", "version", "state"]
_DECIDING = ("registered_models", "model_versions")


def current_promotions(
    evidence: pd.DataFrame, known: pd.DataFrame, snapshots: Sequence[Snapshot], now: datetime
) -> pd.DataFrame:
    """All promotions, ended ones included, after this sync.

    A new one starts now. One that is no longer seen ends now, but only where the listings that would show it were
    read whole: what could not be read is not over.
    """
    standing = evidence[evidence["in_production"].astype(bool)]
    standing = pd.DataFrame(
        {
            "record_key": standing["record_key"],
            "version": standing["qualified_name"],
            "state": "production",
            "version_label": standing["label"],
            "signal": standing["state_signal"],
        }
    )
    is_open = known["until"].isna()
    # as objects: pandas cannot join two empty columns of Arrow text
    joined = (
        known[is_open]
        .astype(object)
        .merge(standing.astype(object), on=_KEY, how="outer", suffixes=("_known", ""), indicator=True)
    )
    gone = joined["_merge"] == "left_only"
    for column in ("version_label", "signal"):
        joined[column] = joined[column].where(~gone, joined[f"{column}_known"])
    stamp = pd.Timestamp(now).tz_convert("UTC").as_unit("ms")
    joined["since"] = _as_time(joined["since"]).fillna(stamp)
    is_decided = _decided(snapshots)
    decided = pd.Series([is_decided(version) for version in joined["version"]], index=joined.index, dtype=bool)
    joined["until"] = _as_time(pd.Series(pd.NaT, index=joined.index)).where(~(gone & decided), stamp)
    rows = pd.concat([_as_promotions(known[~is_open]), _as_promotions(joined)], ignore_index=True)
    rows["qualified_name"] = [
        names.promotion(row["record_key"], row["version"], row["state"], int(row["since"].timestamp() * 1000))
        for row in rows_of(rows)
    ]
    return rows[PROMOTIONS.names].sort_values(["record_key", "since", "version"], ignore_index=True)


def _decided(snapshots: Sequence[Snapshot]) -> Callable[[str], bool]:
    """Whether the listings that would show a version's state were read whole."""
    whole = tuple(
        names.source(snapshot.document["platform"], snapshot.source) + "/"
        for snapshot in snapshots
        if all(snapshot.collections()[name].state == State.COMPLETE for name in _DECIDING)
    )
    return lambda qualified_name: str(qualified_name).startswith(whole)


def _as_promotions(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reindex(columns=PROMOTIONS.names).assign(
        since=_as_time(frame["since"]), until=_as_time(frame["until"])
    )


def _as_time(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, utc=True).astype("datetime64[ms, UTC]")
