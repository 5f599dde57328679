"""In which order changes go out: what is referred to before what refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..staging.plan import Change, Key


def in_dependency_order(changes: Sequence[Change]) -> list[Change]:
    """Every change after those it refers to, otherwise in the order given.

    Entities that refer to each other in a circle (runs that name each other as parent) are cut at one place of it.
    """
    by_key = {change.key: change for change in changes}
    placed: set[Key] = set()  # also what is on the way: a way back to it is a circle
    ordered: list[Change] = []
    for first in changes:
        if first.key in placed:
            continue
        placed.add(first.key)
        way = [(first, _before(first, by_key))]
        while way:
            change, waiting = way[-1]
            following = next((key for key in waiting if key not in placed), None)
            if following is None:
                ordered.append(change)
                way.pop()
            else:
                placed.add(following)
                way.append((by_key[following], _before(by_key[following], by_key)))
    return ordered


def batches(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    for start in range(0, len(changes), size):
        yield changes[start : start + size]


def _before(change: Change, by_key: dict[Key, Change]) -> Iterator[Key]:
    return (target for target in change.targets() if target in by_key)
