"""Lifecycle history: the state of every version, agent and record, and every change of it that a sync saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, Table, delete, func, insert, or_, select

from ..model.rows import Row
from ..model.tables import STATES
from ..model.timestamps import from_millis, to_millis
from ..model.vocabularies import SubjectKind
from ..staging.lifecycle import MOVED
from ..staging.rows import rows as rows_of
from ..staging.rows import timestamps_of_millis
from .keys import name_hash
from .merge import merge, stored
from .tables import lifecycle_states, lifecycle_transitions

_SUBJECT = "subject_hash"
_STATE_TIMES = ("since", "last_seen")
_CHANGE_TIMES = ("after", "seen_at", "stated_at")
_MOST_NAMES = 500  # bound parameters of one query


class LifecycleHistory:
    """Current lifecycle states and their changes in one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def states(self) -> pd.DataFrame:
        """The states after the last sync, with the columns of STATES."""
        with self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(select(lifecycle_states)).mappings()]
        return _frame(rows, lifecycle_states, _STATE_TIMES, STATES.names)

    def save(self, transitions: pd.DataFrame, states: pd.DataFrame, run_id: str) -> None:
        """Adds the changes and brings the states up to date, in one transaction. The same changes again add nothing.

        A subject that is not among the states keeps its row, unless it goes on there under another name.
        """
        changes = {
            change["transition_hash"]: change for change in (_change(row, run_id) for row in rows_of(transitions))
        }
        current = {state[_SUBJECT]: state for state in map(_state, rows_of(states))}
        with self._engine.begin() as connection:
            for portion in _portions(list(changes)):
                known = select(lifecycle_transitions.c.transition_hash).where(
                    lifecycle_transitions.c.transition_hash.in_(portion)
                )
                for transition in connection.scalars(known):
                    del changes[transition]
            if changes:
                connection.execute(insert(lifecycle_transitions), list(changes.values()))
            before = stored(connection, lifecycle_states, _SUBJECT)
            fresh = {_lasting(state) for subject, state in current.items() if subject not in before}
            former = [name for name, row in before.items() if name not in current and _lasting(row) in fresh]
            for portion in _portions(former):
                connection.execute(delete(lifecycle_states).where(lifecycle_states.c.subject_hash.in_(portion)))
            merge(connection, lifecycle_states, _SUBJECT, list(current.values()))

    def of_record(self, keys: Sequence[str]) -> tuple[list[Row], list[Row]]:
        """(changes in the order they were seen, current states) of a record, with those of versions that left it.

        Args:
            keys: the record's key, and its former keys.

        Returns:
            Rows with UTC datetimes.
        """
        changes, states = lifecycle_transitions, lifecycle_states
        with self._engine.connect() as connection:
            current = connection.execute(select(states).where(states.c.record_key.in_(keys))).mappings().all()
            subjects = [row["subject_hash"] for row in current]
            changes_by_hash = {
                row["transition_hash"]: dict(row)
                for portion in _portions(subjects) or [[]]
                for row in connection.execute(
                    select(changes).where(or_(changes.c.record_key.in_(keys), changes.c.subject_hash.in_(portion)))
                ).mappings()
            }
        ordered = sorted(changes_by_hash.values(), key=_order)
        return (
            [_timed(row, _CHANGE_TIMES) for row in ordered],
            [
                _timed(dict(row), _STATE_TIMES)
                for row in sorted(current, key=lambda row: (row["label"], row["subject"]))
            ],
        )

    def of_kind(self, kind: SubjectKind) -> list[Row]:
        """subject, record_key and label of all subjects of that kind that have a state."""
        states = lifecycle_states
        query = select(states.c.subject, states.c.record_key, states.c.label).where(states.c.subject_kind == kind)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def keys(self) -> list[str]:
        """All record keys of which anything is known."""
        with self._engine.connect() as connection:
            columns = (lifecycle_states.c.record_key, lifecycle_transitions.c.record_key)
            return sorted({key for column in columns for key in connection.scalars(select(column).distinct())})

    def first_seen(self) -> datetime | None:
        """When the first change was seen: before it nothing is known."""
        with self._engine.connect() as connection:
            first: int | None = connection.scalar(select(func.min(lifecycle_transitions.c.seen_at_ms)))
        return from_millis(first)


def _lasting(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """What stays the same when a source is renamed."""
    return row["record_key"], row["subject_kind"], "" if row["subject_kind"] == SubjectKind.RECORD else row["label"]


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """By time; within one sync, a version leaves one record before it joins another, and changes state last."""
    steps = (row["to_state"] != MOVED, row["from_state"] != row["to_state"])
    return row["seen_at_ms"], row["label"], row["subject"], steps


def _change(row: Mapping[str, Any], run_id: str) -> Row:
    seen_ms = to_millis(row["seen_at"])
    return {
        **{name: row[name] for name in ("subject", "subject_kind", "record_key", "label", "from_state", "to_state")},
        "transition_hash": name_hash(f"{row['subject']} {row['to_state']} {seen_ms}"),
        "subject_hash": name_hash(row["subject"]),
        "signal": row["signal"] or "",
        "signal_from": row["signal_from"],
        **{f"{name}_ms": to_millis(row[name]) for name in _CHANGE_TIMES},
        "run_id": run_id,
    }


def _state(row: Mapping[str, Any]) -> Row:
    return {
        **{name: row[name] for name in ("subject", "subject_kind", "record_key", "label", "state", "signal_from")},
        "subject_hash": name_hash(row["subject"]),
        "signal": row["signal"] or "",
        **{f"{name}_ms": to_millis(row[name]) for name in _STATE_TIMES},
    }


def _frame(rows: list[Row], table: Table, times: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[column.name for column in table.columns])
    for name in times:
        frame[name] = timestamps_of_millis(frame[f"{name}_ms"])
    return frame[list(columns)]


def _timed(row: Mapping[str, Any], times: Sequence[str]) -> Row:
    plain = {name: value for name, value in row.items() if not name.endswith(("_hash", "_ms"))}
    return plain | {name: from_millis(row[f"{name}_ms"]) for name in times}


def _portions(values: Sequence[str]) -> list[list[str]]:
    return [list(values[start : start + _MOST_NAMES]) for start in range(0, len(values), _MOST_NAMES)]
