"""Our types as Atlas typedefs, and what of them a catalog lacks. Types only grow by optional attributes.

Texts (descriptions, display names) may change: a type gets them where its `typeVersion` in the catalog is older than
ours. Atlas 2.1 keeps all of them, and the version, on POST and PUT (measured). A catalog that takes the version and
drops the texts is not written again, nor is one that keeps the texts and not the version.
"""

from __future__ import annotations

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
from ...model.catalog_texts import END_TEXTS, TYPE_VERSION, attribute_text
from ...model.catalog_types import (
    CLASSIFICATIONS,
    ENTITY_TYPES,
    RELATIONSHIP_TYPES,
    SERVICE_TYPE,
    End,
    RelationshipType,
)
from ...model.curated_fields import (
    CURATED_DESCRIPTION,
    CURATED_FIELDS,
    CURATED_METADATA,
    CURATED_TYPES,
    LONGEST,
    CuratedField,
)

Typedef = dict[str, Any]
Typedefs = dict[str, list[Typedef]]
_SECTIONS = ("classificationDefs", "entityDefs", "relationshipDefs", "businessMetadataDefs")
_WITH_ATTRIBUTES = ("entityDefs", "businessMetadataDefs")
_ENDS = ("endDef1", "endDef2")
_TEXTS = ("displayName", "description")


def expected_typedefs() -> Typedefs:
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
                    attributeDefs=[_attribute(name, *item) for item in entity_type.attributes.items()],
                ).to_json(omit_nulls=True)
            )
            for name, entity_type in ENTITY_TYPES.items()
        ],
        "relationshipDefs": [_relationship(name, relationship) for name, relationship in RELATIONSHIP_TYPES.items()],
        "businessMetadataDefs": [
            {
                "name": CURATED_METADATA,
                "description": CURATED_DESCRIPTION,
                "serviceType": SERVICE_TYPE,
                "typeVersion": TYPE_VERSION,
                "attributeDefs": [_curated(name, field) for name, field in CURATED_FIELDS.items()],
            }
        ],
    }


def type_names(*groups: Typedefs) -> list[str]:
    """Names of all types of the groups, in order."""
    return [typedef["name"] for group in groups for typedefs in group.values() for typedef in typedefs]


def _common(typedef: Typedef) -> dict[str, Any]:
    typedef.pop("guid", None)
    return typedef | {"serviceType": SERVICE_TYPE, "typeVersion": TYPE_VERSION}


def _attribute(entity_type: str, name: str, type_name: str) -> Typedef:
    definition: Typedef = AtlasAttributeDef(
        name, typeName=type_name, isOptional=True, isIndexable=type_name == "string", isUnique=False
    ).to_json(omit_nulls=True)
    texts = attribute_text(entity_type, name)
    return definition | (dict(zip(_TEXTS, texts, strict=True)) if texts else {})


def _curated(name: str, field: CuratedField) -> Typedef:
    """pyapacheatlas has no model for business metadata. Entity types are given as a JSON list in a string."""
    options = {"applicableEntityTypes": orjson.dumps(CURATED_TYPES).decode(), "maxStrLength": str(LONGEST)}
    definition: Typedef = AtlasAttributeDef(
        name, typeName=field.type_name, isOptional=True, isIndexable=True, isUnique=False, options=options
    ).to_json(omit_nulls=True)
    return definition | {"displayName": field.display_name, "description": field.description}


def _relationship(name: str, relationship: RelationshipType) -> Typedef:
    ends = (relationship.end1, relationship.end2)
    typedef = RelationshipTypeDef(name, *map(_end, ends), relationship.category, propagateTags="NONE")
    says = "; ".join(f"{end.attribute} of {end.type_name}: {END_TEXTS[end.attribute]}" for end in ends)
    return _common(typedef.to_json(omit_nulls=True)) | {"description": says}


def _end(end: End) -> Typedef:
    cardinality = Cardinality.SET if end.many else Cardinality.SINGLE
    definition: Typedef = AtlasRelationshipEndDef(
        end.attribute, end.type_name, cardinality=cardinality, isContainer=end.container
    ).to_json(omit_nulls=True)
    return definition | {"description": END_TEXTS[end.attribute]}


def difference(expected: Typedefs, existing: Typedefs) -> tuple[Typedefs, Typedefs]:
    """What the catalog lacks.

    Returns:
        Types to create, and existing types with the attributes and the texts that they lack. What others added stays.

    Raises:
        CatalogError: naming type and attribute, where the catalog has something else under that name.
    """
    missing: Typedefs = {section: [] for section in _SECTIONS}
    extended: Typedefs = {section: [] for section in _SECTIONS}
    by_name = {item["name"]: (section, item) for section, items in existing.items() for item in items or []}
    for section in _SECTIONS:
        for typedef in expected[section]:
            other_section, other = by_name.get(typedef["name"], (section, None))
            if other is None:
                missing[section].append(typedef)
                continue
            if other_section != section:
                raise _conflict(typedef["name"], "", f"it is one of its {other_section}, not of its {section}")
            if section == "relationshipDefs":
                _require_same_ends(typedef, other)
            added = _added_attributes(typedef, other) if section in _WITH_ATTRIBUTES else []
            changed = {**other, "attributeDefs": [*(other.get("attributeDefs") or []), *added]} if added else other
            if _is_older(other):
                changed = _with_texts(changed, typedef)
            if changed != other:
                extended[section].append(changed)
    return missing, extended


def _is_older(other: Typedef) -> bool:
    """Whether an earlier release made the type. A newer one's texts stay."""
    version = str(other.get("typeVersion") or "")
    numbers = [int(part) if part.isdigit() else 0 for part in version.split(".")]
    return numbers < [int(part) for part in TYPE_VERSION.split(".")]


def _with_texts(other: Typedef, typedef: Typedef) -> Typedef:
    """The existing type with our texts and version; as it is where it has these texts."""
    ours = {attribute["name"]: _texts_of(attribute) for attribute in typedef.get("attributeDefs") or []}
    described = other | _texts_of(typedef)
    if other.get("attributeDefs"):
        described["attributeDefs"] = [item | ours.get(item["name"], {}) for item in other["attributeDefs"]]
    described |= {end: other[end] | _texts_of(typedef[end]) for end in _ENDS if end in typedef}
    return other if described == other else described | {"typeVersion": TYPE_VERSION}


def _texts_of(definition: Typedef) -> Typedef:
    return {name: definition[name] for name in _TEXTS if name in definition}


def _added_attributes(typedef: Typedef, other: Typedef) -> list[Typedef]:
    """The attributes that the existing type lacks. Raises CatalogError where the two types contradict each other."""
    name = typedef["name"]
    if lacking := sorted(set(typedef.get("superTypes") or []) - set(other.get("superTypes") or [])):
        raise _conflict(name, "", f"it does not derive from {', '.join(lacking)}")
    existing = {attribute["name"]: attribute for attribute in other.get("attributeDefs") or []}
    for attribute in typedef["attributeDefs"]:
        type_name = existing.get(attribute["name"], attribute)["typeName"]
        if type_name != attribute["typeName"]:
            raise _conflict(name, attribute["name"], f"it is {type_name}, not {attribute['typeName']}")
    expected_names = {attribute["name"] for attribute in typedef["attributeDefs"]}
    for attribute in existing.values():
        if attribute["name"] not in expected_names and not attribute.get("isOptional", True):
            raise _conflict(name, attribute["name"], "it is mandatory and unknown to us")
    return [attribute for attribute in typedef["attributeDefs"] if attribute["name"] not in existing]


def _require_same_ends(typedef: Typedef, other: Typedef) -> None:
    for end in _ENDS:
        for field in ("type", "name"):
            if typedef[end][field] != other[end][field]:
                raise _conflict(
                    typedef["name"], f"{end}.{field}", f"it is {other[end][field]}, not {typedef[end][field]}"
                )


def _conflict(type_name: str, attribute: str, what: str) -> CatalogError:
    subject = f"{type_name}.{attribute}" if attribute else type_name
    return CatalogError(
        f"the catalog already has the type {subject}, and {what}.",
        "Types cannot be changed in place: rename or delete the other type, or publish into another catalog.",
        type=type_name,
        attribute=attribute,
    )
