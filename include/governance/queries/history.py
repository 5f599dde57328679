"""Which version was in which lifecycle state, since when, by which signal; and how certain that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ..model.vocabularies import LifecycleState, SubjectKind
from ..staging.lifecycle import MOVED
from ..workspace import Workspace
from .records import record_key
from .suggestions import unknown_record

SEEN, STATED, BETWEEN, ASSUMED = (
    "seen",
    "by the source's own date",
    "it changed between two syncs around that day",
    "as last seen",
)


@dataclass(frozen=True)
class Interval:
    """One version in one state. Times are UTC.

    Attributes:
        after: When a sync last saw the former state: it changed between then and `seen_at`.
        stated_at: The source's own date of the change.
        until: When a sync saw the next state.
        until_after: When a sync last saw this state before that.
        last_seen: When the state was last confirmed; only of a state that is current.
    """

    subject: str
    label: str
    state: str
    from_state: str | None
    signal: str
    signal_from: str | None
    after: datetime | None
    seen_at: datetime
    stated_at: datetime | None
    until: datetime | None
    until_after: datetime | None
    last_seen: datetime | None

    @property
    def since(self) -> datetime:
        """The source's own date where it is earlier than our first sight of it."""
        return min(self.stated_at or self.seen_at, self.seen_at)


def history(workspace: Workspace, asked: str, on: date | None = None) -> dict[str, Any]:
    """The record's history: `versions` and `record_states` (intervals), `known_since`, and `on` for a day (UTC).

    Args:
        asked: The record's key, a former key, its qualified name, or its name where only one record has it.

    Raises:
        ConfigurationError: Nothing is known of that record; with keys that look like it.
    """
    renamed = workspace.config.register.renamed()
    current = record_key(workspace, asked)
    lifecycle = workspace.lifecycle_history
    keys = [current, *(former for former, to in renamed.items() if to == current)]
    changes, states = lifecycle.of_record(keys)
    changes = [change for change in changes if change["to_state"] != MOVED or change["record_key"] in keys]
    if not changes:
        raise unknown_record(asked, lifecycle.keys())
    intervals = list(_intervals(changes, states))
    kinds = {row["subject"]: row["subject_kind"] for row in changes}
    versions = [interval for interval in intervals if kinds[interval.subject] == SubjectKind.VERSION]
    records = [interval for interval in intervals if kinds[interval.subject] == SubjectKind.RECORD]
    known_since = min(interval.seen_at for interval in intervals)
    return {
        "record": current,
        "known_since": known_since,
        "first_sync": lifecycle.first_seen(),
        "versions": [asdict(interval) for interval in versions],
        "record_states": [asdict(interval) for interval in records],
        "on": _on(versions, on, known_since) if on else None,
    }


def _intervals(changes: Sequence[dict[str, Any]], states: Sequence[dict[str, Any]]) -> Iterator[Interval]:
    last_seen = {row["subject"]: row["last_seen"] for row in states}
    current_names = {(row["subject_kind"], row["label"]): row["subject"] for row in states}
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        subject = change["subject"]
        if subject not in last_seen:  # its source was renamed, and so was the subject
            subject = current_names.get((change["subject_kind"], change["label"]), subject)
        by_subject.setdefault(subject, []).append(change)
    for subject, own in by_subject.items():
        for change, following in zip(own, [*own[1:], None], strict=True):
            yield Interval(
                subject=subject,
                label=change["label"],
                state=change["to_state"],
                **{name: change[name] for name in ("from_state", "signal", "signal_from", "after", "seen_at")},
                stated_at=change["stated_at"],
                until=following["seen_at"] if following else None,
                until_after=following["after"] if following else None,
                last_seen=None if following else last_seen.get(subject),
            )


def _on(versions: Sequence[Interval], day: date, known_since: datetime) -> dict[str, Any]:
    """The states at any time of that day, UTC."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    current = [(interval, certainty) for interval in versions if (certainty := _certainty(interval, start, end))]
    known = known_since < end or bool(current)
    return {
        "date": day.isoformat(),
        "known": known,
        "sentence": _sentence(current, day, known, known_since),
        "in_production": [interval.label for interval, _ in current if interval.state == LifecycleState.PRODUCTION],
        "versions": [{**asdict(interval), "certainty": certainty} for interval, certainty in current],
    }


def _certainty(interval: Interval, start: datetime, end: datetime) -> str | None:
    """How certain it is that the version was in that state on that day; None where it was not."""
    if interval.until is not None and interval.until <= start:
        return None
    if interval.seen_at < end:
        if interval.until is not None and (interval.until_after or interval.seen_at) < start:
            return BETWEEN
        unconfirmed = interval.until is None and interval.last_seen is not None and interval.last_seen < start
        return ASSUMED if unconfirmed else SEEN
    if interval.since < end:
        return STATED
    return BETWEEN if interval.after is not None and interval.after < end else None


def _sentence(current: Sequence[tuple[Interval, str]], day: date, known: bool, known_since: datetime) -> str:
    if not known:
        return f"Not known before {known_since:%Y-%m-%d %H:%M} UTC, when a sync first saw this record."
    production = [pair for pair in current if pair[0].state == LifecycleState.PRODUCTION]
    if not production:
        return f"On {day}, no version of it was in production, as far as syncs saw."
    certain = [
        f"{interval.label} by {interval.signal or 'a signal'}{_doubt(certainty)}"
        for interval, certainty in production
        if certainty != BETWEEN
    ]
    possible = [
        f"{interval.label} ({_between(interval, day)})" for interval, certainty in production if certainty == BETWEEN
    ]
    certainly = f"in production: {'; '.join(certain)}" if certain else "no version was certainly in production"
    return f"On {day}, {certainly}." + (f" Perhaps: {'; '.join(possible)}." if possible else "")


def _doubt(certainty: str) -> str:
    return "" if certainty == SEEN else f" ({certainty})"


def _between(interval: Interval, day: date) -> str:
    """When the state began, or else ended, as narrowly as syncs know it."""
    began = interval.seen_at.date() > day
    before, after = (
        (interval.after, interval.seen_at) if began else (interval.until_after or interval.seen_at, interval.until)
    )
    return f"it {'began' if began else 'ended'} between {before:%Y-%m-%d %H:%M} and {after:%Y-%m-%d %H:%M} UTC"
