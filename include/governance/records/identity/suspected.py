"""Suspected duplicates: records that may be one model, for a person to confirm or dismiss. Nothing is joined here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from ...config.register import Register
from ...model.rows import Row
from ...model.vocabularies import SubjectKind
from ...staging.rows import rows as rows_of

_MOST = 10  # shown of one record
# what a name carries besides the model: where it stands, which version, that it is a model
_BESIDES = re.compile(r"(?:[\W_]+|^)(?:prod|production|prd|dev|test|staging|stg|model|copy|v?\d+)(?=[\W_]|$)")


class _Record(NamedTuple):
    key: str
    kinds: frozenset[str]
    containers: frozenset[str]
    names: frozenset[str]
    fingerprints: frozenset[str]
    owners: frozenset[str]
    use_cases: frozenset[str]


class Suspicions(NamedTuple):
    """By record key, in words. dismissed: those that the register dismisses."""

    current: dict[str, str]
    dismissed: dict[str, str]


def suspicions(evidence: pd.DataFrame, register: Register) -> Suspicions:
    """Records with a version in production that have no container in common and look alike.

    Similar names of models whose owner and use differ are two teams' own models. Within one registry another name is
    another model. An agent is never a model. Deployments of a provider's model are named after it, whoever made them.
    """
    is_own = evidence["in_production"].astype(bool) & (evidence["subject_kind"] != SubjectKind.DEPLOYMENT)
    in_production = rows_of(evidence[is_own])
    records = _records(in_production)
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reason, groups in (("similar names", _by_name(records)), ("the same data and metrics", _by_content(records))):
        for word, group in groups.items():
            for first, second in _without_common_container(group):
                if reason != "similar names" or not _two_teams(first, second):
                    pairs[first.key, second.key].append(reason if reason != "similar names" else f"{reason} ({word})")
    dismissals = _dismissals(register, in_production)
    current: dict[str, list[str]] = defaultdict(list)
    dismissed: dict[str, list[str]] = defaultdict(list)
    for (one, two), reasons in sorted(pairs.items()):
        who = dismissals.get(frozenset({one, two}))
        words = ", ".join(reasons) + (f"; dismissed by {who}" if who else "")
        for key, other in ((one, two), (two, one)):
            (dismissed if who else current)[key].append(f"{other}: {words}")
    return Suspicions(*({key: _truncated(found) for key, found in part.items()} for part in (current, dismissed)))


def alike(name: str) -> str:
    """What is left of a name without case, separators, and words for an environment."""
    bare = _BESIDES.sub("", name.casefold())
    return re.sub(r"[\W_]+", "", bare) or name.casefold()


def _records(in_production: Sequence[Row]) -> list[_Record]:
    gathered: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in in_production:
        found = gathered[row["record_key"]]
        values = {
            "kinds": row["subject_kind"],
            "containers": row["container"] or row["source"],
            "names": row["model_name"],
            "fingerprints": row["fingerprint"],
            "owners": row["owner"] or row["owner_stated"],
            "use_cases": row["use_case"],
        }
        for field, value in values.items():
            if value:
                found[field].add(str(value))
    return [
        _Record(key, *(frozenset(found[field]) for field in _Record._fields[1:]))
        for key, found in sorted(gathered.items())
    ]


def _by_name(records: list[_Record]) -> Mapping[str, list[_Record]]:
    groups: dict[str, list[_Record]] = defaultdict(list)
    for record in records:
        for name in sorted({alike(name) for name in record.names}):
            groups[name].append(record)
    return groups


def _by_content(records: list[_Record]) -> Mapping[str, list[_Record]]:
    groups: dict[str, list[_Record]] = defaultdict(list)
    for record in records:
        for fingerprint in record.fingerprints:
            groups[fingerprint].append(record)
    return groups


def _without_common_container(group: list[_Record]) -> Iterator[tuple[_Record, _Record]]:
    """Pairs without a common container; of a large group only those of each with its nearest by key."""
    for index, first in enumerate(group):
        found = 0
        for second in group[index + 1 :]:
            if first.kinds & second.kinds and not first.containers & second.containers:
                yield first, second
                found += 1
            if found >= _MOST:
                break


def _two_teams(first: _Record, second: _Record) -> bool:
    stated = first.owners and second.owners and first.use_cases and second.use_cases
    return bool(stated) and not (first.owners & second.owners or first.use_cases & second.use_cases)


def _dismissals(register: Register, in_production: Sequence[Row]) -> dict[frozenset[str], str]:
    """Pairs of record keys -> by whom and why. An entry counts for the record that its model or agent is in."""
    spoken = [(entry.key, entry) for entry in register.entries if entry.dismissed]
    if not spoken:
        return {}
    for row in in_production:
        assets = (row["qualified_name"], row["model"])
        entry = register.entry_of(row["source"], row["model_name"], assets, row["subject_kind"])
        if entry is not None and entry.dismissed:
            spoken.append((row["record_key"], entry))
    return {
        frozenset({key, dismissal.record}): f"{dismissal.by}: {dismissal.reason}"
        for key, entry in spoken
        for dismissal in entry.dismissed
    }


def _truncated(found: list[Any]) -> str:
    more = len(found) - _MOST
    return "; ".join([*found[:_MOST], *([f"and {more} more"] if more > 0 else [])])
