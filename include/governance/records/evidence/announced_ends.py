"""Which deployed models their providers will soon retire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ...estate import MergedSnapshots
from ...lifecycle.announced_end import announced_end
from ...model import qualified_names
from ...model.assets import AssetKind
from ...staging.rows import rows as rows_of
from .callers import Callers

_COLUMNS = ("name", "endpoint", "model_name", "model_version", "upgrade_option", "retires_on", "retirement_status")
_MORE = ("fine_tune_until", "successor", "upgrade_from", "upgrade_lead_days")


class AnnouncedEnds:
    """Of all deployments, in words.

    Args:
        days: before the announced day from which a model is due for retirement; None: it never is.
    """

    def __init__(self, merged: MergedSnapshots, callers: Callers, days: int | None, today: date) -> None:
        deployments = merged.frame(AssetKind.DEPLOYMENT, [*_COLUMNS, *_MORE])
        self._of: dict[str, str] = {}
        for row in rows_of(deployments[deployments["retires_on"].notna()]):
            account = qualified_names.last_segment(qualified_names.azure_container(row["qualified_name"]) or "")
            agents = [caller.name for caller in callers.of(row["endpoint"])]
            if words := announced_end(row, account, agents, days, today):
                self._of[row["qualified_name"]] = words

    def of(self, deployments: Iterable[str]) -> str | None:
        """What is due of those deployments; None where nothing is. deployments: qualified names."""
        return "; ".join(self._of[name] for name in sorted(deployments) if name in self._of) or None
