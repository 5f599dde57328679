"""What somebody wrote in the catalog since the ledger last acknowledged it: kept where it is theirs, reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..model import comparison, json_text
from ..model.attribute_owners import AttributeOwners
from ..model.vocabularies import Action, AttributeOwner
from ..staging.outcome import Edit
from ..staging.plan import Change, Key
from .contract import Entity

Held = Mapping[Key, Mapping[str, Any]]


@dataclass
class Compared:
    """Changes compared with the catalog.

    Attributes:
        changes: what is to be sent: without what somebody else's first value keeps.
        settled: those of which nothing is left to be sent.
        edits: each attribute that both sides moved: both values, and which of them stays. For the run report.
    """

    changes: list[Change] = field(default_factory=list)
    settled: list[Change] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)


def held_values(changes: Sequence[Change], found: Iterable[Entity]) -> dict[Key, dict[str, Any]]:
    """By entity, the catalog's values of the attributes that the changes would send."""
    names = {change.key: change.attributes.keys() for change in changes}
    return {entity.key: {name: entity.attributes.get(name) for name in names.get(entity.key, ())} for entity in found}


def compared(changes: Sequence[Change], held: Held, owners: AttributeOwners) -> Compared:
    """The changes without what is not to be sent over what somebody wrote."""
    result = Compared()
    for change in changes:
        kept: dict[str, Any] = {}
        for name, now in held.get(change.key, {}).items():
            if not _was_edited(change, name, now):
                continue
            stays = owners.of(change.type_name, name) == AttributeOwner.FIRST and bool(now)
            if stays:
                kept[name] = now
            if stays or change.action != Action.CREATE:  # of an interrupted sync, the earlier value is our own
                result.edits.append(_edit(change, name, now, stays))
        left = _without(change, kept) if kept else change
        (result.changes if _sends_something(left) else result.settled).append(left)
    return result


def _was_edited(change: Change, name: str, now: Any) -> bool:
    """Whether the catalog has neither what the ledger acknowledged nor what is to be sent."""
    if name not in change.attributes:
        return False
    return not any(comparison.is_same(value, now) for value in (change.before.get(name), change.attributes[name]))


def _without(change: Change, kept: dict[str, Any]) -> Change:
    attributes = {name: value for name, value in change.attributes.items() if name not in kept}
    before = {name: value for name, value in change.before.items() if name not in kept}
    return replace(change, attributes=attributes, before=before, kept={**change.kept, **kept})


def _sends_something(change: Change) -> bool:
    edges, marks = change.add_references or change.remove_references, change.add_classifications
    is_new = change.action == Action.CREATE
    return bool(is_new or change.attributes or edges or marks or change.remove_classifications or not change.kept)


def _edit(change: Change, name: str, now: Any, stays: bool) -> Edit:
    return Edit(
        type_name=change.type_name,
        qualified_name=change.qualified_name,
        name=change.name,
        attribute=name,
        acknowledged=json_text.display(change.before.get(name)),
        catalog=json_text.display(now),
        source=json_text.display(change.attributes[name]),
        stays="catalog" if stays else "source",
    )
