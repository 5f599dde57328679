"""Changes and the ledger's entries: the result of planning, for publishing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from ..model.vocabularies import Action, OmissionKind
from .folder import Folder

MISSING, RETIRED = "missing from source", "retired"
_HEAD = ("unchanged", "held_back", "ledger_revision", "older_agent_versions", "excess", "excess_allowed_by")
READ_BACK = "read back"  # content hash of an entry that was made from what the catalog held


# Actions on what its source does not have any more
REMOVALS = (Action.MISSING, Action.RETIRE)


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


class Absence(NamedTuple):
    """How long an entity has been missing from its source.

    since: UTC, of the first sync that found it missing. listings: how many syncs have found it missing in a row.
    run_id: the last of them.
    """

    since: datetime
    listings: int
    run_id: str


@dataclass
class Change:
    """One entity to create or update, attribute by attribute.

    attributes: new value by name; None clears. before: the acknowledged values of those names; a name that is only in
    `before` is released: it was read back from the catalog, and may well be a curator's. reason: why it is planned.
    kept: values that the catalog has of attributes that are not to be sent over them.
    """

    action: Action
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
    reason: str = ""
    kept: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.action = Action(self.action)

    @property
    def key(self) -> Key:
        """The identity of the entity in the catalog."""
        return Key(self.type_name, self.qualified_name)

    def targets(self) -> Iterator[Key]:
        """The entities this change refers to."""
        for targets in self.add_references.values():
            for type_name, qualified_name in targets:
                yield Key(type_name, qualified_name)


@dataclass
class Omission:
    """An entity that stays as the catalog has it, although it is not as this sync would have it. reason: a sentence."""

    kind: OmissionKind
    type_name: str
    qualified_name: str
    source: str
    name: str
    reason: str

    def __post_init__(self) -> None:
        self.kind = OmissionKind(self.kind)


@dataclass
class Plan:
    """All changes of one sync. ledger_revision: the ledger's revision that it was made against.

    held_back: number of runs without evidence, by source. older_agent_versions: number of those neither the latest nor
    in use, by source. omitted: what the catalog has and the plan leaves as it is, with the reason. excess: why more
    would be marked as missing or retired than one run may; nothing is then, unless `excess_allowed_by` names a person.
    """

    changes: list[Change]
    unchanged: int = 0
    held_back: dict[str, int] = field(default_factory=dict)
    ledger_revision: int = 0
    older_agent_versions: dict[str, int] = field(default_factory=dict)
    omitted: list[Omission] = field(default_factory=list)
    excess: str = ""
    excess_allowed_by: str = ""

    def counts(self) -> dict[str, dict[str, int]]:
        """action -> type -> number of entities."""
        counts: dict[str, Counter[str]] = {}
        for change in self.changes:
            counts.setdefault(str(change.action), Counter())[change.type_name] += 1
        return {action: dict(sorted(types.items())) for action, types in sorted(counts.items())}

    def omitted_counts(self) -> dict[str, int]:
        """Kind of omission -> number of entities."""
        return dict(sorted(Counter(str(one.kind) for one in self.omitted).items()))

    def save(self, folder: Folder) -> str:
        """One JSON document per line: the head first, then a change each."""
        head = {name: getattr(self, name) for name in _HEAD}
        head["omitted"] = [asdict(one) for one in self.omitted]
        with folder.create("plan.jsonl") as file:
            file.write(orjson.dumps(head) + b"\n")
            for change in self.changes:
                file.write(orjson.dumps(asdict(change)) + b"\n")
        return f"{folder.path}/plan.jsonl"

    @classmethod
    def load(cls, folder: Folder) -> Plan:
        """The staged plan. Raises ValueError for an action that is not in the vocabulary."""
        with folder.open("plan.jsonl") as file:
            head, *lines = (orjson.loads(line) for line in file.read().splitlines())
        omitted = [Omission(**one) for one in head.pop("omitted", ())]
        return cls([Change(**line) for line in lines], omitted=omitted, **head)
