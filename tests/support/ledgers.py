"""The ledger that a plan leaves when the catalog takes all of it."""

from __future__ import annotations

from include.governance.catalog.publisher import entry_after
from include.governance.staging.plan import Entry, Key, Plan


def applied(made: Plan, ledger: dict[Key, Entry]) -> dict[Key, Entry]:
    after = dict(ledger)
    for change in made.changes:
        after[change.key] = entry_after(change, "guid", ledger.get(change.key))
    return after
