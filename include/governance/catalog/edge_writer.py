"""Writes edges and classifications, one request each: an entity request does not set them on an existing entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.catalog_types import LINEAGE, REFERENCES
from ..staging.outcome import Outcome
from ..staging.plan import Key
from .contract import Catalog, Entity, RequestFailure, WriteLease
from .read_back import active_edges

References = Mapping[str, Sequence[Sequence[str]]]


class EdgeWriter:
    """Counts its writes in the outcome and checks the lease before each of them.

    Args:
        guids: of all entities that the catalog is known to have; kept up to date by the caller.
    """

    def __init__(self, catalog: Catalog, lease: WriteLease, outcome: Outcome, guids: Mapping[Key, str]) -> None:
        self._catalog, self._lease, self._outcome, self._guids = catalog, lease, outcome, guids
        self._retains: bool | None = None

    def relate(self, key: Key, references: References) -> None:
        """Creates the edges."""
        for attribute, targets in references.items():
            for target in targets:
                self._relate(key, attribute, Key(*target))

    def relate_if_both_exist(self, key: Key, attribute: str, target: Key) -> None:
        """Creates the edge unless the catalog lacks one of its ends."""
        try:
            self._relate(key, attribute, target)
        except RequestFailure as failure:
            if not failure.is_unknown_reference:
                raise

    def unrelate(self, entity: Entity, references: References) -> None:
        """Deletes those active edges of the entity that lead to the given targets."""
        for attribute, targets in references.items():
            target_guids = {self._guids[Key(*target)] for target in targets if Key(*target) in self._guids}
            for edge in active_edges(entity, attribute):
                if edge.guid in target_guids:
                    self._lease.check()
                    self._catalog.unrelate(edge.relationship_guid)
                    self._outcome.relationships += 1
                    if attribute in LINEAGE:
                        self._count_retained(edge.relationship_guid)

    def _count_retained(self, relationship_guid: str) -> None:
        """Of what lineage shows. One question per sync tells how the catalog deletes."""
        if self._retains is None:
            try:
                self._retains = self._catalog.retains(relationship_guid)
            except RequestFailure:  # the edge is deleted; how, is not known
                self._retains = False
            if self._retains:
                self._outcome.erasure_setting = self._catalog.capabilities.erasure_setting
        self._outcome.retained_lineage += self._retains

    def classify(self, guid: str, classifications: Mapping[str, Mapping[str, Any]]) -> None:
        """Adds the classifications, each with its attributes."""
        for name, values in classifications.items():
            self._lease.check()
            self._catalog.classify(guid, name, values)
            self._outcome.classifications += 1

    def declassify(self, guid: str, names: Sequence[str]) -> None:
        """Removes the classifications."""
        for name in names:
            self._lease.check()
            self._catalog.declassify(guid, name)
            self._outcome.classifications += 1

    def _relate(self, key: Key, attribute: str, target: Key) -> None:
        reference = REFERENCES[key.type_name, attribute]
        ends = (key, target) if reference.is_end1 else (target, key)
        self._lease.check()
        self._catalog.relate(reference.relationship, *ends)
        self._outcome.relationships += 1
        if not reference.many and key in self._guids:
            self._delete_hiding_edge(key, attribute)

    def _delete_hiding_edge(self, key: Key, attribute: str) -> None:
        """Deletes an active edge to a deleted entity, which hides the right one where an attribute shows only one.

        Apache Atlas 2.1.0 leaves such edges where the single end's other side is deleted (measured).
        """
        for edge in self._catalog.get(self._guids[key]).edges.get(attribute, ()):
            if edge.is_active and not edge.is_target_active:
                self._lease.check()
                self._catalog.unrelate(edge.relationship_guid)
