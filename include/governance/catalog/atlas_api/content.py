"""All that an entity carries, in the shapes of the v2 REST API: what people may write on it, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..contract import Addition, Content, Link
from .payload import Document, to_entity

TERM_ASSIGNMENT = "AtlasGlossarySemanticAssignment"
_NOTHING: tuple[Any, ...] = (None, "", [], {}, 0, False)
_UNSTATED: tuple[Any, ...] = (None, "", [], {})  # of business metadata, which shows only what somebody wrote
# What a relationship states besides its ends; the rest is the catalog's own
_STATED = ("typeName", "attributes", "propagateTags")
# What a classification carries of the entity that it was read on
_OF_THE_ENTITY = ("entityGuid", "entityStatus")


def to_content(document: Document) -> Content | None:
    """An AtlasEntity as the contract has it; None for a deleted one."""
    if document.get("status", "ACTIVE") != "ACTIVE":
        return None
    guid = document["guid"]
    related = document.get("relationshipAttributes") or {}
    return Content(
        entity=to_entity(document),
        attributes=_holding({name: value for name, value in document["attributes"].items() if name not in related}),
        created_ms=int(document.get("createTime") or 0),
        classifications={
            item["typeName"]: {name: value for name, value in item.items() if name not in _OF_THE_ENTITY}
            for item in document.get("classifications") or []
            if item.get("entityGuid", guid) == guid  # else it is propagated
        },
        business_metadata={
            group: held
            for group, fields in (document.get("businessAttributes") or {}).items()
            if (held := {name: value for name, value in fields.items() if value not in _UNSTATED})
        },
        labels=frozenset(document.get("labels") or ()),
        custom_attributes=document.get("customAttributes") or {},
        contacts=_holding(document.get("contacts") or {}),
        links=list(_links(related)),
    )


def from_addition(to: Content, addition: Addition) -> Document:
    """What an entity request can write of it: custom attributes and contacts are replaced as a whole."""
    document: Document = {"attributes": dict(addition.attributes)} if addition.attributes else {}
    if addition.custom_attributes:
        document["customAttributes"] = {**to.custom_attributes, **addition.custom_attributes}
    if addition.contacts:
        kinds = sorted({*to.contacts, *addition.contacts})
        document["contacts"] = {kind: [*to.contacts.get(kind, ()), *addition.contacts.get(kind, ())] for kind in kinds}
    return document


def from_link(held: Mapping[str, Any], link: Link, guid: str) -> Document:
    """The body that makes the same relationship from another entity.

    Args:
        held: the AtlasRelationship.
        guid: of the other entity.
    """
    stated = {name: held[name] for name in _STATED if held.get(name) is not None}
    ends = {end: {"guid": link.target if held[end]["guid"] == link.target else guid} for end in ("end1", "end2")}
    return {**stated, **ends}


def _links(related: Mapping[str, Any]) -> Iterator[Link]:
    for attribute, value in related.items():
        for item in value if isinstance(value, list) else [value] if value else []:
            states = (item.get("relationshipStatus", "ACTIVE"), item.get("entityStatus", "ACTIVE"))
            if states == ("ACTIVE", "ACTIVE"):
                yield Link(
                    item.get("relationshipGuid", ""),
                    item.get("relationshipType", ""),
                    attribute,
                    not isinstance(value, list),
                    item.get("guid", ""),
                    str(item.get("displayText") or ""),
                )


def _holding(values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that hold something: an absent number reads back as 0."""
    return {name: value for name, value in values.items() if value not in _NOTHING}
