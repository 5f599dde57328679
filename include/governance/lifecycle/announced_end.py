"""The day on which a provider retires a deployed model, and what then becomes of the deployment, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

_FINE_TUNED = ".ft-"


def announced_end(
    deployment: Mapping[str, Any], account: str, agents: Sequence[str], days: int | None, today: date
) -> str | None:
    """Which model ends when, what the upgrade option does then, the successor, and whom it concerns; None if not due.

    Nothing in it depends on how many days are left: the text stays the same from day to day.

    Args:
        deployment: the columns of Kind.DEPLOYMENT.
        account: name of what it is in.
        agents: names of those that call it.
        days: before the announced day from which it is due; None: it never is.
    """
    stated = deployment["retires_on"]
    if days is None or not stated or date.fromisoformat(stated) - timedelta(days=days) > today:
        return None
    model = " ".join(part for part in (deployment["model_name"], deployment["model_version"]) if part)
    tentative = ", by a tentative date" if str(deployment["retirement_status"]).lower() == "tentative" else ""
    ends = "has retired" if date.fromisoformat(stated) < today else "retires"
    parts = [f"its provider {ends} {model} on {stated}{tentative}", _upgrade(deployment)]
    if deployment["successor"]:
        parts.append(f"the successor that it names is {deployment['successor']}")
    if deployment["fine_tune_until"] and _FINE_TUNED in str(deployment["model_name"]):
        parts.append(f"it can be fine-tuned anew until {deployment['fine_tune_until']}")
    called_by = f", and with it the agents that call it: {', '.join(agents)}" if agents else ""
    return "; ".join([*parts, f"concerned is the deployment {deployment['name']} of {account}{called_by}"])


def _upgrade(deployment: Mapping[str, Any]) -> str:
    option, stated = str(deployment["upgrade_option"] or ""), f" ({deployment['upgrade_option']})"
    if option.lower() == "noautoupgrade":
        return f"the deployment is not upgraded and stops answering then{stated}"
    if option.lower() == "oncecurrentversionexpired":
        lead = deployment["upgrade_lead_days"]
        return f"the deployment is upgraded {f'{lead:.0f} days before' if lead else 'on'} that day{stated}"
    if option.lower() == "oncenewdefaultversionavailable":
        start = deployment["upgrade_from"]
        return f"the deployment is upgraded {f'from {start} on' if start else 'to each new default version'}{stated}"
    return "what becomes of the deployment then is not stated"
