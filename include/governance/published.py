"""What the catalog holds of this installation by its ledger, under the keys that the records have now."""

from __future__ import annotations

from . import plan
from .model import qualified_names
from .model.rows import Row
from .staging.plan import Entry
from .sync import Sync

_RECORD_TYPE = "ai_governed_model"
_PROMOTION_TYPE = "ai_promotion"


def published_records(sync: Sync) -> dict[str, Entry]:
    """The governed records, by key."""
    renamed = sync.config.register.renamed()
    entries = sync.workspace.ledger.of_type(_RECORD_TYPE)
    held = {str(entry.attributes.get("record_key")): entry for entry in entries}
    return {renamed[key]: entry for key, entry in held.items() if key in renamed} | {
        key: entry for key, entry in held.items() if key not in renamed
    }


def published(sync: Sync) -> plan.Published:
    """All entities, and what the promotions say."""
    ledger, renamed = sync.workspace.ledger, sync.config.register.renamed()
    promotions: dict[str, Row] = {}
    for entry in ledger.of_type(_PROMOTION_TYPE):
        promotions[entry.key.qualified_name] = entry.attributes
        promotions |= dict.fromkeys(_names_after_renaming(entry, renamed), entry.attributes)
    return plan.Published(ledger.guids().keys(), promotions, sync.config.settings.deployment)


def _names_after_renaming(entry: Entry, renamed: dict[str, str]) -> list[str]:
    """The promotion's qualified names where its record has another key now."""
    versions, records = entry.references.get("inputs", []), entry.references.get("governed_model", [])
    if not versions or not records:
        return []
    since, state = int(entry.attributes.get("since") or 0), str(entry.attributes.get("state"))
    return [
        qualified_names.promotion(present, versions[0][1], state, since)
        for former, present in renamed.items()
        if records[0][1] == qualified_names.record(former)
    ]
