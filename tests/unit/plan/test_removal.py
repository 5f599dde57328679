"""What is long gone is retired; a loss that is too large waits for a person's word, as a whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.governance.config.models import MissingEntities
from include.governance.estate import Coverage
from include.governance.model.assets import COLLECTION_OF, AssetKind
from include.governance.plan.diff import plan
from include.governance.plan.removal import Removal
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.staging.plan import MISSING, RETIRED, Absence, Entry, Key, Plan
from tests.support.catalog_estate import CatalogEstate, small_estate
from tests.support.ledgers import applied

NOW = datetime(2026, 6, 30, tzinfo=UTC)
KINDS = (AssetKind.EXPERIMENT, AssetKind.RUN, AssetKind.MODEL, AssetKind.MODEL_VERSION)
Ledger = dict[Key, Entry]


@pytest.fixture
def nothing_left(tmp_path: Path) -> Coverage:
    """A source whose complete listings are empty."""
    writer = SnapshotWriter(Folder(str(tmp_path / "snapshot")), "mine")
    for kind in KINDS:
        writer.state(COLLECTION_OF[kind])
    return Coverage([writer.close({"platform": "mlflow"})])


def runs(count: int) -> Ledger:
    estate = CatalogEstate("mine")
    for number in range(count):
        estate.add("ai_training_run", estate.run(number).qualified_name, f"run {number}")
    return applied(plan(estate.table(), {}, Coverage([])), {})


def without(coverage: Coverage, ledger: Ledger, removal: Removal | None = None) -> Plan:
    return plan(CatalogEstate("mine").table(), ledger, coverage, removal=removal)


def removal(days: int = 0, listings: int = 0, *missing: Key, allowed_by: str = "", **settings: Any) -> Removal:
    absence = Absence(NOW - timedelta(days=days), listings)
    return Removal(MissingEntities.model_validate(settings), dict.fromkeys(missing, absence), NOW, allowed_by)


def actions(made: Plan) -> list[str]:
    return [str(change.action) for change in made.changes]


@given(days=st.integers(0, 20), listings=st.integers(0, 6), after_days=st.integers(0, 10), after=st.integers(1, 5))
def test_retired_after_so_many_listings_and_so_many_days(days: int, listings: int, after_days: int, after: int) -> None:
    [(key, entry)] = runs(1).items()
    entry.classifications[MISSING] = {}
    rules = removal(days, listings, key, retire_after_days=after_days, retire_after_listings=after)
    assert rules.is_due(entry) == (days >= after_days and listings + 1 >= after)
    assert not removal(days, listings, key, retire_after_days=None).is_due(entry)
    assert not removal(days, listings, retire_after_days=after_days).is_due(entry)  # of which nothing is known
    entry.classifications[RETIRED] = {}
    assert not rules.is_due(entry)


def test_never_at_the_first_absence(nothing_left: Coverage) -> None:
    ledger = runs(1)
    at_once = removal(99, 99, *ledger, retire_after_days=0, retire_after_listings=1)
    assert actions(without(nothing_left, ledger, at_once)) == ["missing"]


def test_never_while_its_absence_is_not_proven(nothing_left: Coverage) -> None:
    ledger = applied(without(nothing_left, runs(1)), runs(1))
    assert actions(without(nothing_left, ledger, removal(99, 99, *ledger))) == ["retire"]
    assert actions(without(Coverage([]), ledger, removal(99, 99, *ledger))) == []


def test_a_process_leaves_the_lineage_and_a_run_stays_where_its_version_is_there(nothing_left: Coverage) -> None:
    estate = small_estate("mine")
    ledger = applied(plan(estate.table(), {}, Coverage([])), {})
    run, version = estate.run(2), estate.version(2)
    del estate.entities[run]
    removed = removal(99, 99, run, version)

    def sync(listed: CatalogEstate) -> Plan:
        nonlocal ledger
        made = plan(listed.table(), ledger, nothing_left, removal=removed)
        ledger = applied(made, ledger)
        return made

    assert actions(sync(estate)) == ["missing"]
    [retired] = sync(estate).changes
    assert (retired.action, retired.add_classifications, retired.remove_references) == ("retire", {RETIRED: {}}, {})
    assert sync(estate).changes == []

    del estate.entities[version]
    assert actions(sync(estate)) == ["missing"]
    [cleaned, retired] = sorted(sync(estate).changes, key=lambda change: change.qualified_name == version[1])
    assert (cleaned.key, sorted(cleaned.remove_references)) == (run, ["inputs", "outputs"])
    assert (retired.key, retired.action) == (version, "retire")
    assert sync(estate).changes == []

    restored = plan(small_estate("mine").table(), ledger, Coverage([]))
    assert {change.key: change.action for change in restored.changes} == dict.fromkeys((run, version), "restore")
    ledger = applied(restored, ledger)
    assert ledger[run].references == applied(plan(small_estate("mine").table(), {}, Coverage([])), {})[run].references


@pytest.mark.parametrize(
    ("count", "settings", "reason"),
    [
        (20, {}, ""),  # of so few, all may go
        (21, {}, "21 of 21 ai_training_run .*max_share allows .50%."),
        (21, {"max_share": 1.0}, ""),
        (21, {"max_share": None}, ""),
        (6, {"max_count": 5}, "6 of 6 ai_training_run .*max_count allows .5."),
        (6, {"max_count": None}, ""),
    ],
    ids=["few", "more than half", "all may go", "no share", "more than may go", "no number"],
)
def test_a_loss_that_is_too_large_marks_nothing(
    nothing_left: Coverage, count: int, settings: dict[str, Any], reason: str
) -> None:
    ledger = runs(count)
    made = without(nothing_left, ledger, removal(**settings))
    assert bool(made.excess) == bool(reason) and re.match(reason, made.excess)
    assert actions(made) == ([] if reason else ["missing"] * count)
    assert [one.reason for one in made.omitted] == ([made.excess] * count if reason else [])
    allowed = without(nothing_left, ledger, removal(allowed_by="ana", **settings))
    assert allowed.excess_allowed_by == ("ana" if reason else "")
    assert (allowed.excess, actions(allowed)) == (made.excess, ["missing"] * count)


def test_the_veto_leaves_everything_else_as_it_is_planned(nothing_left: Coverage) -> None:
    estate = CatalogEstate("mine")
    estate.add("ai_dataset", estate.dataset(1).qualified_name, "new")
    made = plan(estate.table(), runs(30), nothing_left, removal=removal())
    assert (actions(made), len(made.omitted), bool(made.excess)) == (["create"], 30, True)


def test_a_veto_survives_the_staging_of_the_plan(nothing_left: Coverage, tmp_path: Path) -> None:
    made = without(nothing_left, runs(30), removal())
    made.save(Folder(str(tmp_path)))
    assert Plan.load(Folder(str(tmp_path))).excess == made.excess != ""
