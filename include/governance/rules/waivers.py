"""Waivers on findings: a person's dated exception. The finding stays and says so; after its day it counts again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ..config.register import Waiver, waiver_of


class WaiverIndex:
    def __init__(self, waivers: Sequence[Waiver], today: date) -> None:
        self._waivers, self._today = list(waivers), today

    def __call__(self, finding: dict[str, Any]) -> dict[str, Any]:
        """The finding with the columns of FINDINGS on waivers."""
        holding, expired = waiver_of(
            self._waivers, finding["rule"], finding["record_key"], finding["subject"], self._today
        )
        return {
            **finding,
            "waived_until": holding.until.isoformat() if holding else None,
            "waived_by": holding.by if holding else None,
            "waived_reason": holding.reason if holding else None,
            "waiver_expired": expired.in_words() if expired else None,
        }
