"""Many collections of one source, in an order that shows first what could not be read completely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...model.read_status import BROKEN_OFF, ReadStatus
from .sources import Collection

_WORST_FIRST = (
    ReadStatus.FAILED,
    ReadStatus.DOUBTED,
    ReadStatus.PARTIAL,
    ReadStatus.UNSUPPORTED,
    ReadStatus.COMPLETE,
)


@dataclass(frozen=True)
class Cause:
    """Collections of one container that are in the same state for the same reason, as far as one remedy mends all."""

    collections: list[Collection]

    @property
    def first(self) -> Collection:
        """The collection whose reason stands for all."""
        return self.collections[0]

    @property
    def listings(self) -> str:
        """Their names."""
        return ", ".join(item.listing for item in self.collections)

    @property
    def seen(self) -> int:
        """Items of all of them."""
        return sum(item.seen for item in self.collections)

    @property
    def carried(self) -> int:
        """Items of all of them that an earlier sync read."""
        return sum(item.carried for item in self.collections)

    @property
    def filtered(self) -> int:
        """Items of all of them that the configuration leaves out."""
        return sum(item.filtered for item in self.collections)

    @property
    def quarantined(self) -> int:
        """Items of all of them that could not be parsed."""
        return sum(item.quarantined for item in self.collections)


@dataclass(frozen=True)
class CollectionGroup:
    """The collections of one container; `name` is empty for the source's own listings. Counts are sums."""

    name: str
    collections: list[Collection]
    state: ReadStatus
    complete: bool
    seen: int
    carried: int
    filtered: int
    quarantined: int

    @classmethod
    def of(cls, name: str, items: list[Collection]) -> CollectionGroup:
        """Incomplete collections come first."""
        complete = all(item.is_complete for item in items)
        failed = all(item.state == ReadStatus.FAILED for item in items)
        return cls(
            name=name,
            collections=sorted(items, key=lambda item: item.is_complete),
            state=ReadStatus.COMPLETE if complete else ReadStatus.FAILED if failed else ReadStatus.PARTIAL,
            complete=complete,
            seen=sum(item.seen for item in items),
            carried=sum(item.carried for item in items),
            filtered=sum(item.filtered for item in items),
            quarantined=sum(item.quarantined for item in items),
        )

    @property
    def causes(self) -> list[Cause]:
        """Those that one remedy mends as one; each of the others by itself."""
        causes: dict[tuple[str, ...], list[Collection]] = {}
        for item in self.collections:
            alone = () if item.remedy and not item.is_complete else (item.collection,)
            causes.setdefault((item.state, item.remedy, item.accepted, *alone), []).append(item)
        return [Cause(items) for items in causes.values()]

    @property
    def order(self) -> tuple[bool, int, bool, str]:
        """Incomplete groups first, the worst of them before the others."""
        return self.complete, _WORST_FIRST.index(self.state), bool(self.name), self.name


def collection_label(collection: Collection) -> str:
    """ws-fraud/model_versions -> model versions of ws-fraud."""
    return f"{collection.listing} of {collection.container}" if collection.container else collection.listing


def incomplete_collections(collections: Iterable[Collection]) -> list[str]:
    """Labels with states: "jobs of ws-fraud (failed)"; "all of ws-fraud (failed)" where nothing of it was read."""
    labels: list[str] = []
    for group in grouped(collections):
        incomplete = [item for item in group.collections if item.state in BROKEN_OFF]
        if group.name and len(incomplete) > 1 and group.state == ReadStatus.FAILED:
            labels.append(f"all of {group.name} (failed)")
        else:
            labels += [f"{collection_label(item)} ({item.state})" for item in incomplete]
    return labels


def grouped(collections: Iterable[Collection]) -> list[CollectionGroup]:
    """One group per container, incomplete ones first."""
    containers: dict[str, list[Collection]] = {}
    for item in collections:
        containers.setdefault(item.container, []).append(item)
    groups = (CollectionGroup.of(name, items) for name, items in containers.items())
    return sorted(groups, key=lambda group: group.order)


def totals(collections: Iterable[Collection]) -> list[str]:
    """What was read by listing, over all containers: "1,204 jobs (partial in 1 of 12)"; incomplete ones first."""
    listings: dict[str, list[Collection]] = {}
    for item in collections:
        listings.setdefault(item.listing, []).append(item)
    ordered = sorted(listings.items(), key=lambda pair: all(item.is_complete for item in pair[1]))
    return [_total(listing, items) for listing, items in ordered]


def _total(listing: str, items: list[Collection]) -> str:
    label = f"{sum(item.seen + item.carried for item in items):,} {listing}"
    worst = min((item.state for item in items), key=_WORST_FIRST.index)
    if worst == ReadStatus.COMPLETE or (worst == ReadStatus.UNSUPPORTED and len(items) > 1):
        return label
    count = sum(item.state == worst for item in items)
    return f"{label} ({worst})" if len(items) == 1 else f"{label} ({worst} in {count} of {len(items)})"
