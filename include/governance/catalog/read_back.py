"""What a catalog has of our entities, as ledger entries, and what is still to be changed about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from ..model import comparison
from ..model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from ..model.catalog_types import CLASSIFICATIONS, ENTITY_TYPES, REFERENCES, SHARED_ATTRIBUTES
from ..model.vocabularies import Action, AttributeOwner
from ..staging.plan import READ_BACK, Change, Entry, Key
from .contract import Catalog, Edge, Entity

# The base type's own attributes that we write; where we write none, a curator may have
_BASE_ATTRIBUTES = {"name", "qualifiedName", *SHARED_ATTRIBUTES}


def read_back(catalog: Catalog, keys: Iterable[Key]) -> list[Entry]:
    """Ledger entries of those keys that the catalog has."""
    entities = list(catalog.find(keys))
    keys_by_guid = {entity.guid: entity.key for entity in entities}
    return [entry_of(entity, keys_by_guid) for entity in entities]


def read_back_with_targets(catalog: Catalog, keys: Iterable[Key]) -> list[Entry]:
    """The same, with the entities that those refer to: another installation may manage them."""
    entities = list(catalog.find(keys))
    known = {entity.guid for entity in entities}
    targets = {
        edge.guid
        for entity in entities
        for (type_name, attribute), reference in REFERENCES.items()
        if type_name == entity.key.type_name and reference.stated
        for edge in active_edges(entity, attribute)
    }
    more = [catalog.get(guid).key for guid in sorted(targets - known)]
    return read_back(catalog, sorted({*(entity.key for entity in entities), *more}))


def entry_of(entity: Entity, keys_by_guid: Mapping[str, Key]) -> Entry:
    """One entity as a ledger entry: our attributes, active references to known entities, our classifications."""
    key = entity.key
    references = {
        attribute: targets
        for (type_name, attribute), reference in REFERENCES.items()
        if type_name == key.type_name
        and reference.stated
        and (
            targets := sorted(
                [*keys_by_guid[edge.guid]] for edge in active_edges(entity, attribute) if edge.guid in keys_by_guid
            )
        )
    }
    return Entry(
        key=key,
        source=_source_of(key),
        guid=entity.guid,
        attributes=attributes_of(entity),
        references=references,
        classifications={name: {} for name in own_classifications(entity)},
        content_hash=READ_BACK,
    )


def remaining_change(change: Change, current: Entry, owners: AttributeOwners = ALL_THE_SOURCES) -> Change:
    """What is left of a change that creates an entity where the catalog had it already.

    Args:
        change: creates the entity.
        current: the entity as the catalog has it.
        owners: whose each attribute is: only what is the source's is cleared.
    """
    attributes = {
        name: None
        for name in comparison.differing({}, current.attributes)
        if change.attributes.get(name) is None
        and name not in SHARED_ATTRIBUTES
        and owners.of(change.type_name, name) == AttributeOwner.SOURCE
    }
    return Change(
        Action.UPDATE,
        *change.key,
        change.source,
        attributes=attributes,
        add_references=comparison.references_added(change.add_references, current.references),
        remove_references=comparison.references_added(current.references, change.add_references),
        add_classifications=comparison.classifications_added(change.add_classifications, current.classifications),
        remove_classifications=list(
            comparison.classifications_added(current.classifications, change.add_classifications)
        ),
        name=change.name,
    )


def attributes_of(entity: Entity) -> dict[str, Any]:
    """The attributes that a sync writes, those that hold something."""
    names = _BASE_ATTRIBUTES | set(ENTITY_TYPES[entity.key.type_name].attributes)
    return {name: value for name, value in entity.attributes.items() if name in names and value not in (None, [], {})}


def active_edges(entity: Entity, attribute: str) -> list[Edge]:
    """The edges of a relationship attribute of which neither the relationship nor the target is deleted."""
    return [edge for edge in entity.edges.get(attribute, ()) if edge.is_active and edge.is_target_active]


def own_classifications(entity: Entity) -> list[str]:
    """Names of the entity's classifications that the model defines, sorted."""
    return sorted(name for name in entity.classifications if name in CLASSIFICATIONS)


def _source_of(key: Key) -> str:
    """The source that the entity comes from: the first part of its qualified name, or governance itself.

    Azure's names do not say which source read them: empty.
    """
    scheme, _, rest = key.qualified_name.partition("://")
    return {"governance": scheme, "azure": ""}.get(scheme, unquote(rest.split("/", 1)[0]))
