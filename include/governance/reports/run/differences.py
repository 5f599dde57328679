"""How the live catalog differs from the ledger, for the report of a run that reconciled the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...model import json_text
from ...model.vocabularies import DifferenceKind
from ...staging.plan import Key
from ...staging.reconciliation import Difference, Differences
from .links import CatalogLinks

_WORDS = {
    DifferenceKind.DELETED: "deleted in the catalog",
    DifferenceKind.ATTRIBUTE: "attribute changed in the catalog",
    DifferenceKind.CURATED: "text of a steward",
    DifferenceKind.RELATION: "relation deleted in the catalog",
    DifferenceKind.ADDED_RELATION: "relation added in the catalog",
    DifferenceKind.CLASSIFICATION: "classification changed in the catalog",
    DifferenceKind.DUPLICATED: "several entities of one qualified name",
    DifferenceKind.CONFLICT: "its duplicate says otherwise",
    DifferenceKind.UNNAMED: "not found by its qualified name",
    DifferenceKind.UNKNOWN: "not in the ledger",
}


@dataclass(frozen=True)
class DifferenceRow:
    """One difference. expected, held: as texts, of relations the names of their targets; "" for nothing.

    Attributes:
        what: the kind in words.
        is_healed: whether it is put right; what people decided stays.
        reason: why.
        relations: of an entity that was deleted, the relations that went with it: `attribute of entity`.
    """

    kind: DifferenceKind
    what: str
    type_name: str
    qualified_name: str
    name: str
    attribute: str
    expected: str
    held: str
    is_healed: bool
    link: str | None
    reason: str = ""
    relations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reconciled:
    """What was compared.

    Attributes:
        compared: number of entities of the ledger.
        counts: differences by kind.
    """

    compared: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    differences: list[DifferenceRow] = field(default_factory=list)

    @property
    def open(self) -> int:
        """Number of differences that applying the plan puts right."""
        return sum(row.is_healed for row in self.differences)

    @property
    def first_open(self) -> DifferenceRow | None:
        """The gravest of them."""
        return next((row for row in self.differences if row.is_healed), None)

    @property
    def held_back(self) -> list[DifferenceRow]:
        """Duplicates that carry something else than the entity that stays: a person decides."""
        return [row for row in self.differences if row.kind == DifferenceKind.CONFLICT]


def reconciled_of(differences: Differences | None, links: CatalogLinks) -> Reconciled | None:
    """Entities that were deleted come first, then what waits for a person; what is put right before what stays.

    A relation that was only deleted with its target is part of what became of that.
    """
    if differences is None:
        return None
    deleted = {_key(one): one for one in differences.found if one.kind == DifferenceKind.DELETED}
    left = [one for found in differences.found if (one := _without_targets(found, deleted))]
    rows = [_row(one, links, _relations_of(one, differences.found)) for one in sorted(left, key=_rank)]
    return Reconciled(differences.compared, dict(Counter(str(row.kind) for row in rows)), rows)


def _rank(one: Difference) -> tuple[int, bool]:
    order = [DifferenceKind.DELETED, DifferenceKind.DUPLICATED, DifferenceKind.CONFLICT, DifferenceKind.UNNAMED]
    is_last = one.kind not in order or (one.kind == DifferenceKind.DELETED and not one.is_healed)
    return (len(order) if is_last else order.index(one.kind), not one.is_healed)


def _key(one: Difference) -> Key:
    return Key(one.type_name, one.qualified_name)


def _without_targets(one: Difference, deleted: Mapping[Key, Difference]) -> Difference | None:
    """The difference without those relations that lead to a deleted entity; None where none is left."""
    if one.kind != DifferenceKind.RELATION:
        return one
    kept = [
        (target, name) for target, name in zip(one.expected, one.targets, strict=True) if Key(*target) not in deleted
    ]
    if not kept:
        return None
    return replace(one, expected=[target for target, _ in kept], targets=tuple(name for _, name in kept))


def _relations_of(one: Difference, found: Sequence[Difference]) -> list[str]:
    if one.kind != DifferenceKind.DELETED:
        return []
    target = [one.type_name, one.qualified_name]
    related = (other for other in found if other.kind == DifferenceKind.RELATION and target in other.expected)
    return [f"{other.attribute} of {other.name}" for other in related]


def _row(one: Difference, links: CatalogLinks, relations: list[str]) -> DifferenceRow:
    targets = json_text.display(", ".join(one.targets))
    return DifferenceRow(
        one.kind,
        _WORDS[one.kind],
        one.type_name,
        one.qualified_name,
        one.name,
        one.attribute,
        targets if one.targets and one.expected else _text(one.expected),
        targets if one.targets and one.held else _text(one.held),
        one.is_healed,
        links.entity(_key(one)),
        one.reason,
        relations,
    )


def _text(value: object) -> str:
    """A classification without attributes, {}, is there all the same."""
    return "set" if value == {} else json_text.display(value)
