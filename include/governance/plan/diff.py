"""The difference between what the catalog should hold and what it has acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..estate import Coverage
from ..model import comparison, json_text
from ..model.assets import AssetKind
from ..model.attribute_owners import ALL_THE_SOURCES, AttributeOwners
from ..model.catalog_types import BOOLEAN, DATE, ENTITY_TYPES, INT, LINEAGE, MANAGED_BY, SHARED_ATTRIBUTES
from ..model.rows import Row
from ..model.sharing import is_shared
from ..model.vocabularies import Action, AttributeOwner
from ..staging.plan import MISSING, READ_BACK, RETIRED, Change, Entry, Key, Omission, Plan
from .absence import GONE_ATTRIBUTES, is_missing, unpublished
from .entities.verdicts import VERDICT_CLASSIFICATIONS
from .reasons import (
    CREATED,
    MISSING_BEFORE,
    RESTORED,
    RETIRED_NOW,
    first_value_stays,
    held_back,
    missing,
    outside,
    refused,
    stays,
    updated,
    why_unproven,
    withheld,
)
from .removal import Removal, is_removal
from .scope import Scope

_RUN, _VERSION = "ai_training_run", "ai_model_version"

# Of an immutable asset, and asked for only while it is in use: once known, it is not cleared by what is not known
_IMMUTABLE = {("ai_model_version", "signature")}


def plan(
    desired: pa.Table,
    ledger: Mapping[Key, Entry],
    coverage: Coverage,
    deployment: str = "",
    scope: Scope | None = None,
    owners: AttributeOwners = ALL_THE_SOURCES,
    removal: Removal | None = None,
) -> Plan:
    """Changes from the ledger to the desired table. Empty when nothing moved.

    What the ledger has and the table has not is marked as missing, where its source proves that it does not have it any
    more: it is in no lifecycle state, carries no verdict, and produced no version that another run has made since. When
    it has been missing for long, it is retired.

    Args:
        deployment: names this installation; what another one manages and both may read is left as it is.
        scope: of a narrowed run; what is outside is left as it is.
        owners: whose each attribute is.
        removal: when what is missing is retired, and how much may go at once; None: nothing is retired, all may go.
    """
    rows = {Key(row["type_name"], row["qualified_name"]): row for row in desired.to_pylist()}
    decided = [_desired(rows[key], ledger.get(key), deployment, owners) for key in sorted(rows)]
    unchanged = sum(one is None for one in decided)
    origins = _origins(desired)
    decided += [
        _no_longer_desired(entry, coverage, origins, deployment, removal)
        for key, entry in sorted(ledger.items())
        if key not in rows and not _is_managed_elsewhere(entry, deployment)
    ]
    decided = decided if scope is None else [_narrowed(one, scope) for one in decided]
    made = [one for one in decided if isinstance(one, Change)]
    excess = removal.excess(made, ledger) if removal else ""
    allowed_by = removal.allowed_by if removal else ""
    if excess and not allowed_by:
        decided = [_vetoed(one, ledger, excess) for one in decided]
    runs = unpublished(AssetKind.RUN, rows.keys(), coverage)
    versions = unpublished(AssetKind.AGENT_VERSION, rows.keys(), coverage)
    return Plan(
        changes=[one for one in decided if isinstance(one, Change)],
        unchanged=unchanged,
        held_back=runs,
        older_agent_versions={source: count for source, count in versions.items() if count},
        omitted=[one for one in decided if isinstance(one, Omission)],
        excess=excess,
        excess_allowed_by=allowed_by,
    )


def _vetoed(decided: Change | Omission | None, ledger: Mapping[Key, Entry], reason: str) -> Change | Omission | None:
    """The decision, unless it marks an entity as missing or retired: that becomes an omission."""
    if isinstance(decided, Change) and is_removal(decided):
        return held_back(ledger[decided.key], withheld(reason))
    return decided


def _narrowed(decided: Change | Omission | None, scope: Scope) -> Change | Omission | None:
    """The decision, where its entity is in the scope. Outside, a change becomes an omission; others are not listed."""
    if decided is None or Key(decided.type_name, decided.qualified_name) in scope.keys:
        return decided
    return outside(decided, scope.narrowing) if isinstance(decided, Change) else None


def _desired(row: Row, entry: Entry | None, deployment: str, owners: AttributeOwners) -> Change | Omission | None:
    """What becomes of an entity that the catalog should hold; None where it does."""
    if entry is None:
        return _create(row, owners)
    if _is_same(entry, row):
        return None
    change = _update(row, entry, owners)
    if isinstance(change, Change) and _is_managed_elsewhere(entry, deployment):
        return refused(entry) if _changes_more_than_manager(change) else None
    return change


def _changes_more_than_manager(change: Change) -> bool:
    references = (change.add_references, change.remove_references)
    marks = (change.add_classifications, change.remove_classifications)
    return any((change.attributes.keys() - {MANAGED_BY}, *references, *marks))


def _is_same(entry: Entry, row: Row) -> bool:
    return bool(entry.content_hash == row["content_hash"]) and MISSING not in entry.classifications


def _is_managed_elsewhere(entry: Entry, deployment: str) -> bool:
    return is_shared(*entry.key) and entry.attributes.get(MANAGED_BY) not in (None, deployment)


def _origins(desired: pa.Table) -> set[str]:
    """Qualified names of the versions that a run of the desired table has produced."""
    runs = desired.filter(pc.equal(desired["type_name"], _RUN))
    outputs = (json_text.load(text).get("outputs", []) for text in runs["references_json"].to_pylist())
    return {name for targets in outputs for type_name, name in targets if type_name == _VERSION}


def _no_longer_desired(
    entry: Entry,
    coverage: Coverage,
    origins: set[str],
    deployment: str,
    removal: Removal | None,
) -> Change | Omission | None:
    """What changes about an entity that is not desired any more: marks that it is missing; no second origin."""
    is_marked, is_gone = MISSING in entry.classifications, is_missing(entry, coverage)
    if removal is not None:
        is_gone = is_gone and is_missing(entry, removal.read)
    if not is_marked and not is_gone:
        return held_back(entry, why_unproven(entry, removal.read if removal else coverage))
    is_due = is_marked and is_gone and removal is not None and removal.is_due(entry)
    stated = GONE_ATTRIBUTES.keys() & entry.attributes.keys()
    now = {name: GONE_ATTRIBUTES[name] for name in sorted(stated) if not _same(name, GONE_ATTRIBUTES[name], entry)}
    if deployment and MANAGED_BY not in entry.attributes:
        now[MANAGED_BY] = deployment
    outputs = entry.references.get("outputs", []) if entry.key.type_name == _RUN else []
    elsewhere = [target for target in outputs if target[0] == _VERSION and target[1] in origins]
    removed = {"outputs": elsewhere} if elsewhere else {}
    if is_due:
        removed |= _lineage(entry)
    verdicts = [name for name in entry.classifications if name in VERDICT_CLASSIFICATIONS]
    if is_marked and not (is_due or now or removed or verdicts):
        return None
    return Change(
        Action.RETIRE if is_due else Action.MISSING,
        *entry.key,
        entry.source,
        attributes=now,
        before={name: entry.attributes.get(name) for name in now},
        remove_references=removed,
        add_classifications={RETIRED: {}} if is_due else {} if is_marked else {MISSING: {}},
        remove_classifications=verdicts,
        name=str(entry.attributes.get("name", "")),
        content_hash="",
        reason=RETIRED_NOW if is_due else MISSING_BEFORE if is_marked else missing(entry, coverage),
    )


def _lineage(entry: Entry) -> dict[str, list[list[str]]]:
    """The edges with which an entity leaves the lineage. A run that produced something stays: it is the origin of that.

    Only a process states edges of the lineage. Restored, it states them again.
    """
    edges = {name: entry.references[name] for name in LINEAGE if entry.references.get(name)}
    return {} if entry.key.type_name == _RUN and "outputs" in edges else edges


def _create(row: dict[str, Any], owners: AttributeOwners) -> Change:
    attributes = {
        name: value
        for name, value in json_text.load(row["attributes_json"]).items()
        if owners.of(row["type_name"], name) != AttributeOwner.CURATOR
    }
    return Change(
        Action.CREATE,
        row["type_name"],
        row["qualified_name"],
        row["source"],
        attributes=attributes,
        add_references=json_text.load(row["references_json"]),
        add_classifications=json_text.load(row["classifications_json"]),
        content_hash=row["content_hash"],
        name=attributes["name"],
        reason=CREATED,
    )


def _update(row: dict[str, Any], entry: Entry, owners: AttributeOwners) -> Change | Omission | None:
    """None when content is equal after all (a rebuilt ledger has no hash to compare)."""
    attributes = json_text.load(row["attributes_json"])
    classifications = json_text.load(row["classifications_json"])
    differ = comparison.differing(attributes, entry.attributes, lambda name, expected, _: _same(name, expected, entry))
    differing = {name: attributes.get(name) for name in differ}
    first = {name: value for name, value in differing.items() if _stays(name, entry, owners)}
    differing = {name: value for name, value in differing.items() if name not in first}
    unstated = SHARED_ATTRIBUTES - attributes.keys() if entry.content_hash == READ_BACK else frozenset()
    curated = {name for name in differing if owners.of(entry.key.type_name, name) == AttributeOwner.CURATOR}
    changed = {name: value for name, value in differing.items() if name not in unstated | curated}
    references = json_text.load(row["references_json"])
    added = comparison.references_added(references, entry.references)
    removed = comparison.references_added(entry.references, references)
    is_restored = MISSING in entry.classifications
    change = Change(
        Action.RESTORE if is_restored else Action.UPDATE,
        row["type_name"],
        row["qualified_name"],
        row["source"],
        attributes=changed,
        before={name: entry.attributes.get(name) for name in differing},
        add_references=added,
        remove_references=removed,
        add_classifications=comparison.classifications_added(classifications, entry.classifications),
        remove_classifications=list(comparison.classifications_added(entry.classifications, classifications)),
        content_hash=row["content_hash"],
        name=attributes["name"],
        reason=(RESTORED if is_restored else updated(entry)) + stays(first, entry),
    )
    moved = (changed, added, removed, change.add_classifications, change.remove_classifications)
    if any(moved):
        return change
    return first_value_stays(first, entry) if first else None


def _stays(name: str, entry: Entry, owners: AttributeOwners) -> bool:
    """Whether the catalog has a first value of the attribute, which is not sent over."""
    return bool(entry.attributes.get(name)) and owners.of(entry.key.type_name, name) == AttributeOwner.FIRST


def _same(name: str, expected: Any, entry: Entry) -> bool:
    """Whether the catalog has that value, or a lasting one that is not known now.

    Read back, it shows 0 also where nothing was stated.
    """
    held = entry.attributes.get(name)
    if expected is None and (entry.key.type_name, name) in _IMMUTABLE:
        return True
    if entry.content_hash == READ_BACK and ENTITY_TYPES[entry.key.type_name].attributes.get(name) in (
        INT,
        BOOLEAN,
        DATE,
    ):
        return comparison.is_same(expected, held)
    return bool(expected == held)
