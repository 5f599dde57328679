"""State that was lost, or is older than the catalog: what the catalog knows is taken over from it before the next sync.

The catalog holds the ledger's entities and the promotions with their dates; it is read, never written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import unquote

from ..model import qualified_names
from ..model.catalog_types import ENTITY_TYPES, MANAGED_BY
from ..model.promotion_texts import promoted_label
from ..model.rows import Row
from ..model.sharing import is_shared
from ..model.timestamps import from_millis
from ..staging.plan import Entry, Key
from ..state.ledger import Ledger
from .contract import Catalog, own_name
from .marker import MARKER_TYPE, Marker
from .read_back import read_back_with_targets

_PROMOTION_TYPE = "ai_promotion"


class Recovered(NamedTuple):
    """What was taken over: entities, promotions (columns of PROMOTIONS), and why, as a sentence."""

    entities: int
    promotions: list[Row]
    reason: str


def is_ours(entry: Entry, deployment: str) -> bool:
    """Whether that installation manages the entity, or nobody does."""
    return entry.attributes.get(MANAGED_BY) in (None, deployment)


def is_outdated(catalog: Catalog, ledger: Ledger, deployment: str) -> bool:
    """Whether the catalog knows more of this installation than the ledger does. Raises RequestFailure."""
    marker = Marker(catalog, ledger, deployment).find()
    return marker is not None and bool(_reason(marker.attributes, ledger))


def recover(catalog: Catalog, ledger: Ledger, deployment: str) -> Recovered | None:
    """Replaces the ledger by what the catalog has of this installation, where the ledger is not up to date.

    Raises:
        RequestFailure: the catalog cannot be read; the ledger stays as it is.
    """
    marker = Marker(catalog, ledger, deployment).find()
    reason = _reason(marker.attributes, ledger) if marker else ""
    if marker is None or not reason:
        return None
    listed = (one for name in ENTITY_TYPES if name != MARKER_TYPE for one in catalog.listed(name, deployment))
    keys = [own_name(one.key) for one in listed]
    found = read_back_with_targets(catalog, sorted({*keys, *ledger.guids()}))
    entries = [entry for entry in found if is_shared(*entry.key) or is_ours(entry, deployment)]
    ledger.replace(entries, str(marker.attributes["marker_id"]), int(marker.attributes.get("ledger_revision") or 0))
    promotions = list(_promotions({entry.key: entry for entry in entries}))
    return Recovered(
        len(entries),
        promotions,
        f"{reason}: {len(entries):,} entities and {len(promotions):,} promotions were taken over from the catalog",
    )


def adopt_promotions(catalog: Catalog, ledger: Ledger, deployment: str, versions: Collection[str]) -> list[Row]:
    """Takes over the promotions of those versions that another installation manages: they go on, with their dates.

    Args:
        versions: qualified names of versions and agents that this installation reads.

    Returns:
        The promotions, with the columns of PROMOTIONS.

    Raises:
        RequestFailure: the catalog cannot be read.
    """
    known = ledger.guids()
    unknown = [one.key for one in catalog.listed(_PROMOTION_TYPE, None) if one.key not in known]
    found = {entry.key: entry for entry in read_back_with_targets(catalog, unknown)}
    others = {
        key: entry
        for key, entry in found.items()
        if key.type_name == _PROMOTION_TYPE and not is_ours(entry, deployment) and _version(entry) in versions
    }
    ledger.acknowledge([unmanaged(entry) for entry in others.values()])
    return list(_promotions({key: entry for key, entry in found.items() if key.type_name != _PROMOTION_TYPE} | others))


def unmanaged(entry: Entry) -> Entry:
    """The entry as if nobody managed it: the next plan stamps it as ours."""
    return replace(entry, attributes={name: value for name, value in entry.attributes.items() if name != MANAGED_BY})


def _version(entry: Entry) -> str:
    targets = entry.references.get("inputs", [])
    return targets[0][1] if targets else ""


def _reason(marker: Mapping[str, object], ledger: Ledger) -> str:
    revision = int(str(marker.get("ledger_revision") or 0))
    if marker.get("marker_id") != ledger.marker_id():
        if ledger.revision() == 0:
            return "the state database is new here, and the catalog knows this installation"
        return "the state database belongs to another catalog"
    return "the state database is older than the catalog" if revision > ledger.revision() else ""


def _promotions(entries: Mapping[Key, Entry]) -> Iterator[Row]:
    """Those whose version and record the catalog still has."""
    for key, entry in entries.items():
        if key.type_name != _PROMOTION_TYPE:
            continue
        versions, records = entry.references.get("inputs", []), entry.references.get("governed_model", [])
        held = entry.attributes
        if not versions or not records or not held.get("since"):
            continue
        record = entries.get(Key(*records[0]))
        record_key = record.attributes.get("record_key") if record else None
        label = promoted_label(str(held.get("description") or ""), str(held.get("state")))
        yield {
            "qualified_name": key.qualified_name,
            "record_key": record_key or unquote(records[0][1].removeprefix(qualified_names.record(""))),
            "version": _promoted(versions[0][0], versions[0][1], label),
            "version_label": label,
            "state": held.get("state"),
            "signal": held.get("signal"),
            "signal_from": None,
            "since": from_millis(held["since"]),
            "until": from_millis(held["until"]) if held.get("until") else None,
            "version_created_at": None,
            "ended_by": None,
        }


def _promoted(type_name: str, name: str, label: str) -> str:
    """What was promoted: what the promotion starts from; where that is an endpoint, the deployment at it."""
    return qualified_names.deployment_at_endpoint(name, label) if type_name == "ai_endpoint" else name
