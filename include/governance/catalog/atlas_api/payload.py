"""Changes as Atlas entities (pyapacheatlas models them), and Atlas' answers as the contract has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pyapacheatlas.core import AtlasClassification, AtlasEntity

from ...model.catalog_types import REFERENCES
from ...model.vocabularies import Action
from ...staging.plan import Change, Key
from ..contract import Edge, Entity, RequestFailure, Written

Document = dict[str, Any]


def object_id(key: Key) -> Document:
    """An AtlasObjectId by unique attribute."""
    return {"typeName": key.type_name, "uniqueAttributes": {"qualifiedName": key.qualified_name}}


def from_changes(changes: Sequence[Change]) -> list[Document]:
    """The bulk payload. Entities of one request refer to each other by their negative guids, to others by name."""
    guids = {change.key: str(-index) for index, change in enumerate(changes, start=1)}
    return [_from_change(change, guids) for change in changes]


def from_attributes(key: Key, attributes: Mapping[str, Any]) -> Document:
    """One entity that has attributes only."""
    return {
        "typeName": key.type_name,
        "guid": "-1",
        "attributes": {"qualifiedName": key.qualified_name, **attributes},
    }


def written(changes: Sequence[Change], answer: Document) -> dict[Key, Written]:
    """The answer to a bulk payload, by key. Raises RequestFailure where it is no answer of an Atlas."""
    guids = answer.get("guidAssignments") or {}
    created = {header["guid"] for header in (answer.get("mutatedEntities") or {}).get("CREATE") or []}
    assigned = {}
    for index, change in enumerate(changes, start=1):
        guid = guids.get(str(-index))
        if guid is None:
            raise RequestFailure(
                "The answer to a write names no ids: no Atlas gave it.",
                status=200,
                is_answer_lost=True,
                is_retriable=True,
                is_outage=True,
            )
        assigned[change.key] = Written(guid, guid not in created)
    return assigned


def to_entity(document: Document) -> Entity:
    """An AtlasEntity as the contract has it. Reads list deleted relationships too."""
    type_name, guid = document["typeName"], document["guid"]
    attributes = document.get("attributes") or {}
    relationships = document.get("relationshipAttributes") or {}
    return Entity(
        key=Key(type_name, attributes["qualifiedName"]),
        guid=guid,
        attributes=attributes,
        edges={name: _edges(relationships[name]) for name in _edge_attributes(type_name) if relationships.get(name)},
        classifications=[
            item["typeName"]
            for item in document.get("classifications") or []
            if item.get("entityGuid", guid) == guid  # else it is propagated
        ],
        business_metadata=document.get("businessAttributes") or {},
    )


def _edges(value: Any) -> list[Edge]:
    return [
        Edge(
            item.get("relationshipGuid", ""),
            item.get("guid", ""),
            item.get("relationshipStatus", "ACTIVE") == "ACTIVE",
            item.get("entityStatus", "ACTIVE") == "ACTIVE",
        )
        for item in (value if isinstance(value, list) else [value])
    ]


@cache
def _edge_attributes(type_name: str) -> tuple[str, ...]:
    """The relationship attributes that the model gives entities of the type."""
    return tuple(attribute for owner, attribute in REFERENCES if owner == type_name)


def _from_change(change: Change, guids: Mapping[Key, str]) -> Document:
    # An update carries only what changed; name and qualifiedName are required in every request
    attributes = {"name": change.name, **change.attributes, "qualifiedName": change.qualified_name}
    entity = AtlasEntity(
        attributes.pop("name"),
        change.type_name,
        attributes.pop("qualifiedName"),
        guid=guids[change.key],
        attributes=attributes,
    )
    document: Document = entity.to_json()
    if change.action == Action.CREATE:
        document["relationshipAttributes"] = _references(change, guids)
        document["classifications"] = [
            AtlasClassification(name, attributes=values, propagate=False).to_json()
            for name, values in sorted(change.add_classifications.items())
        ]
    return document


def _references(change: Change, guids: Mapping[Key, str]) -> Document:
    """Relationship attributes: a list where the attribute holds many, else one reference."""
    references: Document = {}
    for attribute, targets in change.add_references.items():
        ids = [
            {"typeName": key.type_name, "guid": guids[key]} if key in guids else object_id(key)
            for key in (Key(*target) for target in targets)
        ]
        references[attribute] = ids if REFERENCES[change.type_name, attribute].many else ids[0]
    return references
