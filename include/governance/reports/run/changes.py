"""Planned changes of the catalog, attribute by attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ...model import json_text
from ...model.catalog_types import DATE, ENTITY_TYPES
from ...model.timestamps import from_millis
from ...model.vocabularies import Action, OmissionKind
from ...staging.plan import Change, Key, Omission, Plan
from .links import CatalogLinks

_MOST_LISTED = 200

References = dict[str, list[list[str]]]  # attribute -> list of [type, qualified name]


@dataclass(frozen=True)
class AttributeChange:
    """One attribute's acknowledged and new value as texts: dates in ISO 8601, JSON where a value is not a text.

    A value that is not there is an empty text.
    """

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ListedChange:
    """One change of one entity. Attributes and added references of a new entity are left out."""

    action: Action
    type_name: str
    qualified_name: str
    name: str
    link: str | None
    attributes: list[AttributeChange]
    add_references: References
    remove_references: References
    add_classifications: list[str]
    remove_classifications: list[str]
    reason: str = ""


@dataclass(frozen=True)
class ListedOmission:
    """One entity that stays as the catalog has it, with the reason."""

    kind: OmissionKind
    type_name: str
    qualified_name: str
    source: str
    name: str
    link: str | None
    reason: str


@dataclass(frozen=True)
class Changes:
    """All changes counted, the first of them shown.

    Attributes:
        counts: Number of entities by action and type.
        omitted_counts: Number of entities that the plan leaves as they are, by why it does.
        omitted: The first of them.
        excess: Why more would be marked as missing or retired than one run may.
        excess_allowed_by: The person who allowed it; empty: nothing is marked.
    """

    total: int = 0
    unchanged: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: list[ListedChange] = field(default_factory=list)
    omitted_counts: dict[str, int] = field(default_factory=dict)
    omitted: list[ListedOmission] = field(default_factory=list)
    excess: str = ""
    excess_allowed_by: str = ""


def changes_of(plan: Plan | None, links: CatalogLinks) -> Changes:
    """What exists and changes comes before what is new."""
    if plan is None:
        return Changes()
    ordered = sorted(plan.changes, key=lambda change: (change.action == Action.CREATE, change.type_name, change.name))
    listed = [_listed_change(change, links) for change in ordered[:_MOST_LISTED]]
    return Changes(
        total=len(plan.changes),
        unchanged=plan.unchanged,
        counts=plan.counts(),
        shown=listed,
        omitted_counts=plan.omitted_counts(),
        omitted=_listed_omissions(plan.omitted, links),
        excess=plan.excess,
        excess_allowed_by=plan.excess_allowed_by,
    )


def _listed_omissions(omitted: Sequence[Omission], links: CatalogLinks) -> list[ListedOmission]:
    """What was refused comes before what is only held back."""
    ordered = sorted(omitted, key=lambda one: (one.kind != OmissionKind.REFUSED, one.reason, one.type_name, one.name))
    return [
        ListedOmission(**asdict(one), link=links.entity(Key(one.type_name, one.qualified_name)))
        for one in ordered[:_MOST_LISTED]
    ]


def _listed_change(change: Change, links: CatalogLinks) -> ListedChange:
    is_new = change.action == Action.CREATE
    return ListedChange(
        action=Action(change.action),
        type_name=change.type_name,
        qualified_name=change.qualified_name,
        name=change.name,
        link=links.entity(change.key),
        attributes=[] if is_new else [_attribute_change(change, name) for name in sorted(change.attributes)],
        add_references={} if is_new else change.add_references,
        remove_references=change.remove_references,
        add_classifications=sorted(change.add_classifications),
        remove_classifications=change.remove_classifications,
        reason=change.reason,
    )


def _attribute_change(change: Change, name: str) -> AttributeChange:
    entity_type = ENTITY_TYPES.get(change.type_name)
    is_date = entity_type is not None and entity_type.attributes.get(name) == DATE
    return AttributeChange(name, _text(change.before.get(name), is_date), _text(change.attributes[name], is_date))


def _text(value: Any, is_date: bool) -> str:
    if is_date and isinstance(value, int):
        return from_millis(value).isoformat(" ", "seconds")
    return json_text.display(value)
