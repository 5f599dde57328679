"""Changes and the ledger's entries: what planning gives to publishing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import orjson

from .folder import Folder

MISSING = "missing from source"
READ_BACK = "read back"  # content hash of an entry that was made from what the catalog held


class Key(NamedTuple):
    """An entity's identity in a catalog."""

    type_name: str
    qualified_name: str


@dataclass
class Entry:
    """What a catalog has acknowledged of one entity: the ledger's row.

    references: attribute -> sorted list of [type, qualified name]. classifications: name -> attributes.
    """

    key: Key
    source: str
    guid: str
    attributes: dict[str, Any]
    references: dict[str, list[list[str]]]
    classifications: dict[str, dict[str, Any]]
    content_hash: str


@dataclass
class Change:
    """One entity to create or update, attribute by attribute.

    attributes: new value by name; None clears. before: the acknowledged values of those names; a name that stands only
    there is let go: it was read back from the catalog, and may well be a curator's.
    """

    action: str  # create, update, missing (mark as missing from source), restore (unmark and update)
    type_name: str
    qualified_name: str
    source: str
    attributes: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    add_references: dict[str, list[list[str]]] = field(default_factory=dict)
    remove_references: dict[str, list[list[str]]] = field(default_factory=dict)
    add_classifications: dict[str, dict[str, Any]] = field(default_factory=dict)
    remove_classifications: list[str] = field(default_factory=list)
    content_hash: str = ""
    name: str = ""

    @property
    def key(self) -> Key:
        return Key(self.type_name, self.qualified_name)

    def targets(self) -> Iterator[Key]:
        """The entities this change refers to."""
        for targets in self.add_references.values():
            for type_name, qualified_name in targets:
                yield Key(type_name, qualified_name)


@dataclass
class Plan:
    """All changes of one sync. ledger_revision: the state of the ledger it was made against.

    held_back: runs without evidence, by source. older_agent_versions: neither the latest nor in use, by source.
    """

    changes: list[Change]
    unchanged: int = 0
    held_back: dict[str, int] = field(default_factory=dict)
    ledger_revision: int = 0
    older_agent_versions: dict[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, dict[str, int]]:
        """action -> type -> number of entities."""
        found: dict[str, Counter[str]] = {}
        for change in self.changes:
            found.setdefault(change.action, Counter())[change.type_name] += 1
        return {action: dict(sorted(types.items())) for action, types in sorted(found.items())}

    def save(self, folder: Folder) -> str:
        """One JSON document per line: the head first, then a change each."""
        kept = ("unchanged", "held_back", "ledger_revision", "older_agent_versions")
        head = {name: getattr(self, name) for name in kept}
        with folder.open("plan.jsonl", "wb") as file:
            file.write(orjson.dumps(head) + b"\n")
            for change in self.changes:
                file.write(orjson.dumps(asdict(change)) + b"\n")
        return f"{folder.path}/plan.jsonl"

    @classmethod
    def load(cls, folder: Folder) -> Plan:
        with folder.open("plan.jsonl") as file:
            head, *lines = file.read().splitlines()
        return cls([Change(**orjson.loads(line)) for line in lines], **orjson.loads(head))
