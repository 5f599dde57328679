"""What is said of a deployed model that its provider retires: day, upgrade option, successor, callers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from include.governance.lifecycle.announced_end import announced_end

TODAY = date(2026, 3, 1)
CHAT: dict[str, Any] = {
    "name": "chat",
    "model_name": "gpt-4o",
    "model_version": "2024-11-20",
    "retires_on": "2026-04-01",
    "retirement_status": "Planned",
    "fine_tune_until": None,
    "successor": None,
    "upgrade_option": None,
    "upgrade_from": None,
    "upgrade_lead_days": None,
}


def said(agents: tuple[str, ...] = (), days: int | None = 90, **stated: Any) -> str | None:
    return announced_end({**CHAT, **stated}, "acct", agents, days, TODAY)


def test_the_day_and_whom_it_concerns() -> None:
    assert said(("desk", "helper"), successor="gpt-4.1 2025-04-14") == (
        "its provider retires gpt-4o 2024-11-20 on 2026-04-01; what becomes of the deployment then is not stated; "
        "the successor that it names is gpt-4.1 2025-04-14; concerned is the deployment chat of acct, and with it the "
        "agents that call it: desk, helper"
    )


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"upgrade_option": "NoAutoUpgrade"}, "the deployment is not upgraded and stops answering then"),
        ({"upgrade_option": "OnceCurrentVersionExpired"}, "the deployment is upgraded on that day"),
        (
            {"upgrade_option": "OnceCurrentVersionExpired", "upgrade_lead_days": 7.0},
            "the deployment is upgraded 7 days before that day",
        ),
        (
            {"upgrade_option": "OnceNewDefaultVersionAvailable"},
            "the deployment is upgraded to each new default version",
        ),
        (
            {"upgrade_option": "OnceNewDefaultVersionAvailable", "upgrade_from": "2026-03-10"},
            "the deployment is upgraded from 2026-03-10 on",
        ),
        ({"retirement_status": "Tentative"}, "on 2026-04-01, by a tentative date;"),
        ({"retires_on": "2026-02-28"}, "its provider has retired gpt-4o 2024-11-20 on 2026-02-28"),
        (
            {"model_name": "gpt-4o-2024-08-06.ft-0a1b", "fine_tune_until": "2026-03-15"},
            "it can be fine-tuned anew until 2026-03-15",
        ),
    ],
)
def test_what_then_becomes_of_it(stated: dict[str, Any], words: str) -> None:
    assert words in str(said(**stated))


@pytest.mark.parametrize(
    ("days", "retires_on", "due"),
    [
        (90, "2026-05-30", True),
        (90, "2026-05-31", False),
        (0, "2026-03-01", True),
        (0, "2026-03-02", False),
        (None, "2025-01-01", False),
        (90, None, False),
    ],
)
def test_from_when_it_is_due(days: int | None, retires_on: str | None, due: bool) -> None:
    assert (said(days=days, retires_on=retires_on) is not None) == due


def test_the_words_are_the_same_on_each_day() -> None:
    """Else every sync would write."""
    days = [announced_end(CHAT, "acct", (), 90, date(2026, 3, day)) for day in (1, 2, 31)]
    assert len(set(days)) == 1
