"""Merges several entities of one qualified name into one, so that nothing that people wrote is lost.

Killed at any point, it is finished by the next run: whatever is to be done follows from what the catalog holds. What
the entity that stays lacks is written onto it and read back; only then the duplicate loses its relationships and is
deleted; last, the name is made to find the entity that stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..model import json_text
from ..staging.outcome import Merged, Outcome
from ..staging.plan import Key
from ..state.ledger import Ledger
from .contract import Catalog, Content, RequestFailure, WriteLease, own_name
from .duplicates import Known, in_words, merging

_NOT_KEPT = "the catalog took {what} without an error and does not show it: the duplicate {guid} was not deleted"


@dataclass(frozen=True)
class Several:
    """One qualified name of which the catalog has several entities, or which does not find the one that it has.

    Attributes:
        stays: the entity that the others are merged into.
        duplicates: the others, those only that this installation manages.
    """

    key: Key
    stays: Content
    duplicates: Sequence[Content] = ()


class Merger:
    """Merges by the ledger's knowledge; counts in the outcome, and checks the lease before each write."""

    def __init__(self, catalog: Catalog, ledger: Ledger, lease: WriteLease, outcome: Outcome, known: Known) -> None:
        self._catalog, self._ledger, self._lease = catalog, ledger, lease
        self._outcome, self._known = outcome, known

    def merge(self, several: Several) -> None:
        """Merges those duplicates that contradict nothing. What the catalog refuses is noted, and stays as it is.

        Raises:
            RequestFailure: the catalog fails as a whole.
        """
        try:
            stays = self._catalog.content(several.stays.guid)
            if stays is None:
                return  # deleted since it was looked at
            for duplicate in several.duplicates:
                stays = self._merge(several.key, stays, duplicate.guid)
            self._name(several.key, stays)
        except RequestFailure as failure:
            if failure.is_fatal:
                raise
            self._refuse(several.key, several.stays, failure.message)

    def _merge(self, key: Key, stays: Content, guid: str) -> Content:
        """The entity that stays, as it is then."""
        duplicate = self._catalog.content(guid)
        if duplicate is None or own_name(duplicate.entity.key) != key:
            return stays  # deleted, or given a name of its own, since it was looked at
        added = merging(key, stays, duplicate, self._known).addition
        if added:
            self._lease.check()
            self._catalog.add(stays, added)
            stays = self._catalog.content(stays.guid) or stays
        left = merging(key, stays, duplicate, self._known)
        if left.addition:
            self._refuse(key, stays, _NOT_KEPT.format(what=json_text.display(in_words(left.addition)), guid=guid))
        elif not left.conflicts:
            self._retire(duplicate)
            self._outcome.merged.append(
                Merged(
                    **_described(key, stays),
                    stays=stays.guid,
                    duplicate=guid,
                    taken_over=json_text.display(in_words(added)),
                )
            )
        return stays

    def _retire(self, duplicate: Content) -> None:
        """Its relationships first: one of them may hide another's, or take a part of it along."""
        for link in duplicate.links:
            self._lease.check()
            self._catalog.unrelate(link.guid)
            self._outcome.relationships += 1
        self._lease.check()
        self._catalog.delete(duplicate.guid)

    def _name(self, key: Key, stays: Content) -> None:
        """Lets the name find the entity that stays, and the ledger know it."""
        if self._named(key) != stays.guid:
            self._lease.check()
            self._catalog.give_name(key, stays.guid)
        if self._named(key) != stays.guid:
            self._refuse(key, stays, f"its qualified name does not find it; its guid is {stays.guid}")
            return
        entry = self._known.entries.get(key)
        if entry and entry.guid != stays.guid:
            self._ledger.acknowledge([replace(entry, guid=stays.guid)])

    def _named(self, key: Key) -> str | None:
        found = next(self._catalog.find([key], relationships=False), None)
        return found.guid if found else None

    def _refuse(self, key: Key, stays: Content, reason: str) -> None:
        self._outcome.refused.append({**_described(key, stays), "reason": reason})


def _described(key: Key, content: Content) -> dict[str, str]:
    name = str(content.attributes.get("name") or key.qualified_name)
    return {"type_name": key.type_name, "qualified_name": key.qualified_name, "name": name}
