"""How the live catalog differs from the ledger, for the report of a run that reconciled the two."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

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
    """One difference. expected, held: as texts, JSON where a value is none; "" for nothing.

    Attributes:
        what: the kind in words.
        is_healed: whether it is put right; what people decided stays.
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


def reconciled_of(differences: Differences | None, links: CatalogLinks) -> Reconciled | None:
    """What is put right comes before what stays."""
    if differences is None:
        return None
    rows = [_row(one, links) for one in sorted(differences.found, key=lambda one: not one.is_healed)]
    return Reconciled(differences.compared, dict(Counter(str(row.kind) for row in rows)), rows)


def _row(one: Difference, links: CatalogLinks) -> DifferenceRow:
    return DifferenceRow(
        one.kind,
        _WORDS[one.kind],
        one.type_name,
        one.qualified_name,
        one.name,
        one.attribute,
        _text(one.expected),
        _text(one.held),
        one.is_healed,
        links.entity(Key(one.type_name, one.qualified_name)),
    )


def _text(value: object) -> str:
    """A classification without attributes, {}, is there all the same."""
    return "set" if value == {} else json_text.display(value)
