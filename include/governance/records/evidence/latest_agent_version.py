"""Which version of an agent is its latest: the one that counts for what stands behind it and what it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def latest_of(versions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By agent, the row of its latest version: the one that its source calls so, else the highest number.

    versions: rows with agent, version (text) and is_latest: None where the source does not say.
    """
    standing = (row for row in versions if row["is_latest"] is not False)
    return {row["agent"]: dict(row) for row in sorted(standing, key=_rank)}


def _rank(row: Mapping[str, Any]) -> tuple[bool, int, str]:
    version = str(row["version"] or "")
    return bool(row["is_latest"]), int(version) if version.isdecimal() else -1, version
