"""What a sync saw first is said to be first seen; only a source's own date is a date of the change."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from include.governance.queries.explain import _with_stated_dates
from include.governance.queries.terminal import show_explanation, show_history

SEEN, EARLIER, LATER = (datetime(2026, 3, day, 2, tzinfo=UTC) for day in (2, 1, 3))
PROMOTION = {
    "version": "v", "version_label": "fraud v2", "state": "production", "since": SEEN, "until": None, "signal": "alias",
}  # fmt: skip


def explained(promotion: dict[str, Any]) -> str:
    record = {"name": "fraud", "key": "fraud", "qualified_name": "governance://records/fraud", "state": "production"}
    document: dict[str, Any] = {
        "run_id": "r", "as_of": LATER, "record": record | {"state_since": SEEN}, "verdict": None, "suites": "",
        "review": {}, "promotions": [promotion],
        **{part: [] for part in ("statements", "versions", "links", "findings", "waivers", "gate", "last_known")},
    }  # fmt: skip
    return shown(show_explanation, document)


def shown(show: Any, document: dict[str, Any]) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    show(document, console)
    return console.export_text()


@pytest.mark.parametrize(
    ("change", "stated_at"),
    [
        ({"stated_at": EARLIER}, EARLIER),
        ({"stated_at": None}, None),
        ({"stated_at": EARLIER, "seen_at": EARLIER}, None),
        ({"stated_at": EARLIER, "to_state": "staging"}, None),
    ],
    ids=["stated", "not_stated", "of_another_change", "of_another_state"],
)
def test_a_promotion_has_the_date_of_the_same_change(change: dict[str, Any], stated_at: datetime | None) -> None:
    seen = {"subject": "v", "to_state": "production", "seen_at": SEEN} | change
    assert _with_stated_dates([PROMOTION], [seen]) == [PROMOTION | {"stated_at": stated_at}]


@pytest.mark.parametrize(
    ("stated_at", "since"),
    [
        (None, "first seen 2026-03-02 02:00"),
        (EARLIER, "2026-03-01 02:00, stated by the source"),
        (LATER, "first seen 2026-03-02 02:00"),
    ],
    ids=["not_stated", "stated", "stated_later_than_seen"],
)
def test_explain_says_first_seen_or_the_sources_date(stated_at: datetime | None, since: str) -> None:
    text = explained(PROMOTION | {"stated_at": stated_at})
    assert f"fraud v2 in production  {since}" in text
    assert "governance://records/fraud, production, first seen 2026-03-02 02:00; as of 2026-03-03 02:00" in text


def test_history_says_first_seen() -> None:
    interval = {
        "label": "fraud v2", "state": "production", "from_state": None, "signal": "alias c", "signal_from": None,
        "after": None, "seen_at": SEEN, "stated_at": None, "until": None, "until_after": None, "last_seen": LATER,
    }  # fmt: skip
    text = shown(show_history, {"record": "fraud", "on": None, "known_since": SEEN, "versions": [interval]})
    assert "first seen (UTC)" in text
    assert "fraud v2  production  -     2026-03-02 02:00" in text
