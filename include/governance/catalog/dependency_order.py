"""The order in which changes are published: an entity before those that refer to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..staging.plan import Change, Key


def in_dependency_order(changes: Sequence[Change]) -> list[Change]:
    """Every change after those it refers to, otherwise in the order given.

    A cycle of references (runs that name each other as parent) is cut at one edge.
    """
    by_key = {change.key: change for change in changes}
    visited: set[Key] = set()  # also those on the path: a reference back to one of them closes a cycle
    ordered: list[Change] = []
    for first in changes:
        if first.key in visited:
            continue
        visited.add(first.key)
        path = [(first, _targets(first, by_key))]
        while path:
            change, targets = path[-1]
            following = next((key for key in targets if key not in visited), None)
            if following is None:
                ordered.append(change)
                path.pop()
            else:
                visited.add(following)
                path.append((by_key[following], _targets(by_key[following], by_key)))
    return ordered


def batches(changes: Sequence[Change], size: int) -> Iterator[Sequence[Change]]:
    """The changes in order, `size` at a time."""
    for start in range(0, len(changes), size):
        yield changes[start : start + size]


def _targets(change: Change, by_key: Mapping[Key, Change]) -> Iterator[Key]:
    """The changes that must come first."""
    return (target for target in change.targets() if target in by_key)
