"""Suggestions for a record that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from ..errors import ConfigurationError

_MOST_SUGGESTED = 5


def unknown_record(asked: str, known: Collection[str]) -> ConfigurationError:
    """The error for a record that is not known, with the keys that look like it."""
    lower = {key.lower(): key for key in known}
    similar = [lower[name] for name in difflib.get_close_matches(asked.lower(), lower, n=_MOST_SUGGESTED, cutoff=0.5)]
    similar += [key for key in sorted(known) if asked.lower() in key.lower() and key not in similar]
    if similar:
        remedy = f"Did you mean: {', '.join(similar[:_MOST_SUGGESTED])}?"
    elif known:
        remedy = f"{len(known)} records are known; `report --last` lists them."
    else:
        remedy = "No sync has resolved a record yet: python -m include.governance sync."
    return ConfigurationError(f"there is no record {asked!r}.", remedy, near=similar[:_MOST_SUGGESTED])
