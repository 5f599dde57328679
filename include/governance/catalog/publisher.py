"""Applies changes to one catalog: batches that keep dependencies together, the ledger committed after each.

A batch that the catalog refuses is split until the bad entity stands alone; it is reported and the rest lands. A batch
whose answer was lost is looked for before it is sent again: two requests that create the same entity at the same time
would both succeed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..net.http import HttpFailure
from ..staging.outcome import Outcome
from ..staging.plan import Change, Entry, Key
from ..state.lease import Lease
from ..state.ledger import Ledger
from .atlas.client import Atlas, explained, is_outage, is_unknown_reference
from .atlas.payload import entities_of
from .dependency_order import batches, in_dependency_order
from .edge_writer import EdgeWriter
from .marker import entry_of, key_of, remaining_change

Progress = Callable[[int, int], None]
_LOOK_SECONDS = 0.5
_RESENDS = 3
# This many entities in a row that fail alone with a server error: it may be the server, not the entities
_OUTAGE_AFTER = 3


class Publisher:
    """Publishes one plan. `outcome` is true at every moment, also when `run` raises.

    probe: a write that a healthy catalog takes; raises HttpFailure where it does not.
    """

    def __init__(
        self, atlas: Atlas, ledger: Ledger, hold: Lease, outcome: Outcome, probe: Callable[[], None] = lambda: None
    ) -> None:
        self._atlas, self._ledger, self._hold, self.outcome = atlas, ledger, hold, outcome
        self._probe = probe
        self._held = ledger.entries()
        self._guids = {key: entry.guid for key, entry in self._held.items()}
        self._keys = {guid: key for key, guid in self._guids.items()}
        self._edge_writer = EdgeWriter(atlas, hold, outcome, self._guids)
        self._coming: set[Key] = set()
        self._later: list[tuple[Key, str, Key]] = []
        self._revived: set[Key] = set()
        self._server_errors = 0
        self._done = 0

    def run(self, changes: Sequence[Change], progress: Progress) -> None:
        """Raises CatalogError or CatalogUnavailable where the catalog fails as a whole; what is left is counted."""
        ordered = in_dependency_order(changes)
        self._coming = {change.key for change in ordered}
        self.outcome.left = len(ordered)
        try:
            for batch in batches(ordered, self._atlas.settings.batch_size):
                self._publish(batch)
                progress(self._done, len(ordered))
            self._link_cycles()
        except HttpFailure as failure:
            raise explained(failure) from None
        finally:
            self.outcome.left = len(ordered) - self._done

    def _publish(self, batch: Sequence[Change]) -> None:
        self._hold.check()
        together = {change.key for change in batch}
        batch = [self._with_possible_targets(change, together) for change in batch]
        try:
            posted = self._post([change for change in batch if change.action != "missing"])
        except HttpFailure as failure:
            if _stops(failure):
                raise
            self._refuse_or_split(batch, failure)
            return
        self._server_errors = 0
        entries: list[Entry] = []
        again: list[tuple[Change, HttpFailure]] = []
        try:
            for change in batch:
                try:
                    missing = change.action == "missing"
                    entries.append(
                        self._mark_missing(change) if missing else self._finish_update(change, *posted[change.key])
                    )
                except HttpFailure as failure:
                    if _stops(failure):
                        raise
                    again.append((change, failure))
                else:
                    self._done += 1
                    self.outcome.count(change.action, change.type_name)
        finally:
            self._acknowledge(entries)
        for change, why in again:
            self._refuse_or_split([change], why)

    def _acknowledge(self, entries: Sequence[Entry]) -> None:
        if entries:
            self._ledger.acknowledge(entries)
            self._held.update({entry.key: entry for entry in entries})

    def _refuse_or_split(self, batch: Sequence[Change], failure: HttpFailure) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            self._publish(batch[:middle])
            self._publish(batch[middle:])
            return
        change = batch[0]
        if is_unknown_reference(failure) and self._recreate_missing(change.targets()):
            self._publish(batch)
            return
        self._server_errors = self._server_errors + 1 if failure.status >= 500 else 0
        if self._server_errors >= _OUTAGE_AFTER:
            self._probe()
            self._server_errors = 0
        self._coming.discard(change.key)
        self._done += 1
        self.outcome.refused.append(
            {
                "type_name": change.type_name,
                "qualified_name": change.qualified_name,
                "name": change.name,
                "reason": failure.sentence,
            }
        )

    def _with_possible_targets(self, change: Change, together: set[Key]) -> Change:
        """References to what the catalog cannot have are left out; the ledger lacks them, so the next sync tries again.

        That is what it refused, and what is neither in the ledger nor in this plan. What only comes in a later batch (a
        circle) is joined at the end.
        """
        kept: dict[str, list[list[str]]] = {}
        for attribute, targets in change.add_references.items():
            for target in targets:
                key = Key(*target)
                if key in self._held or key in together:
                    kept.setdefault(attribute, []).append(target)
                elif key in self._coming:
                    self._later.append((change.key, attribute, key))
                else:
                    self.outcome.dropped.append(
                        {"qualified_name": change.qualified_name, "attribute": attribute, "target": key.qualified_name}
                    )
        if kept == change.add_references:
            return change
        return replace(change, add_references=kept, content_hash="")  # without it, the entry never counts as unchanged

    def _link_cycles(self) -> None:
        for key, attribute, target in self._later:
            if key in self._held and target in self._held:
                self._edge_writer.relate(key, {attribute: [[*target]]})
                entry = self._held[key]
                targets = sorted([*entry.references.get(attribute, []), [*target]])
                self._acknowledge([replace(entry, references={**entry.references, attribute: targets})])

    def _post(self, changes: Sequence[Change]) -> dict[Key, tuple[str, bool]]:
        """Key -> (guid, whether it was there before). Looks for a lost answer's effect before sending again.

        A change of edges or marks alone is sent too: the answer says whether the entity is still there.
        """
        if not changes:
            return {}
        for attempt in range(_RESENDS + 1):
            try:
                found = _assigned(changes, self._atlas.post_entities(entities_of(changes)))
            except HttpFailure as failure:
                if failure.applied != "unknown" or attempt == _RESENDS:
                    raise
                self._wait_until_settled(changes)
                continue
            for key, (guid, _) in found.items():
                self._guids[key] = guid
                self._keys[guid] = key
            return found
        raise AssertionError("unreachable")

    def _wait_until_settled(self, changes: Sequence[Change]) -> None:
        """Until all of the lost request's entities show, or so long that it can no longer be at work."""
        created = [change.key for change in changes if change.key not in self._held]
        if not created:
            return
        deadline = time.monotonic() + self._atlas.settings.settle_seconds
        while time.monotonic() < deadline:
            self._hold.check()
            if len(list(self._atlas.find(created))) == len(created):
                return
            time.sleep(_LOOK_SECONDS)
        self._hold.check()

    def _finish_update(self, change: Change, guid: str, was_there: bool) -> Entry:
        """Sets what an entity request does not: edges and marks of entities that were there before."""
        if change.action == "create":
            return self._adopt_existing(change, guid) if was_there else _entry(change, guid, None)
        held = self._held.get(change.key)
        if not was_there:
            return self._recreate_entity(_entry(change, guid, held))
        if change.remove_references:
            self._edge_writer.unrelate(self._atlas.get(guid), change.remove_references)
        self._edge_writer.relate(change.key, change.add_references)
        self._edge_writer.declassify(guid, change.remove_classifications)
        self._edge_writer.classify(guid, change.add_classifications)
        return _entry(change, guid, held)

    def _mark_missing(self, change: Change) -> Entry:
        """Marks what its source lost. Where a person deleted it in the catalog too, there is nothing to mark."""
        held = self._held[change.key]
        try:
            self._edge_writer.classify(held.guid, change.add_classifications)
        except HttpFailure as failure:
            if not is_unknown_reference(failure):
                raise
        return _entry(change, held.guid, held)

    def _adopt_existing(self, change: Change, guid: str) -> Entry:
        """A created entity that the catalog had already (an interrupted sync, an old state): made right in all it has.

        An edge that was soft-deleted stays deleted when an entity request names it again; only a relationship request
        makes it anew (Apache Atlas 2.1.0, measured).
        """
        entity = self._atlas.get(guid)
        surplus = remaining_change(change, entry_of(entity, self._keys))
        if surplus.attributes:
            self._post([surplus])
        self._edge_writer.unrelate(entity, surplus.remove_references)
        self._edge_writer.relate(change.key, surplus.add_references)
        self._edge_writer.declassify(guid, surplus.remove_classifications)
        self._edge_writer.classify(guid, surplus.add_classifications)
        return _entry(change, guid, None)

    def _recreate_entity(self, entry: Entry) -> Entry:
        """Somebody deleted this entity in the catalog: it gets back all that the ledger has of it, edges to it too."""
        self._recreate_missing(Key(*target) for targets in entry.references.values() for target in targets)
        change = Change(
            "create",
            *entry.key,
            entry.source,
            attributes=entry.attributes,
            add_references=entry.references,
            add_classifications=entry.classifications,
            content_hash=entry.content_hash,
            name=str(entry.attributes["name"]),
        )
        guid, was_there = self._post([change])[change.key]
        made = self._finish_update(change, guid, was_there)
        for other in self._held.values():
            for attribute, targets in other.references.items():
                if [*entry.key] in targets:
                    self._edge_writer.relate_where_possible(other.key, attribute, entry.key)
        return made

    def _recreate_missing(self, keys: Iterable[Key]) -> bool:
        """Makes those anew that the ledger has and the catalog has lost. Whether there were any."""
        known = {key for key in keys if key in self._held and key not in self._revived}
        gone = known - {key_of(entity) for entity in self._atlas.find(sorted(known))}
        self._revived |= gone
        for key in sorted(gone):
            self._acknowledge([self._recreate_entity(self._held[key])])
        return bool(gone)


def _stops(failure: HttpFailure) -> bool:
    """Whether no other request can succeed either."""
    return is_outage(failure) or failure.status in (401, 403)


def _assigned(changes: Sequence[Change], answer: dict) -> dict[Key, tuple[str, bool]]:
    guids = answer.get("guidAssignments") or {}
    created = {header["guid"] for header in (answer.get("mutatedEntities") or {}).get("CREATE") or []}
    found = {}
    for index, change in enumerate(changes, start=1):
        guid = guids.get(str(-index))
        if guid is None:
            raise HttpFailure("The answer to a write names no ids: no Atlas gave it.", status=200, applied="unknown")
        found[change.key] = (guid, guid not in created)
    return found


def _entry(change: Change, guid: str, held: Entry | None) -> Entry:
    """What the ledger holds once the change is acknowledged."""
    attributes = {**(held.attributes if held else {}), **change.attributes}
    let_go = change.before.keys() - change.attributes.keys()
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
        attributes={name: value for name, value in attributes.items() if value is not None and name not in let_go},
        references={name: targets for name, targets in references.items() if targets},
        classifications=classifications,
        content_hash=held.content_hash if held and change.action == "missing" else change.content_hash,
    )
