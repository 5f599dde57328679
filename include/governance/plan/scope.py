"""What a run that was narrowed to sources or to one record may write: what belongs to them, and what that needs.

Everything else stays as the catalog has it: it is not updated, not restored, and never marked as missing.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from ..errors import ConfigurationError
from ..model import json_text, qualified_names
from ..staging.plan import Entry, Key

_RECORD_TYPE, _PROMOTION_TYPE, _USE_CASE_TYPE = "ai_governed_model", "ai_promotion", "ai_use_case"
_OURS = "governance"
_MOST_NAMED = 5


@dataclass(frozen=True)
class Narrowing:
    """What a person narrowed a run to. sources: empty for all. record: its key; empty for all records."""

    sources: frozenset[str] = frozenset()
    record: str = ""

    def __str__(self) -> str:
        sources = [f"--source {name}" for name in sorted(self.sources)]
        return " ".join([*sources, f"--record {self.record}"] if self.record else sources)


@dataclass(frozen=True)
class Scope:
    """The entities that a narrowed run may write. narrowing: in the words of the command line."""

    keys: frozenset[Key]
    narrowing: str


def scope_of(narrowing: Narrowing, desired: pa.Table, ledger: Mapping[Key, Entry]) -> Scope | None:
    """The scope of a run; None where it was not narrowed.

    A record brings along its promotions and all that it refers to, by the desired table or by the ledger; a source all
    that it states, and the records that rest on that. What is to be created and they refer to is created too.

    Args:
        desired: the table DESIRED.
    """
    if not str(narrowing):
        return None
    graph = _Graph(desired, ledger)
    keys: Collection[Key] = graph.sources.keys()
    if narrowing.sources:
        keys = graph.of_sources(narrowing.sources)
    if narrowing.record:
        keys = graph.of_record(Key(_RECORD_TYPE, qualified_names.record(narrowing.record))) & set(keys)
    return Scope(frozenset(graph.with_new_targets(keys)), str(narrowing))


def record_key(asked: str, keys: Mapping[str, str], renamed: Mapping[str, str]) -> str:
    """The key of the record that a person means.

    Args:
        asked: its key, a former key, its qualified name, or its name where only one record has it.
        keys: the keys of all records -> their names.
        renamed: former key -> present key.

    Raises:
        ConfigurationError: no record, or several, are called so.
    """
    present = renamed.get(asked, asked)
    if present in keys:
        return present
    found = [key for key, name in keys.items() if asked in (name, qualified_names.record(key))]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(sorted(found)[:_MOST_NAMED])
        raise ConfigurationError(
            f"{len(found)} records are named {asked!r}.", f"Give a key: {several}.", key="--record"
        )
    alike = difflib.get_close_matches(asked, sorted({*keys, *keys.values()}), n=_MOST_NAMED)
    remedy = f"Did you mean {', '.join(alike)}?" if alike else "A plan without --record shows all of them."
    raise ConfigurationError(f"no record is called {asked!r}.", remedy, key="--record")


class _Graph:
    """Who refers to whom, by the desired table and by the ledger together.

    sources: of every entity, the sources that state it.
    """

    def __init__(self, desired: pa.Table, ledger: Mapping[Key, Entry]) -> None:
        self.sources: dict[Key, set[str]] = {}
        self._targets: dict[Key, set[Key]] = {}
        self._ledger = ledger
        for row in desired.select(["type_name", "qualified_name", "source", "references_json"]).to_pylist():
            references = json_text.load(row["references_json"])
            self._add(Key(row["type_name"], row["qualified_name"]), row["source"], references)
        for key, entry in ledger.items():
            # a source that a rebuilt ledger does not know: what was read says whose it is
            self._add(key, entry.source if entry.source or key not in self.sources else "", entry.references)

    def _add(self, key: Key, source: str, references: Mapping[str, Iterable[Iterable[str]]]) -> None:
        self.sources.setdefault(key, set()).add(source)
        found = self._targets.setdefault(key, set())
        found.update(Key(*target) for targets in references.values() for target in targets)

    def of_record(self, record: Key) -> set[Key]:
        """The record, its promotions, and what it refers to."""
        promotions = {
            key for key, targets in self._targets.items() if key.type_name == _PROMOTION_TYPE and record in targets
        }
        return {record, *promotions, *self._targets.get(record, ())}

    def of_sources(self, names: frozenset[str]) -> set[Key]:
        """What those sources state, and the records that rest on any of it with what governance adds to them.

        Of an entity whose source is not known, only a listing of this run can say anything.
        """
        keys = {key for key, sources in self.sources.items() if sources & names or sources == {""}}
        records = [key for key in self.sources if key.type_name == _RECORD_TYPE and self._targets[key] & keys]
        for record in records:
            keys |= {key for key in self.of_record(record) if _OURS in self.sources.get(key, ())}
        return keys

    def with_new_targets(self, keys: Collection[Key]) -> set[Key]:
        """With what they refer to that the catalog does not have yet."""
        found, waiting = set(keys), list(keys)
        while waiting:
            new = {key for key in self._targets.get(waiting.pop(), ()) if key not in self._ledger} - found
            found |= new
            waiting += new
        return found
