"""What was read of each source, and how far."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Literal

from ...config.register import gap_of
from ...model.read_status import BROKEN_OFF, ReadMode, ReadStatus
from ...stages import READ
from ...staging.snapshot import CollectionState
from ...sync import Sync


class SourceStatus(StrEnum):
    """How far a source was read, over all its collections."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    NOT_READ = "not read"


@dataclass(frozen=True)
class Collection:
    """How far one listing of a source was read; the fields of CollectionState that the report shows.

    Attributes:
        accepted: Until when, by whom and why it is a known gap.
        acceptance_expired: The same of a known gap whose last day is over.
    """

    source: str
    collection: str
    kind: str = ""
    covers: str = ""
    state: ReadStatus = ReadStatus.COMPLETE
    mode: ReadMode = ReadMode.FULL
    seen: int = 0
    carried: int = 0
    filtered: int = 0
    quarantined: int = 0
    pages: int = 0
    reason: str = ""
    remedy: str = ""
    accepted: str = ""
    acceptance_expired: str = ""

    @property
    def container(self) -> str:
        """ws-fraud of ws-fraud/model_versions; empty for a listing of the source itself."""
        return self.collection.rpartition("/")[0]

    @property
    def listing(self) -> str:
        """In words: "model versions" of ws-fraud/model_versions."""
        return self.collection.rpartition("/")[2].replace("_", " ")

    @property
    def is_complete(self) -> bool:
        """Nothing of it is missing; what a source does not offer is not missing."""
        return self.state not in BROKEN_OFF

    @property
    def is_open(self) -> bool:
        """It could not be read completely, and nobody has accepted that."""
        return not self.is_complete and not self.accepted


@dataclass(frozen=True)
class QuarantinedItem:
    """A raw object that was listed and could not be understood."""

    source: str
    collection: str
    native_id: str
    reason: str


@dataclass(frozen=True)
class UnparsedValue:
    """A value that a source states and nobody understood: it counts as unknown."""

    source: str
    collection: str
    native_id: str
    field: str
    value: str


@dataclass(frozen=True)
class UnreadSource:
    """A source that left no snapshot in this sync.

    Attributes:
        asked_for: Whether this sync was to read it.
    """

    was_read: ClassVar[bool] = False

    name: str
    state: Literal[SourceStatus.NOT_READ] = SourceStatus.NOT_READ
    collections: list[Collection] = field(default_factory=list)
    quarantined: list[QuarantinedItem] = field(default_factory=list)
    secrets_removed: dict[str, int] = field(default_factory=dict)
    unparsed: list[UnparsedValue] = field(default_factory=list)
    asked_for: bool = True

    @property
    def is_as_expected(self) -> bool:
        """It should have been read, where this sync was to read it."""
        return not self.asked_for


@dataclass(frozen=True)
class ReadSource:
    """A source with its snapshot.

    Of a kept one, what reading cost and the secrets that were removed belong to the report of an earlier sync: they are
    zero here.

    Attributes:
        read_at: ISO 8601, UTC.
        seconds: How long reading took.
        remaining_reads: What the platform has left of this identity's quota, where it reports that.
        secrets_removed: Number of removed secrets by their kind.
        kept: This sync was told not to read it: what an earlier one read counts.
    """

    was_read: ClassVar[bool] = True

    name: str
    platform: str
    address: str
    read_at: str | None
    calls: int
    retries: int
    seconds: float
    remaining_reads: int | None
    state: SourceStatus
    collections: list[Collection]
    quarantined: list[QuarantinedItem]
    secrets_removed: dict[str, int]
    unparsed: list[UnparsedValue] = field(default_factory=list)
    kept: bool = False

    @property
    def asked_for(self) -> bool:
        """Whether this sync was to read it."""
        return not self.kept

    @property
    def is_as_expected(self) -> bool:
        """All of it was read, but for known gaps; of what was not asked for, nothing is expected."""
        if self.kept or self.state == SourceStatus.COMPLETE:
            return True
        return any(item.accepted for item in self.collections) and not any(item.is_open for item in self.collections)


Source = ReadSource | UnreadSource


def sources_of(sync: Sync) -> list[Source]:
    """Every configured source, in the order of the configuration."""
    return [_source(sync, source.name) for source in sync.config.settings.sources]


def _source(sync: Sync, name: str) -> Source:
    if not sync.has_output(READ, name):
        return UnreadSource(name, asked_for=sync.reads(name))
    snapshot = sync.snapshot(name)
    document, states = snapshot.document, list(snapshot.collections().values())
    cost = _NO_COST if snapshot.kept else document
    return ReadSource(
        name=name,
        platform=document["platform"],
        address=document["address"],
        read_at=document["read_at"],
        calls=cost["calls"],
        retries=cost["retries"],
        seconds=cost["seconds"],
        remaining_reads=cost.get("remaining_reads"),
        state=_status(states),
        collections=[_collection(state, name, sync) for state in states],
        quarantined=[QuarantinedItem(**{name: row[name] for name in _QUARANTINED}) for row in snapshot.quarantine()],
        secrets_removed=cost["secrets_removed"],
        unparsed=[UnparsedValue(**{name: row[name] for name in _UNPARSED}) for row in snapshot.unparsed()],
        kept=snapshot.kept,
    )


def _collection(state: CollectionState, source: str, sync: Sync) -> Collection:
    collection = Collection(**{name: getattr(state, name) for name in _STATE})
    if collection.is_complete:
        return collection
    gap, is_active = gap_of(sync.config.register.known_gaps, source, state.collection, sync.started.date())
    in_words = gap.in_words() if gap else ""
    return replace(collection, accepted=in_words) if is_active else replace(collection, acceptance_expired=in_words)


def _status(states: list[CollectionState]) -> SourceStatus:
    if not states or all(state.state == ReadStatus.FAILED for state in states):
        return SourceStatus.FAILED
    return SourceStatus.PARTIAL if any(state.state in BROKEN_OFF for state in states) else SourceStatus.COMPLETE


_NO_COST: dict[str, Any] = {"calls": 0, "retries": 0, "seconds": 0.0, "secrets_removed": {}}
_STATE = [field.name for field in fields(Collection) if field.name not in ("accepted", "acceptance_expired")]
_UNPARSED = [field.name for field in fields(UnparsedValue)]
_QUARANTINED = [field.name for field in fields(QuarantinedItem)]
