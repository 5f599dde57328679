"""Whose the value of an attribute is: the source's, a curator's, or whoever wrote it first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .catalog_types import ENTITY_TYPES, MANAGED_BY, SHARED_ATTRIBUTES
from .vocabularies import AttributeOwner

EVERY_TYPE = "*"
# By these, entities are found and judged: their values follow from what was read, and from nothing else
_ALWAYS_THE_SOURCES = frozenset(
    {"name", "qualifiedName", MANAGED_BY, "address", "record_key", "marker_id", "ledger_revision"}
    | {"lifecycle_state", "lifecycle_signal", "state", "signal", "since", "until", "state_since", "aliases", "stage"}
    | {
        "verdict",
        "verdict_provisional",
        "evidence_as_of",
        "findings",
        "suites",
        "critical_findings",
        "warning_findings",
    }
)


@dataclass(frozen=True)
class AttributeOwners:
    """The owner of every attribute.

    Attributes:
        stated: `type.attribute` or `*.attribute` -> owner; the type counts before the star. All others are the
            source's: what it states is sent, and what it does not state of the shared attributes is a curator's.
    """

    stated: Mapping[str, AttributeOwner] = field(default_factory=dict)

    def of(self, type_name: str, attribute: str) -> AttributeOwner:
        """Whose that attribute of that type is."""
        of_every_type = self.stated.get(f"{EVERY_TYPE}.{attribute}", AttributeOwner.SOURCE)
        return self.stated.get(f"{type_name}.{attribute}", of_every_type)


ALL_THE_SOURCES = AttributeOwners()


def why_no_owner(name: str) -> str:
    """Why nobody can be the owner of what a configuration names so; empty where somebody can."""
    type_name, _, attribute = name.partition(".")
    if type_name not in (EVERY_TYPE, *ENTITY_TYPES):
        return f"{name} is no attribute of a type of the catalog: write type.attribute, or *.attribute for all types"
    types = ENTITY_TYPES.values() if type_name == EVERY_TYPE else [ENTITY_TYPES[type_name]]
    if attribute in _ALWAYS_THE_SOURCES:
        return f"{name} is always the source's: records are found and judged by it"
    if attribute not in SHARED_ATTRIBUTES and not any(attribute in one.attributes for one in types):
        return f"{name} is no attribute of {'any type' if type_name == EVERY_TYPE else 'that type'}"
    return ""
