"""Changes as Atlas entities (pyapacheatlas models them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyapacheatlas.core import AtlasClassification, AtlasEntity

from ...model.catalog_types import REFERENCES
from ...staging.plan import Change, Key
from .client import object_id


def entities_of(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The bulk payload. Entities of one request refer to each other by their negative guids, to others by name."""
    guids = {change.key: str(-index) for index, change in enumerate(changes, start=1)}
    return [_entity(change, guids) for change in changes]


def _entity(change: Change, guids: Mapping[Key, str]) -> dict[str, Any]:
    # An update carries only what changed; name and qualifiedName are asked for in every request
    attributes = {"name": change.name, **change.attributes, "qualifiedName": change.qualified_name}
    entity = AtlasEntity(
        attributes.pop("name"),
        change.type_name,
        attributes.pop("qualifiedName"),
        guid=guids[change.key],
        attributes=attributes,
    )
    payload: dict[str, Any] = entity.to_json()
    if change.action == "create":
        payload["relationshipAttributes"] = _references(change, guids)
        payload["classifications"] = [
            AtlasClassification(name, attributes=values, propagate=False).to_json()
            for name, values in sorted(change.add_classifications.items())
        ]
    return payload


def _references(change: Change, guids: Mapping[Key, str]) -> dict[str, Any]:
    """Relationship attributes: a list where the attribute holds many, else one reference."""
    found: dict[str, Any] = {}
    for attribute, targets in change.add_references.items():
        ids = [
            {"typeName": key.type_name, "guid": guids[key]} if key in guids else object_id(key)
            for key in (Key(*target) for target in targets)
        ]
        found[attribute] = ids if REFERENCES[change.type_name, attribute].many else ids[0]
    return found
