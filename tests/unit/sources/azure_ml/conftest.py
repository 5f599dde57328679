"""A workspace of canned ARM answers, and a read of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.governance.model.assets import AssetKind
from include.governance.staging.snapshot import Snapshot

from .canned import Arm, estate, read

logging.getLogger("azure").setLevel(logging.ERROR)


@pytest.fixture
def arm() -> Arm:
    made = Arm()
    estate(made)
    return made


@pytest.fixture
def reading(tmp_path: Path, arm: Arm) -> Callable[..., Snapshot]:
    """Reads the canned estate; each time into a folder of its own."""
    count = iter(range(100))

    def go(since: Snapshot | None = None, **more: Any) -> Snapshot:
        return read(arm, tmp_path / str(next(count)), since, **more)

    return go


def rows(snapshot: Snapshot, kind: AssetKind) -> dict[str, dict[str, Any]]:
    """Rows by the end of their names, below the workspace."""
    found = snapshot.assets(kind).to_pylist()
    return {row["qualified_name"].split("/workspaces/ws-fraud/")[-1]: row for row in found}


def edges(snapshot: Snapshot, kind: str) -> list[tuple[str, str, str, bool]]:
    """(from, to, rule, heuristic), names cut as in `rows`."""
    cut = [
        (
            row["from_name"].split("/workspaces/ws-fraud/")[-1],
            row["to_name"].split("/workspaces/ws-fraud/")[-1],
            row["rule"],
            row["heuristic"],
        )
        for row in snapshot.relations().to_pylist()
        if row["kind"] == kind
    ]
    return sorted(cut)
