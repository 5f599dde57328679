"""Joining: connected components of the evidence, and what of it is refused so that no two stated keys become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from .edges import KEY


class Joined(NamedTuple):
    """component: unit -> number. joins: unit -> the strongest evidence that joined it, in words.

    contradictions: unit -> in words, the evidence that two stated keys contradict.
    """

    component: dict[str, int]
    joins: dict[str, str]
    contradictions: dict[str, str]


def join(
    units: pd.DataFrame, edges: pd.DataFrame, cannot_link: list[tuple[str, str]], absorbed: Collection[str] = ()
) -> Joined:
    """units: columns unit, claim_key. edges: EDGES. cannot_link: pairs of nodes that the register keeps separate.

    absorbed: keys that the register links into other records; they prevent nothing.
    """
    edges = edges.astype({"left": object, "right": object, "rule": object, "rank": int})
    edges = edges[edges["left"] != edges["right"]].sort_values(["rank", "left", "right", "rule"], ignore_index=True)
    nodes = pd.Index(pd.unique(pd.concat([units["unit"], edges["left"], edges["right"]]))).sort_values()
    left, right = nodes.get_indexer(edges["left"]), nodes.get_indexer(edges["right"])
    labels = _components(len(nodes), left, right)
    claims = units.dropna(subset="claim_key").drop_duplicates("unit")
    stated = dict(zip(nodes.get_indexer(claims["unit"]).tolist(), claims["claim_key"], strict=True))
    stated |= {index: node.removeprefix(KEY) for index, node in enumerate(nodes) if node.startswith(KEY)}
    stated = {index: key for index, key in stated.items() if key not in absorbed}
    separate = [
        (a, b) for a, b in zip(*(nodes.get_indexer([pair[i] for pair in cannot_link]) for i in (0, 1)), strict=True)
    ]
    separate = [(int(a), int(b)) for a, b in separate if a >= 0 and b >= 0]
    conflicting = _conflicting(labels, stated, separate)
    kept = np.ones(len(edges), dtype=bool)
    contradictions: dict[str, str] = {}
    if conflicting:
        constrained = _ConstrainedUnionFind(stated, separate)
        for index in np.flatnonzero(np.isin(labels[left], list(conflicting))):
            keys = constrained.refused(int(left[index]), int(right[index]))
            kept[index] = keys is None
            if keys:
                rule = str(edges.at[index, "rule"])
                for node in (str(edges.at[index, side]) for side in ("left", "right")):
                    sentence = f"{rule}, but {keys[0]} and {keys[1]} are stated as two records"
                    contradictions.setdefault(node, sentence)
        labels = _components(len(nodes), left[kept], right[kept])
    joins: dict[str, str] = {}
    for side in ("left", "right"):
        evidence = edges[kept & ~edges["right"].str.startswith(KEY).to_numpy()].drop_duplicates(side)
        for node, rule, rank in zip(evidence[side], evidence["rule"], evidence["rank"], strict=True):
            if node not in joins or rank < int(joins[node][:2]):
                joins[node] = f"{rank:02d}{rule}"
    component = {node: int(label) for node, label in zip(nodes, labels, strict=True)}
    return Joined(component, {node: rule[2:] for node, rule in joins.items()}, contradictions)


def _components(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    labels: np.ndarray = connected_components(graph, directed=False)[1]
    return labels


def _conflicting(labels: np.ndarray, stated: dict[int, str], cannot_link: list[tuple[int, int]]) -> set[int]:
    """Components in which two keys are stated, or a pair that the register keeps separate."""
    keys = defaultdict(set)
    for index, key in stated.items():
        keys[int(labels[index])].add(key)
    separate = {int(labels[a]) for a, b in cannot_link if labels[a] == labels[b]}
    return {label for label, found in keys.items() if len(found) > 1} | separate


class _ConstrainedUnionFind:
    """Union-find that refuses to join two stated keys, or a pair that the register keeps separate.

    Strong evidence goes first."""

    def __init__(self, stated: dict[int, str], cannot_link: list[tuple[int, int]]) -> None:
        self._parent: dict[int, int] = {}
        self._key = dict(stated)
        self._cannot_link: dict[int, set[int]] = defaultdict(set)
        for a, b in cannot_link:
            self._cannot_link[a].add(b)
            self._cannot_link[b].add(a)

    def refused(self, left: int, right: int) -> tuple[str, str] | tuple[()] | None:
        """None where they were joined; the two keys that prevent it; () where the register keeps them separate."""
        a, b = self._root(left), self._root(right)
        if a == b:
            return None
        first, second = self._key.get(a), self._key.get(b)
        if first and second and first != second:
            return (first, second) if first < second else (second, first)
        if b in {self._root(other) for other in self._cannot_link[a]}:
            return ()
        self._parent[b] = a
        self._cannot_link[a] |= self._cannot_link.pop(b, set())
        if second:
            self._key[a] = second
        return None

    def _root(self, node: int) -> int:
        path = []
        while node in self._parent:
            path.append(node)
            node = self._parent[node]
        for passed in path:
            self._parent[passed] = node
        return node
