"""Teaches a catalog our types: creates what is missing, adds optional attributes, refuses to go on at a conflict."""

from __future__ import annotations

import time
from typing import Any

import orjson
from pyapacheatlas.core.typedef import (
    AtlasAttributeDef,
    AtlasRelationshipEndDef,
    Cardinality,
    ClassificationTypeDef,
    EntityTypeDef,
    RelationshipTypeDef,
)

from ...errors import CatalogError
from ...model.catalog_types import CLASSIFICATIONS, ENTITY_TYPES, RELATIONSHIP_TYPES, SERVICE_TYPE, TYPE_VERSION, End
from ...model.curated_fields import CURATED_FIELDS, CURATED_METADATA, CURATED_TYPES, LONGEST, CuratedField
from ...net.http import HttpFailure
from .client import Atlas, explained
from .transport import API

Typedefs = dict[str, list[dict[str, Any]]]
_RESENDS = 3
_PAUSE_SECONDS = 5.0  # a lost answer: types may be half made for a while
_SECTIONS = ("classificationDefs", "entityDefs", "relationshipDefs", "businessMetadataDefs")


def ensure_types(atlas: Atlas) -> list[str]:
    """Names of the types created or extended; empty when the catalog knew them all.

    Raises CatalogError naming type and attribute where the catalog holds something else under that name.
    """
    taught: list[str] = []
    try:
        for attempt in range(_RESENDS + 1):
            missing, extended = _difference(wanted(), atlas.typedefs())
            names = [item["name"] for group in (missing, extended) for section in _SECTIONS for item in group[section]]
            taught += [name for name in names if name not in taught]
            try:
                if any(missing.values()):
                    atlas.client.upload_typedefs(missing)
                if any(extended.values()):
                    atlas.client._put_http(f"{atlas.url}{API}/types/typedefs", json=extended)
                return taught
            except HttpFailure as failure:
                if failure.applied != "unknown" or attempt == _RESENDS:
                    raise
            time.sleep(min(atlas.settings.settle_seconds, _PAUSE_SECONDS))
    except HttpFailure as failure:
        raise explained(failure) from None
    return taught


def wanted() -> Typedefs:
    """All our types as Atlas v2 typedefs."""
    return {
        "classificationDefs": [
            _common(ClassificationTypeDef(name, description=description).to_json(omit_nulls=True))
            for name, description in CLASSIFICATIONS.items()
        ],
        "entityDefs": [
            _common(
                EntityTypeDef(
                    name,
                    superTypes=[entity_type.super_type],
                    description=entity_type.description,
                    attributeDefs=[_attribute(*item) for item in entity_type.attributes.items()],
                ).to_json(omit_nulls=True)
            )
            for name, entity_type in ENTITY_TYPES.items()
        ],
        "relationshipDefs": [
            _common(
                RelationshipTypeDef(
                    name,
                    _end(relationship.end1),
                    _end(relationship.end2),
                    relationship.category,
                    propagateTags="NONE",
                ).to_json(omit_nulls=True)
            )
            for name, relationship in RELATIONSHIP_TYPES.items()
        ],
        "businessMetadataDefs": [
            {
                "name": CURATED_METADATA,
                "description": "What a steward states on a governed record; a sync reads it and never writes it",
                "serviceType": SERVICE_TYPE,
                "typeVersion": TYPE_VERSION,
                "attributeDefs": [_curated(name, field) for name, field in CURATED_FIELDS.items()],
            }
        ],
    }


def _common(typedef: dict[str, Any]) -> dict[str, Any]:
    typedef.pop("guid", None)
    return typedef | {"serviceType": SERVICE_TYPE, "typeVersion": TYPE_VERSION}


def _attribute(name: str, type_name: str) -> dict[str, Any]:
    definition: dict[str, Any] = AtlasAttributeDef(
        name, typeName=type_name, isOptional=True, isIndexable=type_name == "string", isUnique=False
    ).to_json(omit_nulls=True)
    return definition


def _curated(name: str, field: CuratedField) -> dict[str, Any]:
    """pyapacheatlas models no business metadata. Types of entities stand as a JSON list inside a text."""
    options = {"applicableEntityTypes": orjson.dumps(CURATED_TYPES).decode(), "maxStrLength": str(LONGEST)}
    definition: dict[str, Any] = AtlasAttributeDef(
        name, typeName=field.type_name, isOptional=True, isIndexable=True, isUnique=False, options=options
    ).to_json(omit_nulls=True)
    return definition | {"description": field.description}


def _end(end: End) -> AtlasRelationshipEndDef:
    cardinality = Cardinality.SET if end.many else Cardinality.SINGLE
    return AtlasRelationshipEndDef(end.attribute, end.type_name, cardinality=cardinality, isContainer=end.container)


def _difference(ours: Typedefs, known: Typedefs) -> tuple[Typedefs, Typedefs]:
    """(types to create, types to extend by attributes)."""
    missing: Typedefs = {section: [] for section in _SECTIONS}
    extended: Typedefs = {section: [] for section in _SECTIONS}
    everything = {item["name"]: (section, item) for section, items in known.items() for item in items or []}
    for section in _SECTIONS:
        for typedef in ours[section]:
            held_in, held = everything.get(typedef["name"], (section, None))
            if held is None:
                missing[section].append(typedef)
                continue
            if held_in != section:
                raise _conflict(typedef["name"], "", f"it is one of its {held_in}, not of its {section}")
            added = _added_attributes(typedef, held) if section in ("entityDefs", "businessMetadataDefs") else []
            if section == "relationshipDefs":
                _same_ends(typedef, held)
            if added:
                extended[section].append({**held, "attributeDefs": [*(held.get("attributeDefs") or []), *added]})
    return missing, extended


def _added_attributes(typedef: dict[str, Any], held: dict[str, Any]) -> list[dict[str, Any]]:
    name = typedef["name"]
    if lacking := sorted(set(typedef.get("superTypes") or []) - set(held.get("superTypes") or [])):
        raise _conflict(name, "", f"it does not derive from {', '.join(lacking)}")
    there = {attribute["name"]: attribute for attribute in held.get("attributeDefs") or []}
    for attribute in typedef["attributeDefs"]:
        other = there.get(attribute["name"])
        if other is not None and other["typeName"] != attribute["typeName"]:
            raise _conflict(name, attribute["name"], f"it is {other['typeName']}, not {attribute['typeName']}")
    ours = {attribute["name"] for attribute in typedef["attributeDefs"]}
    for attribute in there.values():
        if attribute["name"] not in ours and not attribute.get("isOptional", True):
            raise _conflict(name, attribute["name"], "it is mandatory and unknown to us")
    return [attribute for attribute in typedef["attributeDefs"] if attribute["name"] not in there]


def _same_ends(typedef: dict[str, Any], held: dict[str, Any]) -> None:
    for end in ("endDef1", "endDef2"):
        for field in ("type", "name"):
            if typedef[end][field] != held[end][field]:
                raise _conflict(
                    typedef["name"], f"{end}.{field}", f"it is {held[end][field]}, not {typedef[end][field]}"
                )


def _conflict(type_name: str, attribute: str, what: str) -> CatalogError:
    place = f"{type_name}.{attribute}" if attribute else type_name
    return CatalogError(
        f"the catalog already has the type {place}, and {what}.",
        "Types cannot be changed in place: rename or delete the other type, or publish into another catalog.",
        type=type_name,
        attribute=attribute,
    )
