"""Identity: which registered models, versions and agents, of whatever source, are one governed record.

Opens with `identify`. Only evidence joins: what people say (register, tag), the same run, a copy, the same artifact.
A name alone never does; see `suspected`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ...config.register import Register
from ...model.vocabularies import SubjectKind
from .components import Joined, join
from .edges import claimed_edges, evidence_edges, last_known_edges, tokens_of
from .keys import keys_of
from .register_links import RegisterLinks
from .subjects import SUBJECTS, with_units

__all__ = ["SUBJECTS", "identify", "tokens_of"]

_OWN_RULES = {SubjectKind.AGENT: "agent", SubjectKind.DEPLOYMENT: "deployment of a provider's model"}
_FOUND = ["qualified_name", "record_key", "record_rule", "contradiction"]


def identify(subjects: pd.DataFrame, register: Register, known: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
    """qualified_name -> record_key, record_rule (why it is in that record), contradiction (None, or in words).

    subjects: one row per version and agent with the columns SUBJECTS, in any order. known: by qualified name, the key
    that it had after the last sync and since when (ms). The same input in another order gives the same records.
    """
    if subjects.empty:
        return pd.DataFrame(columns=_FOUND)
    declared = RegisterLinks(register, subjects)
    # as objects: pandas cannot join columns of Arrow text with empty ones
    units = with_units(subjects, declared.named).sort_values("qualified_name", ignore_index=True)
    edges = pd.concat(
        [declared.must_link(units, known), claimed_edges(units), evidence_edges(units), last_known_edges(units, known)],
        ignore_index=True,
    )
    joined = join(units, edges, declared.cannot_link(units, known), declared.absorbed)
    keys = keys_of(units, joined, known, declared.absorbed)
    found = units[["qualified_name", "unit"]].assign(record_key=units["unit"].map(keys))
    found["record_rule"] = _rules(units, found["record_key"], joined)
    found["contradiction"] = found["unit"].map(joined.contradictions)
    return found[_FOUND].astype(object).where(found[_FOUND].notna(), None)


def _rules(units: pd.DataFrame, keys: pd.Series, joined: Joined) -> list[str]:
    """Its own claim first, then that the record has its key from it, then the strongest evidence that joined it."""
    rows = zip(
        units["unit"], units["claim_key"], units["claim_rule"], units["derived"], units["kind"], keys, strict=True
    )
    found = []
    for unit, claim, rule, derived, kind, key in rows:
        if claim == key:
            found.append(str(rule))
        elif derived == key or joined.joins.get(unit) is None:
            own = _OWN_RULES.get(kind, "registered model")
            found.append(own if derived == key else "the key it had before")
        else:
            found.append(joined.joins[unit])
    return found
