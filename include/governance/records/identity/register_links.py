"""What the register declares of identity: links and splits. It names assets by qualified name, records by key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import pandas as pd

from ...config.register import Entry, Register
from .edges import KEY, link_edges


class RegisterLinks:
    """named: versions that links or splits name for themselves. absorbed: keys that became part of another record."""

    def __init__(self, register: Register, subjects: pd.DataFrame) -> None:
        self._entries = [entry for entry in register.entries if entry.links or entry.splits]
        self._register = register
        wanted = {target for entry in self._entries for target in [*entry.links, *entry.splits]}
        self.named = wanted & set(subjects.loc[subjects["kind"] == "version", "qualified_name"])
        assets = set(subjects["qualified_name"]) | set(subjects["parent_model"])
        linked = {target for entry in self._entries for target in entry.links}
        asked = {entry.key for entry in register.entries if entry.key and entry.links}
        self.absorbed = {target for target in linked - assets if "://" not in target} - asked

    def must_link(self, units: pd.DataFrame, known: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
        """EDGES of the nodes that the register links. known: see `identify`."""
        nodes = _Nodes(units, known)
        return link_edges([pair for entry in self._entries for pair in self._pairs(entry, entry.links, nodes)])

    def cannot_link(self, units: pd.DataFrame, known: Mapping[str, tuple[str, int]]) -> list[tuple[str, str]]:
        """Pairs of nodes that the register keeps separate. known: see `identify`."""
        if not self._entries:
            return []
        nodes = _Nodes(units, known)
        return [pair for entry in self._entries for pair in self._pairs(entry, entry.splits, nodes)]

    def _pairs(self, entry: Entry, targets: list[str], nodes: _Nodes) -> Iterator[tuple[str, str]]:
        """Every node of the entry with every node of its targets."""
        for target in targets:
            for other in nodes.of(target):
                for own in nodes.of_entry(entry):
                    if own != other:
                        yield own, other


class _Nodes:
    """The nodes that a text of the register means: a version, a model, an agent, or all that has a key."""

    def __init__(self, units: pd.DataFrame, known: Mapping[str, tuple[str, int]]) -> None:
        self._nodes: dict[str, set[str]] = defaultdict(set)
        self._named: dict[tuple[str, str], set[str]] = defaultdict(set)
        rows = zip(
            *(units[name] for name in ("qualified_name", "parent_model", "unit", "derived", "claim_key")),
            units["source"],
            units["parent_name"],
            strict=True,
        )
        for name, parent_model, unit, derived, claim, source, title in rows:
            for text in (name, parent_model, derived, known.get(name, ("",))[0]):
                self._nodes[text].add(unit)
            if isinstance(claim, str):
                self._nodes[claim] |= {unit, KEY + claim}
            self._named[source, title].add(unit)

    def of(self, target: str) -> list[str]:
        return sorted(self._nodes.get(target, ()))

    def of_entry(self, entry: Entry) -> list[str]:
        if entry.name_at_source:
            return sorted(self._named.get((entry.source, entry.name_at_source), ()))
        return self.of(entry.asset or entry.record)
