"""Many collections of one source, put so that a person sees first what was not read whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Document = dict[str, Any]

_WHOLE = ("complete", "unsupported")
_ORDER = ("failed", "partial", "unsupported", "complete")
_COUNTS = ("seen", "carried", "filtered", "quarantined")


def is_whole(collection: Document) -> bool:
    return collection["state"] in _WHOLE


def words(collection: str) -> str:
    """ws-fraud/model_versions -> model versions of ws-fraud."""
    container, _, listing = collection.rpartition("/")
    said = listing.replace("_", " ")
    return f"{said} of {container}" if container else said


def broken(collections: Iterable[Document]) -> list[str]:
    """What was not read whole: "jobs of ws-fraud (failed)"; "all of ws-fraud (failed)" where nothing of it was."""
    found = []
    for group in grouped(collections):
        failed = [item for item in group["collections"] if item["state"] in ("failed", "partial")]
        if group["name"] and len(failed) > 1 and all(item["state"] == "failed" for item in group["collections"]):
            found.append(f"all of {group['name']} (failed)")
        else:
            found += [f"{words(item['collection'])} ({item['state']})" for item in failed]
    return found


def grouped(collections: Iterable[Document]) -> list[Document]:
    """One group per container, a name before the last slash; the source's own listings are the group without a name.

    {name, state, whole, collections, and the sums of the counts}. What was not read whole comes first, in groups too.
    """
    groups: dict[str, list[Document]] = {}
    for item in collections:
        container, _, listing = item["collection"].rpartition("/")
        groups.setdefault(container, []).append({**item, "listing": listing.replace("_", " ")})
    return sorted((_group(name, items) for name, items in groups.items()), key=lambda group: group["order"])


def totals(collections: Iterable[Document]) -> list[str]:
    """What was read by listing, over all containers: "1,204 jobs (partial in 1 of 12)"; the not whole ones first."""
    by_listing: dict[str, list[Document]] = {}
    for item in collections:
        by_listing.setdefault(item["collection"].rpartition("/")[2], []).append(item)
    ordered = sorted(by_listing.items(), key=lambda pair: all(is_whole(item) for item in pair[1]))
    return [_total(listing, items) for listing, items in ordered]


def _total(listing: str, items: list[Document]) -> str:
    read = sum(item["seen"] + item["carried"] for item in items)
    said = f"{read:,} {listing.replace('_', ' ')}"
    worst = min((item["state"] for item in items), key=_ORDER.index)
    if worst == "complete" or (worst == "unsupported" and len(items) > 1):
        return said
    broken = sum(item["state"] == worst for item in items)
    return f"{said} ({worst})" if len(items) == 1 else f"{said} ({worst} in {broken} of {len(items)})"


def _group(name: str, items: list[Document]) -> Document:
    states = [item["state"] for item in items]
    whole = all(is_whole(item) for item in items)
    state = "complete" if whole else "failed" if all(one == "failed" for one in states) else "partial"
    return {
        "name": name,
        "state": state,
        "whole": whole,
        "collections": sorted(items, key=is_whole),
        "order": (whole, _ORDER.index(state), bool(name), name),
        **{count: sum(item[count] for item in items) for count in _COUNTS},
    }
