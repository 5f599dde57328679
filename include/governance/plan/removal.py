"""When what is gone from its source is retired, and how much may go before a person has to say that it was removed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config.models import MissingEntities
from ..estate import Coverage
from ..staging.plan import MISSING, REMOVALS, RETIRED, Absence, Change, Entry, Key

# A share of so few says nothing: of two models one may well be deleted
_FEW = 20


@dataclass(frozen=True)
class Removal:
    """The rules by which a plan marks and retires, and what is known of the entities that are missing.

    Attributes:
        absences: of the entities that are missing.
        read: of what this sync itself has read. What it was told not to read proves nothing anew.
        run_id: of this sync; a step of it that is repeated has counted it already.
        now: UTC, the start of this sync.
        allowed_by: who said of this run that all that is gone was removed on purpose; empty: nobody.
    """

    settings: MissingEntities
    absences: Mapping[Key, Absence]
    read: Coverage
    run_id: str
    now: datetime
    allowed_by: str = ""

    def is_due(self, entry: Entry) -> bool:
        """Whether an entity that this sync found missing too is to be retired."""
        absence, after_days = self.absences.get(entry.key), self.settings.retire_after_days
        if RETIRED in entry.classifications or absence is None or after_days is None:
            return False
        listings = absence.listings + (absence.run_id != self.run_id)
        is_long_gone = self.now - absence.since >= timedelta(days=after_days)
        return is_long_gone and listings >= self.settings.retire_after_listings

    def excess(self, changes: Iterable[Change], ledger: Mapping[Key, Entry]) -> str:
        """Why the changes mark more as missing than one run may; empty where they do not.

        What is retired was within the limits, or allowed, when it was marked.
        """
        marked = Counter(change.type_name for change in changes if MISSING in change.add_classifications)
        known = Counter(
            key.type_name
            for key, entry in ledger.items()
            if key.type_name in marked and MISSING not in entry.classifications
        )
        reasons = (self._over(name, marked[name], known[name]) for name in sorted(marked))
        return "; ".join(reason for reason in reasons if reason)

    def _over(self, type_name: str, count: int, known: int) -> str:
        most, share = self.settings.max_count, self.settings.max_share
        what = f"{count:,} of {known:,} {type_name} would be marked as missing from their source"
        if most is not None and count > most:
            return f"{what}, more than publish.missing.max_count allows ({most:,})"
        if share is not None and count > max(_FEW, share * known):
            return f"{what}, more than publish.missing.max_share allows ({share:.0%})"
        return ""


def is_removal(change: Change) -> bool:
    """Whether the change newly marks an entity as missing, or as retired."""
    return change.action in REMOVALS and not {MISSING, RETIRED}.isdisjoint(change.add_classifications)
