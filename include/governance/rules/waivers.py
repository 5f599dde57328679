"""Waivers on findings: a person's dated exception. The finding remains visible; after the last day it counts again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..config.register import Waiver, waiver_of
from ..model.rows import Row


class WaiverIndex:
    """The waivers of the register, on one day.

    Args:
        today: a waiver is in force until the end of its last day.
    """

    def __init__(self, waivers: Sequence[Waiver], today: date) -> None:
        self._waivers, self._today = list(waivers), today

    def apply(self, finding: Row) -> Row:
        """The finding with the waiver columns of FINDINGS."""
        active, expired = waiver_of(
            self._waivers, finding["rule"], finding["record_key"], finding["subject"], self._today
        )
        return {
            **finding,
            "waived_until": active.until.isoformat() if active else None,
            "waived_by": active.by if active else None,
            "waived_reason": active.reason if active else None,
            "waiver_expired": expired.in_words() if expired else None,
        }
