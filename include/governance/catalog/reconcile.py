"""The ledger against the live catalog: what people or faults changed there, and the plan that puts it right.

Compared is what this installation manages. What a steward wrote where the ledger holds nothing is theirs and no
difference; where both wrote the same attribute, the steward's text is reported and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Engine

from ..errors import CatalogError
from ..model import comparison
from ..model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from ..model.catalog_types import ENTITY_TYPES, SHARED_ATTRIBUTES
from ..model.sharing import is_shared
from ..model.vocabularies import Action, AttributeOwner, DifferenceKind, OutcomeMode
from ..staging.outcome import Outcome
from ..staging.plan import MISSING, Change, Entry, Key, Plan
from ..staging.reconciliation import Difference
from ..state.lease import Lease
from ..state.ledger import Ledger
from . import reasons
from .contract import Catalog, RequestFailure, own_name
from .duplicates import known
from .marker import MARKER_TYPE, Marker
from .merging import Merger, Several
from .publishing import PublishSession, noted, only_writer, only_writer_of_catalog, publish_as_writer
from .read_back import entry_of
from .recovery import is_ours
from .several import differences_of, find_several

_AGAIN = "run reconcile again: it compares anew, and puts right what is left"


@dataclass
class Reconciliation:
    """What was compared and found.

    Attributes:
        plan: changes that put the catalog right.
        unknown: entities of this installation that only the catalog knows; with them in the ledger, the next sync
            decides about them.
        compared: number of entities of the ledger.
        owners: whose each attribute is.
        several: names of which the catalog has several entities, to be merged before the plan is applied.
    """

    plan: Plan
    differences: list[Difference] = field(default_factory=list)
    unknown: list[Entry] = field(default_factory=list)
    compared: int = 0
    owners: AttributeOwners = ALL_THE_SOURCES
    several: list[Several] = field(default_factory=list)


def reconcile(
    catalog: Catalog, ledger: Ledger, deployment: str, owners: AttributeOwners = ALL_THE_SOURCES
) -> Reconciliation:
    """Compares every entity of the ledger with the live catalog. Nothing is written.

    Args:
        deployment: names this installation.
        owners: whose each attribute is.

    Raises:
        CatalogError: the catalog cannot be read, or does not belong to this ledger.
    """
    try:
        _require_own(catalog, ledger, deployment)
        entries = ledger.entries()
        # By search: what was created seconds ago may be lacking
        listed = [one for name in ENTITY_TYPES if name != MARKER_TYPE for one in catalog.listed(name, None)]
        ours = {own_name(one.key) for one in listed if one.managed_by == deployment}
        entities = {entity.key: entity for entity in catalog.find(sorted({*entries, *ours}))}
        groups = find_several(catalog, listed, entities, entries, deployment)
    except RequestFailure as failure:
        raise failure.to_catalog_error(_AGAIN) from None
    entities |= {one.key: replace(one.stays.entity, key=one.key) for one in groups.several}
    keys_by_guid = {entity.guid: key for key, entity in entities.items()} | groups.keys_by_guid()
    live = {key: entry_of(entity, keys_by_guid) for key, entity in entities.items()}
    found = compare(entries, live, deployment, ledger.revision(), owners)
    found.several = groups.several
    found.differences += differences_of(groups, known(entries, owners))
    return found


def compare(
    entries: Mapping[Key, Entry],
    live: Mapping[Key, Entry],
    deployment: str,
    ledger_revision: int = 0,
    owners: AttributeOwners = ALL_THE_SOURCES,
) -> Reconciliation:
    """The differences between the ledger's entries and what was read back from the catalog.

    Args:
        live: of the entries' keys, and of further ones that the catalog lists as this installation's.
    """
    own = {key: entry for key, entry in entries.items() if is_ours(entry, deployment) or not is_shared(*key)}
    found = Reconciliation(Plan([], ledger_revision=ledger_revision), compared=len(own), owners=owners)
    for key, entry in sorted(own.items()):
        differences, change = _compare(entry, live.get(key), owners)
        found.differences += [_with_names(difference, entries, live) for difference in differences]
        if change is None:
            found.plan.unchanged += 1
        else:
            found.plan.changes.append(change)
    for key, entry in sorted(live.items()):
        if key not in entries and is_ours(entry, deployment):
            found.unknown.append(entry)
            found.differences.append(_difference(DifferenceKind.UNKNOWN, entry))
    return found


def _require_own(catalog: Catalog, ledger: Ledger, deployment: str) -> None:
    marker = Marker(catalog, ledger, deployment).find()
    if marker is None or marker.attributes.get("marker_id") != ledger.marker_id():
        whose = "does not carry our mark" if marker is None else "belongs to another state database"
        raise CatalogError(
            f"the catalog {whose}.",
            "Run a sync first: python -m include.governance sync. It takes over what the catalog knows.",
        )


def _compare(entry: Entry, live: Entry | None, owners: AttributeOwners) -> tuple[list[Difference], Change | None]:
    if live is None:
        is_gone = MISSING in entry.classifications  # its source does not have it either: it may stay away
        difference = _difference(DifferenceKind.DELETED, entry, is_healed=not is_gone)
        return [difference], None if is_gone else _creation(entry)
    differences = [*_attributes(entry, live, owners), *_relations(entry, live), *_classifications(entry, live)]
    healed = [difference for difference in differences if difference.is_healed]
    if not healed:
        return differences, None
    change = Change(
        Action.UPDATE,
        *entry.key,
        entry.source,
        content_hash=entry.content_hash,
        name=_name(entry),
        reason=reasons.updated(healed),
    )
    for difference in healed:
        _heal(change, difference)
    return differences, change


def _heal(change: Change, difference: Difference) -> None:
    name, expected, held = difference.attribute, difference.expected, difference.held
    if difference.kind == DifferenceKind.ATTRIBUTE:
        change.attributes[name], change.before[name] = expected, held
    elif difference.kind == DifferenceKind.RELATION:
        change.add_references[name] = expected
    elif expected is None:
        change.remove_classifications.append(name)
    else:
        change.add_classifications[name] = expected


def _creation(entry: Entry) -> Change:
    return Change(
        Action.CREATE,
        *entry.key,
        entry.source,
        attributes=dict(entry.attributes),
        add_references=dict(entry.references),
        add_classifications=dict(entry.classifications),
        content_hash=entry.content_hash,
        name=_name(entry),
        reason=reasons.CREATED,
    )


def _attributes(entry: Entry, live: Entry, owners: AttributeOwners) -> Iterator[Difference]:
    for name in comparison.differing(entry.attributes, live.attributes):
        expected, held = entry.attributes.get(name), live.attributes.get(name)
        owner = owners.of(entry.key.type_name, name)
        is_missing = owner != AttributeOwner.CURATOR and expected and not held
        if is_missing or (owner == AttributeOwner.SOURCE and name not in SHARED_ATTRIBUTES):
            yield _difference(DifferenceKind.ATTRIBUTE, entry, name, expected, held)
        elif expected and held:
            yield _difference(DifferenceKind.CURATED, entry, name, expected, held, is_healed=False)


def _relations(entry: Entry, live: Entry) -> Iterator[Difference]:
    """Relations that are gone come back. Those that somebody added are left, and reported."""
    for name, gone in comparison.references_added(entry.references, live.references).items():
        yield _difference(DifferenceKind.RELATION, entry, name, gone)
    for name, added in comparison.references_added(live.references, entry.references).items():
        yield _difference(DifferenceKind.ADDED_RELATION, entry, name, None, added, is_healed=False)


def _classifications(entry: Entry, live: Entry) -> Iterator[Difference]:
    """Of the classifications that the model defines: they say what a sync found, whoever sets or removes them."""
    for name, values in comparison.classifications_added(entry.classifications, live.classifications).items():
        yield _difference(DifferenceKind.CLASSIFICATION, entry, name, values)
    for name, values in comparison.classifications_added(live.classifications, entry.classifications).items():
        yield _difference(DifferenceKind.CLASSIFICATION, entry, name, None, values)


def _difference(
    kind: DifferenceKind,
    entry: Entry,
    attribute: str = "",
    expected: Any = None,
    held: Any = None,
    *,
    is_healed: bool = True,
) -> Difference:
    why = reasons.why(kind, is_healed=is_healed)
    return Difference(kind, *entry.key, _name(entry), attribute, expected, held, is_healed, why)


def _with_names(difference: Difference, *known_entries: Mapping[Key, Entry]) -> Difference:
    """Of a relation, with the names of what it leads to."""
    if difference.kind not in (DifferenceKind.RELATION, DifferenceKind.ADDED_RELATION):
        return difference
    keys = [Key(*target) for target in difference.expected or difference.held]
    held = [next((entries[key] for entries in known_entries if key in entries), None) for key in keys]
    names = (_name(entry) if entry else key.qualified_name for key, entry in zip(keys, held, strict=True))
    return replace(difference, targets=tuple(names))


def _name(entry: Entry) -> str:
    return str(entry.attributes.get("name") or entry.key.qualified_name)


def heal(
    found: Reconciliation,
    catalog: Catalog,
    ledger: Ledger,
    engine: Engine,
    *,
    deployment: str,
    run_id: str,
    show_progress: Callable[[str], None],
) -> Outcome:
    """Merges duplicates, then applies the plan, under the writer's lock; what only the catalog knew enters the ledger.

    Args:
        engine: the state database; the writer's lock is there.
        run_id: who holds the lock.

    Returns:
        The outcome, as publishing gives it; `outcome.error` has what went wrong.
    """
    session = PublishSession(
        catalog,
        ledger,
        engine,
        deployment=deployment,
        run_id=run_id,
        desired_keys=ledger.guids(),
        replan=lambda: reconcile(catalog, ledger, deployment, found.owners).plan,
        show_progress=show_progress,
        commit=lambda: ledger.acknowledge(found.unknown) if found.unknown else None,
    )
    outcome = Outcome(catalog=ledger.catalog, left=len(found.plan.changes))
    with noted(outcome, catalog, _AGAIN), only_writer(session) as lease:
        if found.several:
            _merge(found, session, lease, outcome)
            found = reconcile(catalog, ledger, deployment, found.owners)
        publish_as_writer(found.plan, session, outcome, lease)
        if outcome.merged:
            outcome.mode = OutcomeMode.PUBLISH
    return outcome


def _merge(found: Reconciliation, session: PublishSession, lease: Lease, outcome: Outcome) -> None:
    catalog, ledger = session.catalog, session.ledger
    _require_own(catalog, ledger, session.deployment)
    marker = Marker(catalog, ledger, session.deployment)
    with only_writer_of_catalog(session, lease, marker) as held:
        merger = Merger(catalog, ledger, held, outcome, known(ledger.entries(), found.owners))
        for several in found.several:
            merger.merge(several)
