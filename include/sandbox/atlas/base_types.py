"""The base types of a stock Atlas, which its web application does not bring along.

A stock Atlas loads them from a folder of models; the embedded one gets them over REST before it is used.
"""

from __future__ import annotations

from typing import Any

import httpx

TypeDef = dict[str, Any]

_COMMON = {"serviceType": "atlas_core", "typeVersion": "1.0"}
_OTHER = "OTHER"
_TERM = "AtlasGlossaryTerm"
_CATEGORY = "AtlasGlossaryCategory"
_STATUS = "AtlasGlossaryTermRelationshipStatus"
_ASSIGNMENT = "AtlasGlossaryTermAssignmentStatus"
_STRINGS = "map<string,string>"


def _attribute(
    name: str,
    type_name: str = "string",
    *,
    required: bool = False,
    unique: bool = False,
    indexed: bool = False,
    weight: int = -1,
    text: bool = True,
    **extra: Any,
) -> TypeDef:
    many = type_name.startswith("array<")
    attribute: TypeDef = {
        "name": name,
        "typeName": type_name,
        "cardinality": "SET" if many else "SINGLE",
        "isOptional": not required,
        "isUnique": unique,
        "isIndexable": indexed or unique,
        "valuesMinCount": 1 if required else 0,
        "valuesMaxCount": 2147483647 if many else 1,
        "searchWeight": weight,
    }
    if not text:
        attribute["indexType"] = "STRING"
    return attribute | extra


def _list(name: str) -> TypeDef:
    return {**_attribute(name, "array<string>"), "cardinality": "LIST"}


def _entity(name: str, supers: list[str], *attributes: TypeDef) -> TypeDef:
    return {"name": name, "superTypes": supers, "attributeDefs": list(attributes), **_COMMON}


def _enum(name: str, *values: str) -> TypeDef:
    elements = [{"value": value, "ordinal": ordinal} for ordinal, value in enumerate(values)]
    return {"name": name, "elementDefs": elements, **_COMMON}


def _end(
    type_name: str, name: str, *, many: bool = True, container: bool = False, legacy: bool = False
) -> dict[str, Any]:
    return {
        "type": type_name,
        "name": name,
        "isContainer": container,
        "cardinality": "SET" if many else "SINGLE",
        "isLegacyAttribute": legacy,
    }


def _relationship(
    name: str, category: str, end1: TypeDef, end2: TypeDef, *attributes: TypeDef, propagate: str = "NONE"
) -> TypeDef:
    return {
        "name": name,
        "relationshipCategory": category,
        "propagateTags": propagate,
        "endDef1": end1,
        "endDef2": end2,
        "attributeDefs": list(attributes),
        **_COMMON,
    }


def _enums() -> list[TypeDef]:
    return [
        _enum(_STATUS, "DRAFT", "ACTIVE", "DEPRECATED", "OBSOLETE", _OTHER),
        _enum(_ASSIGNMENT, "DISCOVERED", "PROPOSED", "IMPORTED", "VALIDATED", "DEPRECATED", "OBSOLETE", _OTHER),
        _enum("atlas_operation", "OTHERS", "PURGE", "EXPORT", "IMPORT", "IMPORT_DELETE_REPL"),
    ]


def _entities() -> list[TypeDef]:
    key = _attribute("qualifiedName", required=True, unique=True, weight=10)
    servers = [
        _attribute(name, "array<AtlasServer>", options={"isSoftReference": "true"})
        for name in ("replicatedFrom", "replicatedTo")
    ]
    return [
        _entity("Referenceable", [], key, *servers),
        _entity(
            "Asset",
            ["Referenceable"],
            _attribute("name", required=True, indexed=True, weight=10, text=False),
            _attribute("description", weight=9),
            _attribute("owner", indexed=True, weight=9, text=False),
            _attribute("displayName", indexed=True, weight=10, text=False),
            _attribute("userDescription", indexed=True, weight=9, text=False),
        ),
        *(_entity(name, ["Asset"]) for name in ("DataSet", "Infrastructure", "ProcessExecution")),
        _entity("Process", ["Asset"], *(_attribute(name, "array<DataSet>") for name in ("inputs", "outputs"))),
        _entity(
            "AtlasServer",
            [],
            _attribute("name", required=True),
            _attribute("displayName", required=True, indexed=True),
            _attribute("fullName", required=True, unique=True),
            _list("urls"),
            _attribute("additionalInfo", _STRINGS),
        ),
        _entity("__internal", []),
        *_saved_searches(),
        *_glossaries(),
    ]


def _saved_searches() -> list[TypeDef]:
    owned = [{"type": "ownedRef"}]
    return [
        _entity(
            "__AtlasUserProfile",
            ["__internal"],
            _attribute("name", required=True, unique=True),
            _attribute("fullName"),
            _attribute("savedSearches", "array<__AtlasUserSavedSearch>", constraints=owned),
        ),
        _entity(
            "__AtlasUserSavedSearch",
            ["__internal"],
            _attribute("name", required=True),
            _attribute("ownerName", required=True),
            _attribute("searchType", required=True, indexed=True),
            _attribute("uniqueName", required=True, unique=True),
            _attribute("searchParameters", required=True),
            _attribute("uiParameters"),
        ),
    ]


def _glossaries() -> list[TypeDef]:
    common = [
        _attribute("qualifiedName", required=True, unique=True),
        _attribute("name", required=True, indexed=True),
        _attribute("shortDescription"),
        _attribute("longDescription"),
        _attribute("additionalAttributes", _STRINGS),
    ]
    usage = _attribute("usage")
    return [
        _entity("AtlasGlossary", ["__internal"], *common, _attribute("language"), usage),
        _entity(_TERM, ["__internal"], *common, _list("examples"), _attribute("abbreviation"), usage),
        _entity(_CATEGORY, ["__internal"], *common),
    ]


def _relationships() -> list[TypeDef]:
    return [
        _relationship(
            "dataset_process_inputs",
            "AGGREGATION",
            _end("Process", "inputs", container=True, legacy=True),
            _end("DataSet", "inputToProcesses"),
            propagate="TWO_TO_ONE",
        ),
        _relationship(
            "process_dataset_outputs",
            "AGGREGATION",
            _end("Process", "outputs", container=True, legacy=True),
            _end("DataSet", "outputFromProcesses"),
            propagate="ONE_TO_TWO",
        ),
        _relationship(
            "__AtlasUserProfile_savedsearches",
            "COMPOSITION",
            _end("__AtlasUserProfile", "savedSearches", container=True, legacy=True),
            _end("__AtlasUserSavedSearch", "userProfile", many=False),
        ),
        *_glossary_relationships(),
        *_term_relationships(),
    ]


def _glossary_relationships() -> list[TypeDef]:
    return [
        _relationship(
            "AtlasGlossarySemanticAssignment",
            "ASSOCIATION",
            _end(_TERM, "assignedEntities"),
            _end("Referenceable", "meanings"),
            _attribute("description"),
            _attribute("expression"),
            _attribute("status", _ASSIGNMENT),
            _attribute("confidence", "int"),
            *(_attribute(name) for name in ("createdBy", "steward", "source")),
            propagate="ONE_TO_TWO",
        ),
        *(
            _relationship(
                f"{child}Anchor",
                "COMPOSITION",
                _end("AtlasGlossary", plural, container=True),
                _end(child, "anchor", many=False),
            )
            for child, plural in ((_TERM, "terms"), (_CATEGORY, "categories"))
        ),
        _relationship(
            "AtlasGlossaryCategoryHierarchyLink",
            "AGGREGATION",
            _end(_CATEGORY, "childrenCategories", container=True),
            _end(_CATEGORY, "parentCategory", many=False),
        ),
        _relationship(
            "AtlasGlossaryTermCategorization",
            "AGGREGATION",
            _end(_CATEGORY, "terms", container=True),
            _end(_TERM, "categories"),
            _attribute("description"),
            _attribute("status", _STATUS),
        ),
    ]


def _term_relationships() -> list[TypeDef]:
    ends = {
        "AtlasGlossaryAntonym": ("antonyms", "antonyms"),
        "AtlasGlossarySynonym": ("synonyms", "synonyms"),
        "AtlasGlossaryRelatedTerm": ("seeAlso", "seeAlso"),
        "AtlasGlossaryIsARelationship": ("classifies", "isA"),
        "AtlasGlossaryPreferredTerm": ("preferredTerms", "preferredToTerms"),
        "AtlasGlossaryReplacementTerm": ("replacementTerms", "replacedBy"),
        "AtlasGlossaryTranslation": ("translationTerms", "translatedTerms"),
        "AtlasGlossaryValidValue": ("validValues", "validValuesFor"),
    }
    attributes = [
        *(_attribute(name) for name in ("description", "expression")),
        _attribute("status", _STATUS),
        *(_attribute(name) for name in ("steward", "source")),
    ]
    return [
        _relationship(name, "ASSOCIATION", _end(_TERM, first), _end(_TERM, second), *attributes)
        for name, (first, second) in ends.items()
    ]


def definitions() -> dict[str, list[TypeDef]]:
    """All base types as the body of POST /api/atlas/v2/types/typedefs."""
    return {"enumDefs": _enums(), "entityDefs": _entities(), "relationshipDefs": _relationships()}


def install(client: httpx.Client) -> int:
    """Posts the base types that the server lacks; how many they were. Raises httpx.HTTPError."""
    headers = client.get("/api/atlas/v2/types/typedefs/headers").raise_for_status().json()
    present = {header["name"] for header in headers}
    missing = {kind: [item for item in items if item["name"] not in present] for kind, items in definitions().items()}
    count = sum(map(len, missing.values()))
    if count:
        client.post("/api/atlas/v2/types/typedefs", json=missing).raise_for_status()
    return count
