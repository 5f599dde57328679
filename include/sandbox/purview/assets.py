"""What Purview has of an asset beyond Atlas: its collection and its contacts, kept in Atlas' custom attributes."""

from __future__ import annotations

from typing import Any

import orjson

Document = dict[str, Any]

_COLLECTION = "purview_collection"
_CONTACTS = "purview_contacts"
_OURS = "purview_"
_LONGEST = 400  # characters of a custom attribute; Atlas takes 500


def with_custom_attributes(entity: Document, held: Document | None, collection: str | None) -> Document:
    """The entity as Atlas is given it.

    Args:
        entity: as it was sent.
        held: as Atlas has it; None where it is new.
        collection: the id that came with the request; it moves an asset that exists.
    """
    sent = {name: value for name, value in entity.items() if name not in ("contacts", "collectionId", "lastModifiedTS")}
    for classification in sent.get("classifications") or []:
        classification["propagate"] = False
    if collection is None and "contacts" not in entity and "customAttributes" not in entity:
        return sent
    before = dict((held or {}).get("customAttributes") or {})
    if "customAttributes" in entity:  # they are replaced as a whole; collection and contacts are none of them
        before = {name: value for name, value in before.items() if name.startswith(_OURS)}
    custom = before | dict(entity.get("customAttributes") or {})
    if collection is not None:
        custom[_COLLECTION] = collection
    if "contacts" in entity:
        custom = {name: value for name, value in custom.items() if not name.startswith(_CONTACTS)}
        text = orjson.dumps(entity["contacts"]).decode()
        parts = [text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST)]
        custom |= {f"{_CONTACTS}_{number:03}": part for number, part in enumerate(parts)}
    return {**sent, "customAttributes": custom}


def as_purview(entity: Document, root: str) -> Document:
    """The entity as Purview answers it.

    Args:
        root: id of the root collection, where an asset is that was given none.
    """
    custom = entity.get("customAttributes") or {}
    text = "".join(custom[name] for name in sorted(custom) if name.startswith(_CONTACTS))
    others = {name: value for name, value in custom.items() if not name.startswith(_OURS)}
    shown = {name: value for name, value in entity.items() if name not in ("customAttributes", "isProxy")}
    shown["collectionId"] = custom.get(_COLLECTION, root)
    shown["lastModifiedTS"] = str(entity.get("updateTime", 1))
    if others:
        shown["customAttributes"] = others
    if text:
        shown["contacts"] = orjson.loads(text)
    if entity.get("classifications"):
        shown["classifications"] = [without_propagation(item) for item in entity["classifications"]]
    return shown


def without_propagation(classification: Document) -> Document:
    """A classification in Purview's model."""
    dropped = ("propagate", "removePropagationsOnEntityDelete")
    return {name: value for name, value in classification.items() if name not in dropped}


def as_header(header: Document) -> Document:
    """A header of a mutation: it holds little."""
    attributes = header.get("attributes") or {}
    return {
        "typeName": header.get("typeName"),
        "attributes": {name: attributes[name] for name in ("qualifiedName",) if name in attributes},
        "lastModifiedTS": "1",
        "guid": header.get("guid"),
        "status": header.get("status"),
    }
