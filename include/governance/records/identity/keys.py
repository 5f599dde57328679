"""The key of every record: what a person states, else the key it had, else that of its first model. Keys last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from ...model import qualified_names
from .components import Joined
from .edges import KEY


def keys_of(
    units: pd.DataFrame, joined: Joined, known: Mapping[str, tuple[str, int]], absorbed: set[str]
) -> dict[str, str]:
    """unit -> key. absorbed: keys that the register links into other records; they are never chosen of themselves."""
    component = units["unit"].map(joined.component)
    frame = units.assign(component=component).sort_values(["created_ms", "unit"], na_position="last", kind="stable")
    stated = {
        joined.component[node]: node.removeprefix(KEY)
        for node in sorted(joined.component, reverse=True)
        if node.startswith(KEY) and node.removeprefix(KEY) not in absorbed
    }
    claims = frame.dropna(subset="claim_key")
    claims = claims[~claims["claim_key"].isin(list(absorbed))]
    stated |= dict(zip(claims["component"], claims["claim_key"], strict=True))
    keys, taken = dict(stated), set(stated.values()) | absorbed
    for label, key in _as_before(frame, known, keys, taken):
        keys[label] = key
        taken.add(key)
    for label, unit, derived in zip(frame["component"], frame["unit"], frame["derived"], strict=True):
        if label not in keys:
            keys[label] = derived if derived not in taken else f"{derived}~{qualified_names.short_hash(unit)[:6]}"
            taken.add(keys[label])
    return {unit: keys[label] for unit, label in zip(frame["unit"], frame["component"], strict=True)}


def _as_before(
    frame: pd.DataFrame, known: Mapping[str, tuple[str, int]], keys: dict[int, str], taken: set[str]
) -> Iterator[tuple[int, str]]:
    """Components without a stated key, with the key that most lastingly stood for them.

    Where two came out of one record, that with the model that the key was made from keeps it, then the older.
    """
    wishes = []
    rows = zip(frame["component"], frame["qualified_name"], frame["derived"], frame["unit"], strict=True)
    for label, name, derived, unit in rows:
        if label not in keys and name in known:
            key, since = known[name]
            if key not in taken:
                wishes.append((key != derived, since, key, unit, label))
    given: dict[int, str] = {}
    used: set[str] = set()
    for _, _, key, _, label in sorted(wishes):
        if label not in given and key not in used:
            given[label] = key
            used.add(key)
    yield from given.items()
