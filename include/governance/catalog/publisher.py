"""Applies changes to one catalog: batches that keep dependencies together, the ledger committed after each.

A batch that the catalog refuses is split until the bad entity stands alone; it is reported and the rest lands. A batch
whose answer was lost is looked for before it is sent again: two requests that create the same entity at the same time
would both succeed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from ..http import HttpFailure
from ..staged.outcome import Outcome
from ..staged.plan import MISSING, Change, Entry, Key
from ..state.ledger import Ledger
from ..state.lock import Hold
from ..vocabulary.catalog_types import REFERENCES
from .atlas import Atlas, Entity, explained, is_outage
from .payload import entities_of
from .recognise import active_edges, own_classifications

Progress = Callable[[int, int], None]
_LOOK_SECONDS = 0.5
_RESENDS = 3
# This many entities in a row that fail alone with a server error: it is the server, not the entities
_OUTAGE_AFTER = 3


class Publisher:
    """Publishes one plan. `outcome` is true at every moment, also when `run` raises."""

    def __init__(self, atlas: Atlas, ledger: Ledger, hold: Hold, outcome: Outcome) -> None:
        self._atlas, self._ledger, self._hold, self.outcome = atlas, ledger, hold, outcome
        self._held = ledger.entries()
        self._refused: set[Key] = set()
        self._server_errors = 0

    def run(self, changes: Sequence[Change], progress: Progress) -> None:
        """Raises CatalogError or CatalogUnavailable where the catalog fails as a whole; what is left is counted."""
        ordered = in_dependency_order(changes)
        done = 0
        for batch in _batches(ordered, self._atlas.settings.batch_size):
            self.outcome.left = len(ordered) - done
            try:
                self._publish(batch)
            except HttpFailure as failure:
                raise explained(failure) from None
            done += len(batch)
            progress(done, len(ordered))
        self.outcome.left = 0

    def _publish(self, batch: Sequence[Change]) -> None:
        self._hold.check()
        batch = [self._without_refused_targets(change) for change in batch]
        try:
            posted = self._post([change for change in batch if change.action == "create" or change.attributes])
        except HttpFailure as failure:
            if is_outage(failure) or failure.status in (401, 403):
                raise
            self._refuse_or_split(batch, failure)
            return
        self._server_errors = 0
        entries = []
        for change in batch:
            try:
                entries.append(self._settled(change, posted))
            except HttpFailure as failure:
                if is_outage(failure):
                    self._ledger.acknowledge(entries)
                    raise
                self._refuse(change, failure)
                continue
            self.outcome.count(change.action, change.type_name)
        self._ledger.acknowledge(entries)
        self._held.update({entry.key: entry for entry in entries})

    def _refuse_or_split(self, batch: Sequence[Change], failure: HttpFailure) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            self._publish(batch[:middle])
            self._publish(batch[middle:])
            return
        self._server_errors = self._server_errors + 1 if failure.status >= 500 else 0
        if self._server_errors >= _OUTAGE_AFTER:
            raise failure
        self._refuse(batch[0], failure)

    def _refuse(self, change: Change, failure: HttpFailure) -> None:
        self._refused.add(change.key)
        self.outcome.refused.append(
            {
                "type_name": change.type_name,
                "qualified_name": change.qualified_name,
                "name": change.name,
                "reason": failure.sentence,
            }
        )

    def _without_refused_targets(self, change: Change) -> Change:
        """References to what the catalog refused are left out; the ledger lacks them, so the next sync tries again."""
        if not any(target in self._refused and target not in self._held for target in change.targets()):
            return change
        kept: dict[str, list[list[str]]] = {}
        for attribute, targets in change.add_references.items():
            for target in targets:
                if Key(*target) in self._refused and Key(*target) not in self._held:
                    self.outcome.dropped.append(
                        {"qualified_name": change.qualified_name, "attribute": attribute, "target": target[1]}
                    )
                else:
                    kept.setdefault(attribute, []).append(target)
        # without its hash the entry never counts as unchanged
        return Change(**{**change.__dict__, "add_references": kept, "content_hash": ""})

    def _post(self, changes: Sequence[Change]) -> dict[Key, tuple[str, bool]]:
        """Key -> (guid, whether it was there before). Looks for a lost answer's effect before sending again."""
        if not changes:
            return {}
        for attempt in range(_RESENDS + 1):
            try:
                return _assigned(changes, self._atlas.post_entities(entities_of(changes)))
            except HttpFailure as failure:
                if failure.applied != "unknown" or attempt == _RESENDS:
                    raise
                self._wait_until_settled(changes)
        raise AssertionError("unreachable")

    def _wait_until_settled(self, changes: Sequence[Change]) -> None:
        """Until the lost request's entities show, or so long that it can no longer be at work."""
        created = next((change.key for change in changes if change.action == "create"), None)
        if created is None or created in self._held:
            return
        deadline = time.monotonic() + self._atlas.settings.settle_seconds
        while time.monotonic() < deadline:
            self._hold.check()
            if next(self._atlas.find([created]), None) is not None:
                return
            time.sleep(_LOOK_SECONDS)

    def _settled(self, change: Change, posted: dict[Key, tuple[str, bool]]) -> Entry:
        """Sets what an entity request does not: edges and marks of entities that were there before."""
        held = self._held.get(change.key)
        guid, was_there = posted.get(change.key, (held.guid if held else "", True))
        if change.action != "create" and not was_there:
            return self._recreate(change)
        if change.action == "create":
            if was_there:
                self._adopt(change, self._atlas.get(guid))
            return _entry(change, guid, None)
        if change.remove_references:
            self._unrelate(change, self._atlas.get(guid))
        for attribute, targets in change.add_references.items():
            for target in targets:
                self._relate(change, attribute, Key(*target))
        self._reclassify(guid, change)
        return _entry(change, guid, held)

    def _recreate(self, change: Change) -> Entry:
        """The update made a new entity: somebody had deleted ours. It gets back all that the ledger says it had."""
        whole = _entry(change, "", self._held.get(change.key))
        anew = Change(
            "create",
            *change.key,
            change.source,
            attributes=whole.attributes,
            add_references=whole.references,
            add_classifications=whole.classifications,
            content_hash=change.content_hash,
            name=change.name,
        )
        return self._settled(anew, self._post([anew]))

    def _adopt(self, change: Change, entity: Entity) -> None:
        """A created entity that the catalog had already (an interrupted sync): its edges and marks are made right.

        An edge that was soft-deleted stays deleted when an entity request names it again; only a relationship request
        makes it anew (Apache Atlas 2.1.0, measured).
        """
        for attribute, targets in change.add_references.items():
            there = {edge["guid"] for edge in active_edges(entity, attribute)}
            for target in targets:
                found = self._held.get(Key(*target))
                if found is None or found.guid not in there:
                    self._relate(change, attribute, Key(*target))
        present = own_classifications(entity)
        for name, values in change.add_classifications.items():
            if name not in present:
                self._classify(entity["guid"], name, values)
        for name in present:
            if name not in change.add_classifications:
                self._declassify(entity["guid"], name)

    def _unrelate(self, change: Change, entity: Entity) -> None:
        for attribute, targets in change.remove_references.items():
            gone = {self._held[Key(*target)].guid for target in targets if Key(*target) in self._held}
            for edge in active_edges(entity, attribute):
                if edge["guid"] in gone:
                    self._atlas.unrelate(edge["relationshipGuid"])
                    self.outcome.relationships += 1

    def _relate(self, change: Change, attribute: str, target: Key) -> None:
        reference = REFERENCES[change.type_name, attribute]
        ends = (change.key, target) if reference.is_end1 else (target, change.key)
        self._atlas.relate(reference.relationship, *ends)
        self.outcome.relationships += 1

    def _reclassify(self, guid: str, change: Change) -> None:
        for name in change.remove_classifications:
            self._declassify(guid, name)
        for name, values in change.add_classifications.items():
            self._classify(guid, name, values)

    def _classify(self, guid: str, name: str, values: dict[str, str]) -> None:
        self._atlas.classify(guid, name, values)
        self.outcome.classifications += 1

    def _declassify(self, guid: str, name: str) -> None:
        self._atlas.declassify(guid, name)
        self.outcome.classifications += 1


def in_dependency_order(changes: Sequence[Change]) -> list[Change]:
    """Every change after those it refers to, otherwise in the order given."""
    by_key = {change.key: change for change in changes}

    def ordered(within_type: bool) -> list[Change]:
        sorter: TopologicalSorter[Key] = TopologicalSorter()
        for change in changes:
            before = (target for target in change.targets() if target in by_key and target != change.key)
            sorter.add(change.key, *(key for key in before if within_type or key.type_name != change.type_name))
        return [by_key[key] for key in sorter.static_order()]

    try:
        return ordered(within_type=True)
    except CycleError:  # runs that name each other as parent: the source's fault, no reason to stop
        return ordered(within_type=False)


def _batches(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    for start in range(0, len(changes), size):
        yield changes[start : start + size]


def _assigned(changes: Sequence[Change], answer: dict) -> dict[Key, tuple[str, bool]]:
    guids = answer.get("guidAssignments") or {}
    created = {header["guid"] for header in (answer.get("mutatedEntities") or {}).get("CREATE") or []}
    found = {}
    for index, change in enumerate(changes, start=1):
        guid = guids[str(-index)]
        found[change.key] = (guid, guid not in created)
    return found


def _entry(change: Change, guid: str, held: Entry | None) -> Entry:
    """What the ledger holds once the change is acknowledged."""
    attributes = {**(held.attributes if held else {}), **change.attributes}
    references = {name: list(targets) for name, targets in (held.references if held else {}).items()}
    for name, targets in change.remove_references.items():
        references[name] = [target for target in references.get(name, []) if target not in targets]
    for name, targets in change.add_references.items():
        references[name] = sorted([*references.get(name, []), *targets])
    classifications = {**(held.classifications if held else {}), **change.add_classifications}
    for name in change.remove_classifications:
        classifications.pop(name, None)
    return Entry(
        key=change.key,
        source=change.source,
        guid=guid,
        attributes={name: value for name, value in attributes.items() if value is not None},
        references={name: targets for name, targets in references.items() if targets},
        classifications=classifications,
        content_hash=held.content_hash if held and MISSING in change.add_classifications else change.content_hash,
    )
