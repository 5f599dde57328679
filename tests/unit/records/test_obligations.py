"""What a state obliges to: each criterion alone, and what a person wrote that is no date."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.governance.config.models import Settings
from include.governance.lifecycle.obligations import obligations_of

TODAY = date(2026, 3, 1)
SETTINGS = Settings.model_validate(
    {
        "sources": [{"name": "s", "uri": "x"}],
        "catalog": {"url": "x"},
        "policies": [
            {"policies": ["Register"]},
            {"state": ["production", "staging"], "risk_tier": ["high"], "policies": ["Risk", "Register"]},
        ],
        "retirement": {"after_days": 365},
    }
)
NOTHING = {"state": "production", "risk_tier": None, "policies": "Register", "next_review": None, "retire_on": None}

CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing is due": ({}, {}),
    "no policy at all": ({"policies": None}, {"missing_policies": "Register"}),
    "of its tier": ({"risk_tier": "High"}, {"missing_policies": "Risk"}),
    "of a tier and another state": ({"risk_tier": "high", "state": "staging", "policies": "risk, REGISTER"}, {}),
    "no state that asks": ({"state": "development", "policies": None}, {}),
    "review": ({"next_review": "2026-02-28"}, {"review_overdue": "it was due on 2026-02-28"}),
    "review with a time": ({"next_review": "2026-02-28T09:00:00Z"}, {"review_overdue": "it was due on 2026-02-28"}),
    "review on the day": ({"next_review": "2026-03-01"}, {}),
    "no date": ({"next_review": "next spring", "retire_on": "soon"}, {}),
    "retired by the register": (
        {"retire_on": "2026-03-01"},
        {"retirement_due": "the register retires it on 2026-03-01"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_due(case: str) -> None:
    stated, due = CASES[case]
    found = obligations_of({**NOTHING, **stated}, SETTINGS, TODAY, datetime(2026, 1, 1, tzinfo=UTC))
    assert {name: text for name, text in found.items() if text} == due


@pytest.mark.parametrize(("created", "due"), [(date(2025, 3, 1), False), (date(2025, 2, 28), True)])
def test_it_is_due_by_its_age(created: date, due: bool) -> None:
    made = datetime(created.year, created.month, created.day, tzinfo=UTC)
    found = obligations_of(NOTHING, SETTINGS, TODAY, made)["retirement_due"]
    assert (found == "it is 366 days old, the most are 365") == due
