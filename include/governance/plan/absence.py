"""What is to be marked as missing from its source, and what is counted instead of published."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..estate import Coverage
from ..model.assets import AssetKind
from ..staging.lifecycle import GONE
from ..staging.plan import Entry, Key
from .entities.entity_mapping import ENTITY_MAPPINGS

# What is said of a version or an agent that its source does not have any more
GONE_ATTRIBUTES: dict[str, Any] = {
    "lifecycle_state": GONE,
    "lifecycle_signal": "its source does not list it any more",
    **dict.fromkeys(("aliases", "stage", "verdict", "verdict_provisional", "evidence_as_of", "findings", "suites")),
    **dict.fromkeys(("critical_findings", "warning_findings")),
}
_KIND_OF_TYPE = {mapping.type_name: kind for kind, mapping in ENTITY_MAPPINGS.items()}


def kind_of(type_name: str) -> AssetKind | None:
    """The kind of asset that entities of the type stand for; None of those that governance itself adds."""
    return _KIND_OF_TYPE.get(type_name)


def is_missing(entry: Entry, coverage: Coverage) -> bool:
    """Whether an entity that is no longer desired is absent from its source; never where that is unknown."""
    kind = kind_of(entry.key.type_name)
    return kind is not None and coverage.is_absent(kind, entry.key.qualified_name, entry.source)


def unpublished(kind: AssetKind, desired: Collection[Key], coverage: Coverage) -> dict[str, int]:
    """By source, how many assets of the kind were read that are not published."""
    type_name = ENTITY_MAPPINGS[kind].type_name
    return {
        source: sum(Key(type_name, name) not in desired for name in coverage.names(source, kind))
        for source in coverage.sources
    }
