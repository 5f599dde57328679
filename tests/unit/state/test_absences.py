"""How long something has been missing: one count per sync, and no longer than the absence lasts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.governance.staging.plan import Absence, Key
from include.governance.state.absences import Absences
from include.governance.state.database import open_database

FIRST, LATER = datetime(2026, 6, 1, 2, 17, tzinfo=UTC), datetime(2026, 6, 2, 2, 17, tzinfo=UTC)
RUN, MODEL = Key("ai_training_run", "mlflow://demo/runs/1"), Key("ai_model", "mlflow://demo/models/fraud")


@pytest.fixture
def absences(tmp_path: Path) -> Absences:
    return Absences(open_database(f"sqlite:///{tmp_path / 'state.db'}"), "atlas")


def test_each_sync_counts_once(absences: Absences) -> None:
    for run_id, now in (("one", FIRST), ("one", FIRST), ("two", LATER), ("two", LATER)):
        absences.save([RUN], [RUN], run_id, now)
    assert absences.all() == {RUN: Absence(FIRST, 2, "two")}


def test_a_sync_that_could_not_tell_counts_nothing(absences: Absences) -> None:
    absences.save([RUN, MODEL], [RUN, MODEL], "one", FIRST)
    absences.save([RUN, MODEL], [MODEL], "two", LATER)
    assert absences.all() == {RUN: Absence(FIRST, 1, "one"), MODEL: Absence(FIRST, 2, "two")}


def test_what_is_back_starts_anew(absences: Absences) -> None:
    absences.save([RUN, MODEL], [RUN, MODEL], "one", FIRST)
    absences.save([MODEL], [MODEL], "two", LATER)
    assert absences.all() == {MODEL: Absence(FIRST, 2, "two")}
    absences.save([RUN, MODEL], [RUN], "three", LATER)
    assert absences.all()[RUN] == Absence(LATER, 1, "three")


def test_what_the_catalog_does_not_call_missing_is_not_counted(absences: Absences) -> None:
    absences.save([], [RUN], "one", FIRST)
    assert absences.all() == {}


def test_each_catalog_has_its_own(absences: Absences, tmp_path: Path) -> None:
    absences.save([RUN], [RUN], "one", FIRST)
    other = Absences(open_database(f"sqlite:///{tmp_path / 'state.db'}"), "purview")
    other.save([], [], "two", LATER)
    assert (other.all(), absences.all()) == ({}, {RUN: Absence(FIRST, 1, "one")})
