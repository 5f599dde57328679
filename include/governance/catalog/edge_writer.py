"""Edges and marks, one request each: what an entity request does not set on an entity that was there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model.catalog_types import REFERENCES
from ..net.http import HttpFailure
from ..staging.outcome import Outcome
from ..staging.plan import Key
from ..state.lease import Lease
from .atlas.client import Atlas, Entity, is_unknown_reference
from .marker import active_edges

References = Mapping[str, Sequence[Sequence[str]]]


class EdgeWriter:
    """Counts what it does in the outcome; looks at the lock before every request. guids: of all that is known."""

    def __init__(self, atlas: Atlas, hold: Lease, outcome: Outcome, guids: Mapping[Key, str]) -> None:
        self._atlas, self._hold, self._outcome, self._guids = atlas, hold, outcome, guids

    def relate(self, key: Key, references: References) -> None:
        for attribute, targets in references.items():
            for target in targets:
                self._relate(key, attribute, Key(*target))

    def relate_where_possible(self, key: Key, attribute: str, target: Key) -> None:
        """The same where either end may be missing in the catalog."""
        try:
            self._relate(key, attribute, target)
        except HttpFailure as failure:
            if not is_unknown_reference(failure):
                raise

    def unrelate(self, entity: Entity, references: References) -> None:
        for attribute, targets in references.items():
            gone = {self._guids[Key(*target)] for target in targets if Key(*target) in self._guids}
            for edge in active_edges(entity, attribute):
                if edge["guid"] in gone:
                    self._hold.check()
                    self._atlas.unrelate(edge["relationshipGuid"])
                    self._outcome.relationships += 1

    def classify(self, guid: str, classifications: Mapping[str, dict[str, str]]) -> None:
        for name, values in classifications.items():
            self._hold.check()
            self._atlas.classify(guid, name, values)
            self._outcome.classifications += 1

    def declassify(self, guid: str, names: Sequence[str]) -> None:
        for name in names:
            self._hold.check()
            self._atlas.declassify(guid, name)
            self._outcome.classifications += 1

    def _relate(self, key: Key, attribute: str, target: Key) -> None:
        reference = REFERENCES[key.type_name, attribute]
        ends = (key, target) if reference.is_end1 else (target, key)
        self._hold.check()
        self._atlas.relate(reference.relationship, *ends)
        self._outcome.relationships += 1
        if not reference.many and key in self._guids:
            self._uncover(key, attribute)

    def _uncover(self, key: Key, attribute: str) -> None:
        """Removes a live edge to a deleted entity, which hides the right one where the attribute shows only one.

        Apache Atlas 2.1.0 leaves such edges where the single end's other side is deleted (measured).
        """
        edge = (self._atlas.get(self._guids[key]).get("relationshipAttributes") or {}).get(attribute) or {}
        if edge.get("entityStatus") == "DELETED" and edge.get("relationshipStatus") == "ACTIVE":
            self._hold.check()
            self._atlas.unrelate(edge["relationshipGuid"])
