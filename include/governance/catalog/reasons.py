"""Why reconciling changes an entity, or leaves what it found: one sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.vocabularies import DifferenceKind
from ..staging.reconciliation import Difference

CREATED = "it was deleted in the catalog, and its source still had it when it was published"
_UPDATED = "the catalog has it otherwise than it was published: {what}"

# (put right, left as it is)
_WHY = {
    DifferenceKind.DELETED: (CREATED, "its source does not have it either: it may stay away"),
    DifferenceKind.ATTRIBUTE: ("its source states it", ""),
    DifferenceKind.CURATED: ("", "a steward wrote it: it is theirs"),
    DifferenceKind.RELATION: ("its source states it", ""),
    DifferenceKind.ADDED_RELATION: ("", "somebody added it: no source states the opposite"),
    DifferenceKind.CLASSIFICATION: ("it says what a sync found, whoever sets or removes it", ""),
    DifferenceKind.UNKNOWN: ("it carries this installation's stamp: with it in the ledger, the next sync decides", ""),
}
_WORDS = {DifferenceKind.RELATION: "relation {}", DifferenceKind.CLASSIFICATION: "classification {}"}


def why(kind: DifferenceKind, *, is_healed: bool) -> str:
    """Why a difference is put right, or stays."""
    return _WHY[kind][not is_healed]


def updated(healed: Sequence[Difference]) -> str:
    """Why an entity is updated: what of it differs."""
    return _UPDATED.format(what=", ".join(_WORDS.get(one.kind, "{}").format(one.attribute) for one in healed))
