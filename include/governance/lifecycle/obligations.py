"""What a lifecycle state obliges to: policies, the owner's review, and the end of a model's time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ..config.models import Settings


def obligations_of(
    row: Mapping[str, Any],
    settings: Settings,
    today: date,
    created_at: datetime | None,
    announced: str | None = None,
) -> dict[str, str | None]:
    """The columns missing_policies, review_overdue and retirement_due of EVIDENCE; null where nothing is due.

    Args:
        row: the columns state, risk_tier, policies, next_review and retire_on of the version, agent or deployment.
        settings: what policies are asked for, and when a model is too old.
        today: what dates are compared with.
        created_at: when it was made.
        announced: what its provider has announced and is due, in words.
    """
    own = _retirement_due(row["retire_on"], settings.retirement.after_days, today, created_at)
    return {
        "missing_policies": _missing_policies(row, settings),
        "review_overdue": _review_overdue(row["next_review"], today),
        "retirement_due": "; ".join(reason for reason in (own, announced) if reason) or None,
    }


def _missing_policies(row: Mapping[str, Any], settings: Settings) -> str | None:
    tier = str(row["risk_tier"] or "").lower()
    asked = {
        policy
        for rule in settings.policies
        if row["state"] in rule.state and (not rule.risk_tier or tier in map(str.lower, rule.risk_tier))
        for policy in rule.policies
    }
    assigned = {policy.lower() for policy in (row["policies"] or "").split(", ")}
    return ", ".join(sorted(policy for policy in asked if policy.lower() not in assigned)) or None


def _review_overdue(next_review: str | None, today: date) -> str | None:
    due = _date(next_review)
    return f"it was due on {due}" if due is not None and due < today else None


def _retirement_due(
    retire_on: str | None, after_days: int | None, today: date, created_at: datetime | None
) -> str | None:
    due = _date(retire_on)
    if due is not None and due <= today:
        return f"the register retires it on {due}"
    age = (today - created_at.date()).days if created_at is not None else 0
    too_old = after_days is not None and age > after_days
    return f"it is {age:,} days old, the most are {after_days:,}" if too_old else None


def _date(text: str | None) -> date | None:
    """None also for what a person wrote that is no date: the catalog takes any text."""
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
