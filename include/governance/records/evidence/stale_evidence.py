"""Evidence of the last sync: it is kept where a listing that would show the asset could not be read completely."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from ...estate import Coverage
from ...model.rows import Row
from ...model.vocabularies import LifecycleState
from ...staging.rows import rows as rows_of
from ..identity import SUBJECTS
from ..states.ended_signals import EndedSignals

# The state, and what follows from it
_STATE = ("state", "state_signal", "state_from", "state_stated_at", "in_production")
_OF_STATE = ("traffic_conflict", "missing_policies")
# What an agent or a deployment depends on, and what calls it: as a whole, or as it was
_OF_UPSTREAM = (
    "paths",
    "stands_on",
    "stands_on_json",
    "missing_deployment",
    "model_elsewhere",
    "called_by",
    "called_by_json",
)
_UNKNOWN = (None, "not_read")
_OF_RUN = (
    *("run", "run_id", "run_rule", "run_state", "run_was_read"),
    *("experiment", "experiment_name", "experiment_state"),
    *("training_datasets_json", "training_dataset_names", "training_dataset_rule", "training_dataset_count"),
    *("other_dataset_count", "unresolved_datasets", "metric_count", "fingerprint", "signature"),
)
_STATED = ("description", "intended_use")
# By the column that names its origin, what a tag may declare
_DECLARED_BY_TAG = {
    "owner_from": ("owner_stated", "owner_from", "owner_other", "owner", "owner_name"),
    "use_case_from": ("use_case", "use_case_from", "use_case_other", "use_case_name", "use_case_state"),
    "risk_tier_from": ("risk_tier", "risk_tier_from", "risk_tier_other", "missing_policies"),
}
_DECLARED = ("register", "governance.")  # how the rule of a key that a person asked for begins, or what it holds


class StaleEvidence:
    """What the last sync resolved, asked about what this one has read.

    before: its evidence (columns of EVIDENCE), or None. sources: names of all that are configured.
    """

    def __init__(
        self,
        before: pd.DataFrame | None,
        coverage: Coverage,
        ended: EndedSignals,
        now: datetime,
        sources: Iterable[str] = (),
    ) -> None:
        self._sources = {*sources, *coverage.sources}
        rows = rows_of(before) if before is not None else []
        self._before = {row["qualified_name"]: row for row in rows}
        self._coverage, self._ended, self._now = coverage, ended, now

    def missing(self, seen: set[str]) -> list[Row]:
        """Rows that were not read this time although they may still be there.

        Not those of a source that is configured no more, nor those that patterns leave out: that is a person's choice.
        """
        return [
            row
            for name, row in sorted(self._before.items())
            if name not in seen and row["source"] in self._sources and self._may_be_there(name)
        ]

    def _may_be_there(self, name: str) -> bool:
        return not self._coverage.was_excluded(name) and not self._ended.has_ended(name)

    def subjects(self, rows: Sequence[Row]) -> Iterator[Row]:
        """The columns SUBJECTS of rows of `missing`."""
        for row in rows:
            rule = str(row["record_rule"] or "")
            declared = rule.startswith(_DECLARED[0]) or _DECLARED[1] in rule
            yield {
                **{name: row.get(name) for name in SUBJECTS},
                "kind": row["subject_kind"],
                "container": row["container"] or row["source"],
                "parent_model": row["model"] or row["qualified_name"],
                "parent_name": row["model_name"],
                "number": row["version"],
                "claim_key": row["record_key"] if declared else None,
                "claim_rule": rule if declared else None,
                "claim_level": "model" if declared else None,
                "is_stale": True,
            }

    def carried(self, row: Row, identity: Mapping[str, Any]) -> Row:
        """The row as it was, in the record that it belongs to now, with its age."""
        why = self._coverage.why_incomplete(row["qualified_name"]) or "its listing was not read whole"
        return {
            **row,
            **{name: identity[name] for name in ("record_key", "contradiction")},
            "record_rule": row["record_rule"],
            "unread_reason": f"not read since {_day(row['last_read'])}: {why}",
        }

    def known(self, row: Row) -> Row:
        """The row with what was known of it before in place of what could not be read now.

        What was wholly known stays as it was: by a failure it becomes neither better nor worse.
        """
        before = self._before.get(row["qualified_name"])
        if before is None or not row["incomplete_reason"] or before["incomplete_reason"]:
            return row
        if row["run"] is not None and row["run"] != before["run"]:
            return row  # it is another run: nothing is known of that
        is_run_lost = (row["run"] is None or row["run_state"] in _UNKNOWN) and before["run_state"] not in _UNKNOWN
        lost = list(_OF_RUN) if is_run_lost else [name for name in _OF_RUN if row[name] in _UNKNOWN]
        lost += [name for name in _STATED if row[name] is None]
        for origin, columns in _DECLARED_BY_TAG.items():
            is_lost = row[origin] is None and str(before[origin] or "").endswith("tag")
            lost += columns if is_lost else ()
        lost += ("run_rule", *_OF_UPSTREAM)  # of the same run, a listing may tell less than another has told
        return {
            **row,
            **{name: before.get(name) for name in lost},  # a table of an earlier release lacks columns
            "incomplete_reason": None,
            "unread_reason": f"as read on {_day(before['last_read'])}: {row['incomplete_reason']}",
            "last_read": before["last_read"] or self._now,
        }

    def held(self, row: Row) -> Row:
        """The row with the further state that it had, where it cannot be known whether that is over."""
        before = self._before.get(row["qualified_name"])
        if before is None or LifecycleState.rank(before["state"]) >= LifecycleState.rank(row["state"]):
            return row
        if before["state_from"] is None or self._ended.has_ended(row["qualified_name"], before["state_from"]):
            return row
        why = f"its state is that of {_day(before['last_read'])}: the endpoints were not read whole"
        reasons = [reason for reason in (row["unread_reason"], why) if reason]
        return {
            **row,
            **{name: before.get(name) for name in (*_STATE, *_OF_STATE)},
            "unread_reason": "; ".join(reasons),
            "last_read": before["last_read"] or self._now,
        }


def _day(when: Any) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC" if when is not None else "an earlier sync"
