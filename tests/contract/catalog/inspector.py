"""What the contract asks a live catalog directly, past the code under test, and what people do in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from include.governance.staging.plan import Key

Document = dict[str, Any]


class Inspector(Protocol):
    """One per dialect. Entities and type definitions are documents in the shape of the Atlas v2 REST API."""

    def get(self, key: Key) -> Document | None:
        """The entity, unless it is missing or deleted."""

    def by_guid(self, guid: str) -> Document: ...

    def count(self, key: Key) -> int:
        """How many live entities of the type carry that qualified name: what reading by name cannot show."""

    def containing(self, type_name: str, text: str) -> list[str]:
        """Qualified names, of the live entities of that type, in which the text occurs; one twice if two carry it."""

    def named(self, type_name: str, name: str) -> list[str]:
        """Qualified names of the live entities of that type and name."""

    def search(self, type_name: str, text: str) -> list[str]:
        """Qualified names of what a person finds by a text."""

    def lineage(self, guid: str, direction: str, depth: int) -> set[tuple[str, str]]:
        """The edges that the catalog draws, as pairs of qualified names. direction: INPUT, OUTPUT or BOTH."""

    def delete(self, guids: Sequence[str]) -> None: ...

    def purge(self, guids: Sequence[str]) -> None:
        """Erases deleted entities."""

    def delete_edge(self, relationship_guid: str) -> None: ...

    def edit(self, key: Key, attributes: Document) -> None:
        """Attributes as a curator changes them."""

    def create_at_once(self, entity: Document) -> list[str]:
        """Guids of two entities of one qualified name, as two writers at once make them."""

    def edit_by_guid(self, guid: str, entity: Document) -> None:
        """Attributes, custom attributes or contacts of one of several entities of a name."""

    def assign_term(self, name: str, guid: str) -> str:
        """Creates a glossary with a term of that name, and assigns it. Returns the term's guid."""

    def relate(self, relationship: str, end1: str, end2: str) -> None:
        """Guids of the entities at both ends."""

    def create(self, entity: Document) -> str:
        """The guid of the new entity."""

    def classify(self, guid: str, name: str) -> None: ...

    def label(self, guid: str, labels: Sequence[str]) -> None: ...

    def set_business_metadata(self, guid: str, group: str, fields: Document) -> None: ...

    def typedef(self, section: str, name: str) -> Document:
        """One type definition. section: entitydef, businessmetadatadef."""

    def define(self, section: str, typedef: Document) -> None:
        """Creates a type of someone else's unless it exists. section: classificationDefs, ..."""

    def drop_type(self, name: str) -> None: ...

    def close(self) -> None: ...
