"""Several entities of one qualified name: which of them stays, and what people wrote on the others that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.attribute_owners import AttributeOwners
from ..model.catalog_types import CLASSIFICATIONS, ENTITY_TYPES, MANAGED_BY, REFERENCES, SHARED_ATTRIBUTES
from ..model.vocabularies import AttributeOwner
from ..staging.plan import Entry, Key
from .contract import Addition, Content, Link


@dataclass(frozen=True)
class Conflict:
    """What both entities carry otherwise, and no source decides. what: as people know it. kept: of the one that stays.

    Where one person wrote both, or a source wrote one of them earlier, cannot be told: a person decides.
    """

    what: str
    kept: Any
    other: Any


@dataclass(frozen=True)
class Merging:
    """What it takes to merge a duplicate into the entity that stays.

    Attributes:
        addition: what the entity that stays lacks.
        conflicts: while there are any, the duplicate stays too.
        left: relationships that a sync once made and does not state any more: they go with the duplicate.
    """

    addition: Addition
    conflicts: list[Conflict] = field(default_factory=list)
    left: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What the ledger knows, as far as merging needs it.

    Attributes:
        keys: guid -> key of what it has acknowledged.
    """

    entries: Mapping[Key, Entry]
    owners: AttributeOwners
    keys: Mapping[str, Key] = field(default_factory=dict)


def known(entries: Mapping[Key, Entry], owners: AttributeOwners) -> Known:
    """What the ledger's entries say."""
    return Known(entries, owners, {entry.guid: key for key, entry in entries.items()})


def survivor_of(contents: Iterable[Content], acknowledged: str | None) -> Content:
    """The entity that stays: the one that the ledger has acknowledged, else the oldest.

    Args:
        contents: at least one.
        acknowledged: guid.
    """
    return min(contents, key=lambda one: (one.guid != acknowledged, one.created_ms, one.guid))


def merging(key: Key, stays: Content, duplicate: Content, ledger: Known) -> Merging:
    """What is to be done to lose nothing of the duplicate."""
    attributes, conflicts = _attributes(key, stays, duplicate, ledger)
    for part in (_business_metadata, _custom_attributes, _classifications):
        conflicts += part(stays, duplicate)
    links, in_conflict, left = _links(key, stays, duplicate, ledger)
    addition = Addition(
        attributes=attributes,
        classifications={
            name: value for name, value in _theirs(duplicate).items() if name not in stays.classifications
        },
        business_metadata=_lacking_fields(stays, duplicate),
        labels=duplicate.labels - stays.labels,
        custom_attributes=_lacking(stays.custom_attributes, duplicate.custom_attributes),
        contacts=_contacts(stays, duplicate),
        links=links,
    )
    return Merging(addition, [*conflicts, *in_conflict], left)


def _attributes(key: Key, stays: Content, duplicate: Content, ledger: Known) -> tuple[dict[str, Any], list[Conflict]]:
    """What sources state is theirs to say: it is taken over only where the ledger does not know the entity."""
    entry = ledger.entries.get(key)
    added: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for name, value in sorted(duplicate.attributes.items()):
        held = stays.attributes.get(name)
        if name in ("qualifiedName", MANAGED_BY) or value == held:
            continue
        if _is_the_sources(key, name, ledger.owners):
            if entry is None and held is None:
                added[name] = value
        elif held is None:
            added[name] = value
        elif entry is None or value != entry.attributes.get(name):
            conflicts.append(Conflict(name, held, value))
    return added, conflicts


def _is_the_sources(key: Key, name: str, owners: AttributeOwners) -> bool:
    """Whether a sync sends the attribute whenever its source moves, and nobody else's text stands in it."""
    is_ours = name == "name" or name in ENTITY_TYPES[key.type_name].attributes
    return is_ours and name not in SHARED_ATTRIBUTES and owners.of(key.type_name, name) == AttributeOwner.SOURCE


def _lacking(held: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in others.items() if name not in held}


def _lacking_fields(stays: Content, duplicate: Content) -> dict[str, dict[str, Any]]:
    groups = {
        group: _lacking(stays.business_metadata.get(group, {}), fields)
        for group, fields in duplicate.business_metadata.items()
    }
    return {group: fields for group, fields in groups.items() if fields}


def _business_metadata(stays: Content, duplicate: Content) -> list[Conflict]:
    return [
        Conflict(f"{group}.{conflict.what}", conflict.kept, conflict.other)
        for group, fields in duplicate.business_metadata.items()
        for conflict in _differing(stays.business_metadata.get(group, {}), fields)
    ]


def _custom_attributes(stays: Content, duplicate: Content) -> list[Conflict]:
    return _differing(stays.custom_attributes, duplicate.custom_attributes)


def _classifications(stays: Content, duplicate: Content) -> list[Conflict]:
    return _differing(_theirs(stays), _theirs(duplicate))


def _differing(held: Mapping[str, Any], others: Mapping[str, Any]) -> list[Conflict]:
    return [Conflict(name, held[name], value) for name, value in others.items() if held.get(name, value) != value]


def _theirs(content: Content) -> dict[str, Mapping[str, Any]]:
    """The classifications that the model does not define; the others say what a sync found."""
    return {name: value for name, value in content.classifications.items() if name not in CLASSIFICATIONS}


def _contacts(stays: Content, duplicate: Content) -> dict[str, list[Mapping[str, Any]]]:
    added: dict[str, list[Mapping[str, Any]]] = {}
    for kind, people in duplicate.contacts.items():
        ids = {person.get("id") for person in stays.contacts.get(kind, ())}
        if further := [person for person in people if person.get("id") not in ids]:
            added[kind] = further
    return added


def _links(
    key: Key, stays: Content, duplicate: Content, ledger: Known
) -> tuple[list[Link], list[Conflict], list[Link]]:
    """(those to be made from the entity that stays, those that contradict, those that nobody states any more)."""
    held = {(link.relationship, link.attribute, link.target) for link in stays.links}
    single = {link.attribute: link for link in stays.links if link.is_single}
    added: list[Link] = []
    conflicts: list[Conflict] = []
    left: list[Link] = []
    for link in duplicate.links:
        if (link.relationship, link.attribute, link.target) in held or link.target in (stays.guid, duplicate.guid):
            continue
        is_stated = _is_stated(key, link, ledger)
        if is_stated is False:
            left.append(link)
        elif link.attribute not in single:
            added.append(link)
        elif is_stated is None:
            other = single[link.attribute]
            conflicts.append(Conflict(link.attribute, other.target_name, link.target_name))
    return added, conflicts, left


def _is_stated(key: Key, link: Link, ledger: Known) -> bool | None:
    """Whether a sync states the relationship; None where it is not a sync's to state.

    It is where the model has it and the ledger knows both ends.
    """
    reference, target = REFERENCES.get((key.type_name, link.attribute)), ledger.keys.get(link.target)
    if target is None:
        return None
    stating, stated = (key, target) if reference and reference.stated else (target, key)
    attributes = [
        attribute
        for (type_name, attribute), one in REFERENCES.items()
        if type_name == stating.type_name and one.relationship == link.relationship and one.stated
    ]
    entry = ledger.entries.get(stating)
    if entry is None or not attributes:
        return None
    return any([*stated] in entry.references.get(attribute, ()) for attribute in attributes)


def in_words(addition: Addition) -> str:
    """What is taken over, as a list; empty where nothing is."""
    parts = [
        *addition.attributes,
        *(f"{group}.{name}" for group, fields in addition.business_metadata.items() for name in fields),
        *addition.custom_attributes,
        *(f"label {label}" for label in sorted(addition.labels)),
        *(f"classification {name}" for name in addition.classifications),
        *(f"{len(people)} contacts {kind}" for kind, people in addition.contacts.items()),
        *(f"{link.attribute} {link.target_name}" for link in addition.links),
    ]
    return ", ".join(parts)
