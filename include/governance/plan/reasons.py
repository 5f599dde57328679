"""Why the plan changes an entity, or leaves it as it is: one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..estate import Coverage
from ..model import json_text
from ..model.assets import AssetKind
from ..model.catalog_types import MANAGED_BY
from ..model.vocabularies import Action, OmissionKind
from ..staging.plan import READ_BACK, Change, Entry, Omission
from .absence import kind_of

_LONGEST_VALUE = 100

CREATED = "the catalog does not have it yet"
UPDATED = "it is otherwise than the catalog acknowledged last"
READ_BACK_UPDATED = "it is otherwise than the catalog had it when the ledger was rebuilt from it"
RESTORED = "its source has it again"
MISSING_NOW = "its source does not list it any more"
CONTAINER_GONE = "the workspace, account or project that it was in is gone"
RETIRED_NOW = "it has been missing from its source for long enough to be retired (publish.missing)"
MISSING_BEFORE = "it is missing from its source, and still says what only holds for what is there"

_MANAGED_ELSEWHERE = "{owner} manages it; this installation only refers to it"
_OUTSIDE = "outside {narrowing}: a run over all would {deed}"
_DEEDS = {
    Action.CREATE: "create it",
    Action.UPDATE: "update it",
    Action.RESTORE: "restore it",
    Action.MISSING: "mark it as missing",
    Action.RETIRE: "retire it",
}
_NO_LISTING = "no listing can prove that it is gone, and nothing states it any more"
_EXCLUDED = "the patterns of its source leave it out now"
_STILL_THERE = "its source still has it, and nothing that is published needs it any more"
_UNREAD = "its source {source} was not read in this run"
_UNPROVEN = "no listing that was read to its end proves that it is gone"


def updated(entry: Entry) -> str:
    """Why an entity that the ledger has is updated."""
    return READ_BACK_UPDATED if entry.content_hash == READ_BACK else UPDATED


def missing(entry: Entry, coverage: Coverage) -> str:
    """Why an entity is marked as missing from its source."""
    return CONTAINER_GONE if coverage.is_container_absent(entry.key.qualified_name) else MISSING_NOW


def held_back(entry: Entry, reason: str) -> Omission:
    """The ledger's entity that stays as it is, although this sync would have it otherwise."""
    return _omission(OmissionKind.HELD_BACK, entry, reason)


def withheld(excess: str) -> str:
    """Why an entity that is gone is neither marked nor retired. excess: why more is gone than one run may mark."""
    return f"nothing is marked or retired in this run: {excess}"


def refused(entry: Entry) -> Omission:
    """The entity that another installation manages."""
    return _omission(OmissionKind.REFUSED, entry, _MANAGED_ELSEWHERE.format(owner=entry.attributes.get(MANAGED_BY)))


def stays(first: Mapping[str, Any], entry: Entry) -> str:
    """What of an entity that is changed is not sent, its first value being there; empty where nothing is."""
    return f"; {_first_values(first, entry)}" if first else ""


def first_value_stays(first: Mapping[str, Any], entry: Entry) -> Omission:
    """The entity of which nothing but a first value is otherwise.

    Args:
        first: the source's values, by attribute.
    """
    return held_back(entry, _first_values(first, entry))


def _first_values(first: Mapping[str, Any], entry: Entry) -> str:
    both = (
        f"{name} stays {_shown(entry.attributes.get(name))} although the source has {_shown(value)}"
        for name, value in first.items()
    )
    return f"the first value counts: {', '.join(both)}"


def _shown(value: Any) -> str:
    return json_text.display(json_text.dump(value), _LONGEST_VALUE)


def outside(change: Change, narrowing: str) -> Omission:
    """What a narrowed run leaves to one that is not."""
    reason = _OUTSIDE.format(narrowing=narrowing, deed=_DEEDS[change.action])
    return Omission(OmissionKind.HELD_BACK, *change.key, change.source, change.name, reason)


def why_unproven(entry: Entry, coverage: Coverage) -> str:
    """Why an entity that is not desired any more is not marked as missing from its source."""
    kind, name = kind_of(entry.key.type_name), entry.key.qualified_name
    if kind is None:
        return _NO_LISTING
    if coverage.was_excluded(name):
        return _EXCLUDED
    if any(name in coverage.names(source, kind) for source in coverage.sources):
        return _STILL_THERE
    if entry.source not in coverage.sources and entry.source:
        return _UNREAD.format(source=entry.source)
    return _listing_reason(kind, entry, coverage) or _UNPROVEN


def _listing_reason(kind: AssetKind, entry: Entry, coverage: Coverage) -> str | None:
    sources = [entry.source] if entry.source else coverage.sources
    reasons: list[Any] = [coverage.why_listing_incomplete(kind, entry.key.qualified_name, source) for source in sources]
    return next((f"its listing was not read to its end: {reason}" for reason in reasons if reason), None)


def _omission(kind: OmissionKind, entry: Entry, reason: str) -> Omission:
    name = str(entry.attributes.get("name") or entry.key.qualified_name)
    return Omission(kind, *entry.key, entry.source, name, reason)
