"""Which version stood in which lifecycle state, since when, by which signal; and how far that is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ..config import Configuration
from ..staging.lifecycle import MOVED
from ..state.database import open_database
from ..state.lifecycle import LifecycleHistory
from .suggestions import unknown_record

SEEN, STATED, BETWEEN, ASSUMED = (
    "seen",
    "by the source's own date",
    "it changed between two syncs around that day",
    "as last seen",
)


@dataclass(frozen=True)
class Interval:
    """One version standing in one state. Times are UTC.

    after: when a sync last saw the former state; it changed between then and `seen_at`. stated_at: the source's own
    date of the change. until: when a sync saw the next state; until_after: when one last saw this state before that.
    last_seen: when it was last confirmed, of a state that still stands.
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


def history(config: Configuration, key: str, on: date | None = None) -> dict[str, Any]:
    """The record's history: `versions` and `record_states` (intervals), `known_since`, `on` where a day is asked.

    Raises ConfigurationError, with the keys that look like it, where nothing is known of that record.
    """
    renamed = config.register.renamed()
    now = renamed.get(key, key)
    kept = LifecycleHistory(open_database(config.database))
    keys = [now, *(former for former, to in renamed.items() if to == now)]
    changes, states = kept.of_record(keys)
    changes = [change for change in changes if change["to_state"] != MOVED or change["record_key"] in keys]
    if not changes:
        raise unknown_record(key, kept.keys())
    intervals = list(_intervals(changes, states))
    kinds = {row["subject"]: row["subject_kind"] for row in changes}
    versions = [one for one in intervals if kinds[one.subject] == "version"]
    known_since = min(one.seen_at for one in intervals)
    return {
        "record": now,
        "known_since": known_since,
        "first_sync": kept.first_seen(),
        "versions": [asdict(one) for one in versions],
        "record_states": [asdict(one) for one in intervals if kinds[one.subject] == "record"],
        "on": _on(versions, on, known_since) if on else None,
    }


def _intervals(changes: Sequence[dict[str, Any]], states: Sequence[dict[str, Any]]) -> Iterator[Interval]:
    last_seen = {row["subject"]: row["last_seen"] for row in states}
    now_called = {(row["subject_kind"], row["label"]): row["subject"] for row in states}
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        subject = change["subject"]
        if subject not in last_seen:  # its source was renamed: it goes on under another name
            subject = now_called.get((change["subject_kind"], change["label"]), subject)
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
    """What stood at any time of that day, UTC."""
    start = datetime.combine(day, time(), UTC)
    end = start + timedelta(days=1)
    standing = [(one, certainty) for one in versions if (certainty := _certainty(one, start, end))]
    known = known_since < end or bool(standing)
    return {
        "date": day.isoformat(),
        "known": known,
        "sentence": _sentence(standing, day, known, known_since),
        "in_production": [one.label for one, _ in standing if one.state == "production"],
        "versions": [{**asdict(one), "certainty": certainty} for one, certainty in standing],
    }


def _certainty(one: Interval, start: datetime, end: datetime) -> str | None:
    """How surely the version stood in that state on that day; None where it did not."""
    if one.until is not None and one.until <= start:
        return None
    if one.seen_at < end:
        if one.until is not None and (one.until_after or one.seen_at) < start:
            return BETWEEN
        return ASSUMED if one.until is None and one.last_seen is not None and one.last_seen < start else SEEN
    if one.since < end:
        return STATED
    return BETWEEN if one.after is not None and one.after < end else None


def _sentence(standing: Sequence[tuple[Interval, str]], day: date, known: bool, known_since: datetime) -> str:
    if not known:
        return f"Not known before {known_since:%Y-%m-%d %H:%M} UTC, when a sync first saw this record."
    production = [(one, certainty) for one, certainty in standing if one.state == "production"]
    sure = [f"{one.label} by {one.signal or 'a signal'}{_doubt(c)}" for one, c in production if c != BETWEEN]
    maybe = [f"{one.label} ({_between(one, day)})" for one, certainty in production if certainty == BETWEEN]
    if not production:
        return f"On {day}, no version of it was in production, as far as syncs saw."
    said = f"On {day}, in production: {'; '.join(sure)}." if sure else f"On {day}, no version was surely in production."
    return said + (f" Perhaps: {'; '.join(maybe)}." if maybe else "")


def _doubt(certainty: str) -> str:
    return "" if certainty == SEEN else f" ({certainty})"


def _between(one: Interval, day: date) -> str:
    before, after = (
        (one.after, one.seen_at) if one.seen_at.date() > day else (one.until_after or one.seen_at, one.until)
    )
    word = "it came" if one.seen_at.date() > day else "it went"
    return f"{word} between {before:%Y-%m-%d %H:%M} and {after:%Y-%m-%d %H:%M} UTC"
