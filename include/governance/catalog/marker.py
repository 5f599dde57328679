"""Is this the catalog that the ledger speaks of? Where it is not, the ledger is made anew from what it really holds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from ..model import qualified_names
from ..model.catalog_types import CLASSIFICATIONS, ENTITY_TYPES, REFERENCES
from ..net.http import HttpFailure
from ..staging.plan import READ_BACK, Change, Entry, Key
from ..state.ledger import Ledger
from .atlas.client import Atlas, Entity, explained

MARKER_TYPE = "ai_governance_deployment"
_RESENDS = 3
_PAUSE_SECONDS = 5.0
# Atlas' own attributes that we state; a curator may have stated them where we do not
SHARED = {"description", "owner"}
_ASSET_ATTRIBUTES = {"name", "qualifiedName", *SHARED}


def verify_marker(atlas: Atlas, ledger: Ledger, deployment: str, keys: Iterable[Key]) -> str:
    """Empty when the catalog carries the ledger's mark; else why the ledger was rebuilt, in words.

    keys: what we would publish. The catalog is only read.
    """
    try:
        marker = _marker(atlas, deployment)
        held = marker.get("attributes", {}).get("marker_id") if marker else None
        mine = ledger.marker_id()
        if held == mine:
            return ""
        entries = ledger.entries()
        if held is None and not entries and marker is None and not _knows_our_types(atlas):
            return ""  # a first sync into a catalog that has never seen us
        wanted = sorted({*keys, *entries})
        found = read_back(atlas, wanted)
        ledger.replace(found, held or mine)
    except HttpFailure as failure:
        raise explained(failure) from None
    if not entries and not found:
        return ""
    if not held:
        why = "the catalog does not carry our mark: new or wiped"
    elif entries:
        why = "the catalog is another one than last time"
    else:
        why = "the state database does not know this catalog"
    return f"{why}; the ledger was rebuilt: {len(found)} of {len(wanted)} entities are there"


def ensure_marker(atlas: Atlas, ledger: Ledger, deployment: str) -> None:
    """Marks the catalog as ours, before anything else is written. Nothing is written when the mark is there."""
    mine = ledger.marker_id()
    for attempt in range(_RESENDS + 1):
        marker = _marker(atlas, deployment)
        if marker and marker["attributes"].get("marker_id") == mine:
            return
        try:
            touch_marker(atlas, ledger, deployment)
            return
        except HttpFailure as failure:
            if failure.applied != "unknown" or attempt == _RESENDS:
                raise
        time.sleep(min(atlas.settings.settle_seconds, _PAUSE_SECONDS))


def touch_marker(atlas: Atlas, ledger: Ledger, deployment: str) -> None:
    """Writes our mark. Where it is there, that changes nothing, and tells whether the catalog takes writes."""
    mark = {
        "qualifiedName": qualified_names.marker(deployment),
        "name": f"governance deployment {deployment}",
        "description": "This catalog is kept in step by an AI governance sync. Do not delete.",
        "marker_id": ledger.marker_id(),
    }
    atlas.post_entities([{"typeName": MARKER_TYPE, "guid": "-1", "attributes": mark}])


def read_back(atlas: Atlas, keys: Iterable[Key]) -> list[Entry]:
    """Ledger entries of what the catalog holds of those keys."""
    entities = list(atlas.find(keys))
    by_guid = {entity["guid"]: key_of(entity) for entity in entities}
    return [entry_of(entity, by_guid) for entity in entities]


def entry_of(entity: Entity, by_guid: dict[str, Key]) -> Entry:
    """What the catalog holds of one entity, in the ledger's terms: our attributes, active references, our marks."""
    key = key_of(entity)
    known = _ASSET_ATTRIBUTES | set(ENTITY_TYPES[key.type_name].attributes)
    attributes = {
        name: value
        for name, value in entity.get("attributes", {}).items()
        if name in known and value not in (None, [], {})
    }
    references = {
        attribute: targets
        for (type_name, attribute), reference in REFERENCES.items()
        if type_name == key.type_name
        and reference.stated
        and (
            targets := sorted(
                [*by_guid[edge["guid"]]] for edge in active_edges(entity, attribute) if edge["guid"] in by_guid
            )
        )
    }
    return Entry(
        key=key,
        source=_source_of(key),
        guid=entity["guid"],
        attributes=attributes,
        references=references,
        classifications={name: {} for name in own_classifications(entity)},
        content_hash=READ_BACK,
    )


def remaining_change(change: Change, there: Entry) -> Change:
    """What still has to move for an entity that was `there` when it was to be created."""
    attributes = {
        name: None
        for name, value in there.attributes.items()
        if change.attributes.get(name) is None and name not in SHARED and value not in (0, False)
    }
    wanted, held = change.add_references, there.references
    return Change(
        "update",
        *change.key,
        change.source,
        attributes=attributes,
        add_references={
            name: [target for target in targets if target not in held.get(name, [])] for name, targets in wanted.items()
        },
        remove_references={
            name: [target for target in targets if target not in wanted.get(name, [])] for name, targets in held.items()
        },
        add_classifications={
            name: values for name, values in change.add_classifications.items() if name not in there.classifications
        },
        remove_classifications=sorted(there.classifications.keys() - change.add_classifications.keys()),
        name=change.name,
    )


def _source_of(key: Key) -> str:
    """The source that the entity comes from: the first part of its qualified name, or governance itself.

    Azure's names do not say which source read them: empty.
    """
    scheme, _, rest = key.qualified_name.partition("://")
    return {"governance": scheme, "azure": ""}.get(scheme, unquote(rest.split("/", 1)[0]))


def active_edges(entity: Entity, attribute: str) -> list[dict[str, Any]]:
    """The live edges of a relationship attribute: reads list deleted ones too."""
    value = (entity.get("relationshipAttributes") or {}).get(attribute)
    edges = value if isinstance(value, list) else [value] if value else []
    return [
        edge
        for edge in edges
        if edge.get("relationshipStatus", "ACTIVE") == "ACTIVE" and edge.get("entityStatus", "ACTIVE") == "ACTIVE"
    ]


def own_classifications(entity: Entity) -> list[str]:
    """Names of ours that sit on this entity itself, not propagated from another."""
    return sorted(
        item["typeName"]
        for item in entity.get("classifications") or []
        if item["typeName"] in CLASSIFICATIONS and item.get("entityGuid", entity["guid"]) == entity["guid"]
    )


def _marker(atlas: Atlas, deployment: str) -> Entity | None:
    return next(atlas.find([Key(MARKER_TYPE, qualified_names.marker(deployment))]), None)


def _knows_our_types(atlas: Atlas) -> bool:
    return any(item["name"] == "ai_governed_model" for item in atlas.typedefs().get("entityDefs") or [])


def key_of(entity: Entity) -> Key:
    return Key(entity["typeName"], entity["attributes"]["qualifiedName"])
