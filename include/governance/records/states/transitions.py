"""Changes of lifecycle state: of every version, agent and record, into and out of any state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from ...model.rows import Row
from ...model.tables import STATES, TRANSITIONS
from ...model.vocabularies import GOVERNED_STATES, LifecycleState
from ...staging.lifecycle import GONE, MOVED, LifecycleChanges
from ...staging.rows import rows as rows_of
from ...staging.rows import timestamps
from .ended_signals import EndedSignals

_STATE_WORDS = {LifecycleState.PRODUCTION: "in production", LifecycleState.UNPUBLISHED: "unpublished"}
_NOT_LISTED = "its source does not list it any more"


def lifecycle_changes(
    evidence: pd.DataFrame,
    records: pd.DataFrame,
    promotions: pd.DataFrame,
    known: pd.DataFrame,
    ended: EndedSignals,
    now: datetime,
) -> LifecycleChanges:
    """What changed since the last sync.

    A state is left only where the listings that would show it were read completely, or where a further state is seen.
    What is not listed any more is gone, under the same condition.

    Args:
        known: the states after the last sync (columns of STATES; may be empty), under the keys that records have now.
    """
    before, versions = {row["subject"]: row for row in rows_of(known)}, list(_versions(evidence))
    found = {row["subject"]: row for row in [*versions, *_records(records, promotions)]}
    compared = _Compared(ended, now, versions)
    renamed = compared.renamed(before, found)
    for subject, row in found.items():
        compared.seen(row, before.get(subject), renamed.get(subject))
    for subject, row in before.items():
        if subject not in found:
            compared.not_seen(row, subject in {former["subject"] for former in renamed.values()})
    return LifecycleChanges(_frame(compared.changes, TRANSITIONS), _frame(compared.states, STATES))


class _Compared:
    def __init__(self, ended: EndedSignals, now: datetime, versions: Iterable[Row]) -> None:
        self._ended, self._now = ended, now
        self._confirmed = {(row["record_key"], row["state"]) for row in versions if self._is_confirmed(row)}
        self.changes: list[Row] = []
        self.states: list[Row] = []

    def renamed(self, before: dict[str, Row], found: dict[str, Row]) -> dict[str, Row]:
        """New subject -> what it was before its source or its record got another name.

        A version is the same where record and label are, and nothing that was read lists the old name any more.
        """
        lost = {
            _lasting(row): row
            for subject, row in before.items()
            if subject not in found and row["state"] != GONE
            if row["subject_kind"] == "record" or not self._ended.is_listed(subject)
        }
        fresh = {subject: _lasting(row) for subject, row in found.items() if subject not in before}
        return {subject: lost[key] for subject, key in fresh.items() if key in lost}

    def seen(self, row: Row, before: Row | None, former: Row | None) -> None:
        known = before or former
        if before is not None and before["record_key"] != row["record_key"]:
            self._move(row, before)
        if known is not None and known["state"] != row["state"] and not self._may_leave(row, known):
            self.states.append({**known, **_record_and_label(row)})
            return
        last_seen = self._now if known is None or self._is_sure(row) else known["last_seen"]
        if known is None or known["state"] != row["state"]:
            self._change(row, known)
        since = known["since"] if known is not None and known["state"] == row["state"] else self._now
        self.states.append({**row, "since": since, "last_seen": last_seen})

    def not_seen(self, known: Row, is_renamed: bool) -> None:
        if is_renamed:
            return  # it goes on under its new name
        is_version = known["subject_kind"] == "version"
        if known["state"] != GONE and is_version and self._ended.has_ended(known["subject"], known["signal_from"]):
            gone = {**known, "state": GONE, "signal": _NOT_LISTED, "signal_from": None, "stated_at": None}
            self._change(gone, known)
            known = {**gone, "since": self._now, "last_seen": self._now}
        self.states.append(known)

    def _move(self, row: Row, before: Row) -> None:
        """It belongs to another record now: records were joined or split. Both keep their histories."""
        signal = {"signal_from": None, "stated_at": None}
        self._change({**before, **signal, "state": MOVED, "signal": f"now of record {row['record_key']}"}, before)
        came = {
            **before,
            **_record_and_label(row),
            **signal,
            "signal": f"{before['signal']}; before of record {before['record_key']}",
        }
        self._change(came, before)

    def _may_leave(self, row: Row, known: Row) -> bool:
        """A further state is seen for itself; to fall back takes that the former signal is surely over."""
        return LifecycleState.rank(row["state"]) < LifecycleState.rank(known["state"]) or self._is_over(row, known)

    def _is_over(self, row: Row, known: Row) -> bool:
        return row["subject_kind"] == "record" or self._ended.has_ended(row["subject"], known["signal_from"])

    def _is_sure(self, row: Row) -> bool:
        """Whether this sync has seen the state: that of a record on one of its versions."""
        if row["subject_kind"] == "record" and row["state"] in GOVERNED_STATES:
            return (row["record_key"], row["state"]) in self._confirmed
        return row["subject_kind"] == "record" or self._is_confirmed(row)

    def _is_confirmed(self, version: Row) -> bool:
        return self._ended.has_ended(version["subject"], version["signal_from"])

    def _change(self, row: Row, known: Row | None) -> None:
        self.changes.append(
            {
                **_record_and_label(row),
                "subject": row["subject"],
                "subject_kind": row["subject_kind"],
                "from_state": known["state"] if known else None,
                "to_state": row["state"],
                "signal": row["signal"],
                "signal_from": row["signal_from"],
                "after": known["last_seen"] if known else None,
                "seen_at": self._now,
                "stated_at": row["stated_at"],
            }
        )


def _versions(evidence: pd.DataFrame) -> Iterator[Row]:
    for row in rows_of(evidence[["qualified_name", "record_key", "label", *_SIGNAL]]):
        yield {
            "subject": row["qualified_name"],
            "subject_kind": "version",
            "record_key": row["record_key"],
            "label": row["label"] or row["qualified_name"],
            "state": row["state"],
            "signal": row["state_signal"],
            "signal_from": row["state_from"],
            "stated_at": row["state_stated_at"],
        }


_SIGNAL = ("state", "state_signal", "state_from", "state_stated_at")


def _records(records: pd.DataFrame, promotions: pd.DataFrame) -> Iterator[Row]:
    """A record is in a governed state as long as one of its promotions stands, also one that could not be read."""
    current = promotions[promotions["until"].isna()]
    labels = current.groupby(["record_key", "state"])["version_label"].agg(lambda column: ", ".join(sorted(column)))
    by_state = labels.to_dict()
    for row in rows_of(records[["qualified_name", "key", "name", "state"]]):
        state = next((state for state in GOVERNED_STATES if (row["key"], state) in by_state), None)
        yield {
            "subject": row["qualified_name"],
            "subject_kind": "record",
            "record_key": row["key"],
            "label": row["name"],
            "state": str(state) if state else row["state"],
            "signal": f"{_STATE_WORDS[state]}: {by_state[row['key'], state]}"
            if state
            else "no version of it is in production",
            "signal_from": None,
            "stated_at": None,
        }


def _lasting(row: Row) -> tuple[str, str]:
    """What stays the same when a source is renamed."""
    return row["record_key"], "" if row["subject_kind"] == "record" else row["label"]


def _record_and_label(row: Row) -> Row:
    return {"record_key": row["record_key"], "label": row["label"]}


def _frame(rows: list[Row], schema: Any) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=schema.names)
    for field in schema:
        if str(field.type).startswith("timestamp"):
            frame[field.name] = timestamps(frame[field.name])
    return frame.sort_values(["subject"], ignore_index=True)
