"""A listing that suddenly gives far fewer rows is told, before it becomes a plan."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from include.governance.model.read_status import ReadStatus
from include.governance.records.health import health_of
from include.governance.staging.rows import rows
from tests.support.estates import MlflowSnapshotBuilder


def health(
    folder: Path, seen: int, before: pd.DataFrame | None = None, state: ReadStatus = ReadStatus.COMPLETE
) -> pd.DataFrame:
    estate = MlflowSnapshotBuilder(folder)
    estate.writer.state("registered_models").seen = seen
    estate.writer.state("registered_models").state = state
    return health_of([estate.snapshot()], before)


def share(table: pd.DataFrame) -> tuple[int | None, int | None]:
    (row,) = [row for row in rows(table) if row["collection"] == "registered_models"]
    return row["share"], row["lost"]


def test_the_first_sync_says_nothing(tmp_path: Path) -> None:
    assert share(health(tmp_path, 100)) == (None, None)


@pytest.mark.parametrize(("now", "expected"), [(40, (40, 60)), (100, (100, 0)), (120, (120, 0)), (0, (0, 100))])
def test_rows_in_percent_of_the_last_time(tmp_path: Path, now: int, expected: tuple[int, int]) -> None:
    assert share(health(tmp_path / "2", now, health(tmp_path / "1", 100))) == expected


def test_of_few_rows_a_part_says_nothing(tmp_path: Path) -> None:
    assert share(health(tmp_path / "2", 1, health(tmp_path / "1", 9))) == (None, None)


def test_what_was_read_in_part_says_nothing_and_is_no_measure(tmp_path: Path) -> None:
    first = health(tmp_path / "1", 100)
    second = health(tmp_path / "2", 10, first, ReadStatus.PARTIAL)
    assert share(second) == (None, None)
    assert share(health(tmp_path / "3", 40, second)) == (40, 60)
