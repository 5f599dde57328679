"""Applies changes to one catalog: batches that keep dependencies together, the ledger committed after each.

A batch that the catalog refuses is split until the bad entity is alone; it is reported and the rest is published. The
effect of a batch whose answer was lost is looked for before it is sent again: two requests that create the same entity
at the same time would both succeed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from ..model.vocabularies import Action
from ..staging.outcome import Outcome
from ..staging.plan import REMOVALS, Change, Entry, Key
from ..state.ledger import Ledger
from .contract import Catalog, RequestFailure, WriteLease, Written
from .dependency_order import batches, in_dependency_order
from .edge_writer import EdgeWriter
from .read_back import entry_of, remaining_change
from .resend import resend_until_known

Progress = Callable[[int, int], None]
_POLL_SECONDS = 0.5
# This many entities in a row that fail alone with a server error: it may be the server, not the entities
_OUTAGE_AFTER = 3


class Publisher:
    """Publishes one plan. `outcome` is up to date at any time, also when `run` raises.

    Args:
        probe: a write that a healthy catalog accepts; raises RequestFailure where it does not.
        owners: whose each attribute is; what is not the source's is not cleared of an entity that is there already.
    """

    def __init__(
        self,
        catalog: Catalog,
        ledger: Ledger,
        lease: WriteLease,
        outcome: Outcome,
        probe: Callable[[], None] = lambda: None,
        owners: AttributeOwners = ALL_THE_SOURCES,
    ) -> None:
        self._catalog, self._ledger, self._lease, self.outcome = catalog, ledger, lease, outcome
        self._probe, self._owners = probe, owners
        self._entries = ledger.entries()
        self._guids = {key: entry.guid for key, entry in self._entries.items()}
        self._keys_by_guid = {guid: key for key, guid in self._guids.items()}
        self._edge_writer = EdgeWriter(catalog, lease, outcome, self._guids)
        self._pending: set[Key] = set()
        self._cycle_edges: list[tuple[Key, str, Key]] = []
        self._recreated: set[Key] = set()
        self._server_errors = 0
        self._done = 0

    def run(self, changes: Sequence[Change], progress: Progress) -> None:
        """Publishes the changes.

        Args:
            progress: called after each batch with the number of changes done and of all.

        Raises:
            CatalogError, CatalogUnavailable: the catalog fails as a whole; `outcome.left` counts the changes left.
        """
        ordered = in_dependency_order(changes)
        self._pending = {change.key for change in ordered}
        self.outcome.left = len(ordered)
        try:
            for batch in batches(ordered, self._batch_size()):
                self._publish(batch)
                progress(self._done, len(ordered))
            self._link_cycles()
        except RequestFailure as failure:
            raise failure.to_catalog_error() from None
        finally:
            self.outcome.left = len(ordered) - self._done

    def _batch_size(self) -> int:
        return min(self._catalog.settings.batch_size, self._catalog.capabilities.largest_batch)

    def _publish(self, batch: Sequence[Change]) -> None:
        self._lease.check()
        batch_keys = {change.key for change in batch}
        batch = [self._with_possible_targets(change, batch_keys) for change in batch]
        try:
            written = self._write([change for change in batch if change.action not in REMOVALS])
        except RequestFailure as failure:
            if failure.is_fatal:
                raise
            self._refuse_or_split(batch, failure)
            return
        self._server_errors = 0
        for change, reason in self._finish(batch, written):
            self._refuse_or_split([change], reason)

    def _finish(self, batch: Sequence[Change], written: dict[Key, Written]) -> list[tuple[Change, RequestFailure]]:
        """Completes and acknowledges the entities of a written batch; returns those that failed."""
        entries: list[Entry] = []
        failed: list[tuple[Change, RequestFailure]] = []
        try:
            for change in batch:
                try:
                    entries.append(self._finish_change(change, written))
                except RequestFailure as failure:
                    if failure.is_fatal:
                        raise
                    failed.append((change, failure))
                else:
                    self._done += 1
                    self.outcome.count(change.action, change.type_name)
        finally:
            self._acknowledge(entries)
        return failed

    def _finish_change(self, change: Change, written: dict[Key, Written]) -> Entry:
        if change.action in REMOVALS:
            return self._mark_removed(change)
        return self._finish_update(change, written[change.key])

    def _acknowledge(self, entries: Sequence[Entry]) -> None:
        if entries:
            self._ledger.acknowledge(entries)
            self._entries.update({entry.key: entry for entry in entries})

    def _refuse_or_split(self, batch: Sequence[Change], failure: RequestFailure) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            self._publish(batch[:middle])
            self._publish(batch[middle:])
            return
        change = batch[0]
        if failure.is_unknown_reference and self._recreate_missing(change.targets()):
            self._publish(batch)
            return
        self._server_errors = self._server_errors + 1 if failure.is_server_error else 0
        if self._server_errors >= _OUTAGE_AFTER:
            self._probe()
            self._server_errors = 0
        self._pending.discard(change.key)
        self._done += 1
        self.outcome.refused.append(
            {
                "type_name": change.type_name,
                "qualified_name": change.qualified_name,
                "name": change.name,
                "reason": failure.message,
            }
        )

    def _with_possible_targets(self, change: Change, batch_keys: set[Key]) -> Change:
        """Drops references to entities that the catalog cannot have; the ledger lacks them: the next sync tries again.

        These are entities that the catalog refused, and those that are neither in the ledger nor in this plan. Edges to
        entities of a later batch (a cycle) are created at the end.
        """
        possible: dict[str, list[list[str]]] = {}
        for attribute, targets in change.add_references.items():
            for target in targets:
                key = Key(*target)
                if key in self._entries or key in batch_keys:
                    possible.setdefault(attribute, []).append(target)
                elif key in self._pending:
                    self._cycle_edges.append((change.key, attribute, key))
                else:
                    self.outcome.dropped.append(
                        {"qualified_name": change.qualified_name, "attribute": attribute, "target": key.qualified_name}
                    )
        if possible == change.add_references:
            return change
        # without a content hash, the entry never counts as unchanged
        return replace(change, add_references=possible, content_hash="")

    def _link_cycles(self) -> None:
        for key, attribute, target in self._cycle_edges:
            if key in self._entries and target in self._entries:
                self._edge_writer.relate(key, {attribute: [[*target]]})
                entry = self._entries[key]
                targets = sorted([*entry.references.get(attribute, []), [*target]])
                self._acknowledge([replace(entry, references={**entry.references, attribute: targets})])

    def _write(self, changes: Sequence[Change]) -> dict[Key, Written]:
        """Writes entities; looks for a lost answer's effect before sending again.

        Changes of edges or classifications only are sent too: the answer says whether the entity still exists.
        """
        if not changes:
            return {}
        attempts = resend_until_known(0, sleep=lambda _: self._wait_until_applied(changes))
        written: dict[Key, Written] = attempts(self._catalog.write, changes)
        for key, (guid, _) in written.items():
            self._guids[key] = guid
            self._keys_by_guid[guid] = key
        return written

    def _wait_until_applied(self, changes: Sequence[Change]) -> None:
        """Waits until all entities that the lost request creates exist, or for `settle_seconds`."""
        created = [change.key for change in changes if change.key not in self._entries]
        if not created:
            return
        deadline = time.monotonic() + self._catalog.settings.settle_seconds
        while time.monotonic() < deadline:
            self._lease.check()
            if len(list(self._catalog.find(created))) == len(created):
                return
            time.sleep(_POLL_SECONDS)
        self._lease.check()

    def _finish_update(self, change: Change, written: Written) -> Entry:
        """Sets what an entity request does not set on existing entities: edges and classifications."""
        guid = written.guid
        if change.action == Action.CREATE:
            return self._adopt_existing(change, guid) if written.existed else entry_after(change, guid, None)
        entry = self._entries.get(change.key)
        if not written.existed:
            return self._recreate_entity(entry_after(change, guid, entry))
        if change.remove_references:
            self._edge_writer.unrelate(self._catalog.get(guid), change.remove_references)
        self._edge_writer.relate(change.key, change.add_references)
        self._edge_writer.declassify(guid, change.remove_classifications)
        self._edge_writer.classify(guid, change.add_classifications)
        return entry_after(change, guid, entry)

    def _mark_removed(self, change: Change) -> Entry:
        """Marks an entity that its source lost, or retires it. Nothing is to be done where the catalog lost it too."""
        entry = self._entries[change.key]
        found = next(self._catalog.find([change.key]), None)
        if found is None:
            return entry_after(change, entry.guid, entry)
        if change.attributes:
            self._write([change])
        self._edge_writer.unrelate(found, change.remove_references)
        self._edge_writer.declassify(found.guid, change.remove_classifications)
        self._edge_writer.classify(found.guid, change.add_classifications)
        return entry_after(change, found.guid, entry)

    def _adopt_existing(self, change: Change, guid: str) -> Entry:
        """Corrects an entity that was to be created and existed already (an interrupted sync, an old state database).

        An edge that was soft-deleted stays deleted when an entity request names it again; only a relationship request
        creates it again (Apache Atlas 2.1.0, measured).
        """
        entity = self._catalog.get(guid)
        remaining = remaining_change(change, entry_of(entity, self._keys_by_guid), self._owners)
        if remaining.attributes:
            self._write([remaining])
        self._edge_writer.unrelate(entity, remaining.remove_references)
        self._edge_writer.relate(change.key, remaining.add_references)
        self._edge_writer.declassify(guid, remaining.remove_classifications)
        self._edge_writer.classify(guid, remaining.add_classifications)
        return entry_after(change, guid, None)

    def _recreate_entity(self, entry: Entry) -> Entry:
        """Creates an entity that was deleted in the catalog, with all that the ledger has of it and edges to it."""
        self._recreate_missing(Key(*target) for targets in entry.references.values() for target in targets)
        change = Change(
            Action.CREATE,
            *entry.key,
            entry.source,
            attributes=entry.attributes,
            add_references=entry.references,
            add_classifications=entry.classifications,
            content_hash=entry.content_hash,
            name=str(entry.attributes["name"]),
        )
        written = self._write([change])[change.key]
        recreated = self._finish_update(change, written)
        for other in self._entries.values():
            for attribute, targets in other.references.items():
                if [*entry.key] in targets:
                    self._edge_writer.relate_if_both_exist(other.key, attribute, entry.key)
        return recreated

    def _recreate_missing(self, keys: Iterable[Key]) -> bool:
        """Creates those entities again that the ledger has and the catalog has lost; whether there were any."""
        known = {key for key in keys if key in self._entries and key not in self._recreated}
        missing = known - {entity.key for entity in self._catalog.find(sorted(known))}
        self._recreated |= missing
        for key in sorted(missing):
            self._acknowledge([self._recreate_entity(self._entries[key])])
        return bool(missing)


def entry_after(change: Change, guid: str, entry: Entry | None) -> Entry:
    """The ledger's entry once the change is acknowledged.

    Args:
        entry: the entry before the change, if there was one.
    """
    attributes = {**(entry.attributes if entry else {}), **change.attributes, **change.kept}
    released = change.before.keys() - change.attributes.keys() - change.kept.keys()
    references = {name: list(targets) for name, targets in (entry.references if entry else {}).items()}
    for name, removed in change.remove_references.items():
        references[name] = [target for target in references.get(name, []) if target not in removed]
    for name, added in change.add_references.items():
        references[name] = sorted([*references.get(name, []), *added])
    classifications = {**(entry.classifications if entry else {}), **change.add_classifications}
    for name in change.remove_classifications:
        classifications.pop(name, None)
    return Entry(
        key=change.key,
        source=change.source,
        guid=guid,
        attributes={name: value for name, value in attributes.items() if value is not None and name not in released},
        references={name: targets for name, targets in references.items() if targets},
        classifications=classifications,
        content_hash=entry.content_hash if entry and change.action in REMOVALS else change.content_hash,
    )
