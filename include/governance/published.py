"""What the catalog holds of this installation by its ledger, under the keys that the records have now."""

from __future__ import annotations

from collections.abc import Mapping

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
    present = {qualified_names.record(former): key for former, key in renamed.items()}
    promotions: dict[str, Row] = {}
    for entry in ledger.of_type(_PROMOTION_TYPE):
        promotions[entry.key.qualified_name] = entry.attributes
        if name := _name_after_renaming(entry, present):
            promotions[name] = entry.attributes
    return plan.Published(ledger.guids().keys(), promotions, sync.config.settings.deployment)


def _name_after_renaming(entry: Entry, present: Mapping[str, str]) -> str | None:
    """The promotion's qualified name where its record has another key now.

    Args:
        present: former qualified name of a record -> its key now.
    """
    versions, records = entry.references.get("inputs", []), entry.references.get("governed_model", [])
    key = present.get(records[0][1]) if versions and records else None
    if key is None:
        return None
    since, state = int(entry.attributes.get("since") or 0), str(entry.attributes.get("state"))
    return qualified_names.promotion(key, versions[0][1], state, since)
