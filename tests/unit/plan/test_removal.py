"""What is long gone is retired; a loss that is too large waits for a person's word, as a whole."""

from __future__ import annotations

import re
from dataclasses import replace
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


class _AllRead(Coverage):
    """Coverage of sources of which all was read, and has nothing."""

    def __init__(self) -> None:
        super().__init__([])

    def is_absent(self, kind: AssetKind, name: str, source: str = "") -> bool:
        return True


ALL_READ = _AllRead()


def removal(days: int = 0, listings: int = 0, *missing: Key, allowed_by: str = "", **settings: Any) -> Removal:
    absence = Absence(NOW - timedelta(days=days), listings, "an earlier sync")
    rules = MissingEntities.model_validate(settings)
    return Removal(rules, dict.fromkeys(missing, absence), ALL_READ, "this sync", NOW, allowed_by)


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


def test_a_step_that_is_repeated_counts_its_sync_once() -> None:
    [(key, entry)] = runs(1).items()
    entry.classifications[MISSING] = {}
    rules = removal(99, 2, key)
    assert rules.is_due(entry)
    repeated = {key: rules.absences[key]._replace(run_id="this sync")}
    assert not replace(rules, absences=repeated).is_due(entry)


def test_what_the_sync_did_not_read_itself_is_neither_marked_nor_retired(nothing_left: Coverage) -> None:
    ledger = runs(1)
    unread = replace(removal(99, 99, *ledger), read=Coverage([]))
    [(kind, reason)] = [(str(one.kind), one.reason) for one in without(nothing_left, ledger, unread).omitted]
    assert (kind, reason) == ("held back", "its source mine was not read in this run")
    marked = applied(without(nothing_left, ledger), ledger)
    assert actions(without(nothing_left, marked, unread)) == []


def test_a_process_leaves_the_lineage_and_a_run_that_produced_something_stays_its_origin(
    nothing_left: Coverage,
) -> None:
    estate = small_estate("mine")
    alone = estate.add("ai_training_run", estate.run(3).qualified_name, "run 3", {}, {"inputs": [estate.dataset(1)]})
    first = applied(plan(estate.table(), {}, Coverage([])), {})
    ledger, run, version = dict(first), estate.run(2), estate.version(2)
    left = small_estate("mine")
    for key in (run, version):
        del left.entities[key]
    removed = removal(99, 99, run, version, alone)

    def sync(listed: CatalogEstate) -> dict[Key, tuple[str, list[str]]]:
        nonlocal ledger
        made = plan(listed.table(), ledger, nothing_left, removal=removed)
        ledger = applied(made, ledger)
        return {change.key: (str(change.action), sorted(change.remove_references)) for change in made.changes}

    assert sync(left) == dict.fromkeys((run, version, alone), ("missing", []))
    assert sync(left) == {run: ("retire", []), version: ("retire", []), alone: ("retire", ["inputs"])}
    assert sync(left) == {}

    only_version = small_estate("mine")
    del only_version.entities[run]
    assert sync(only_version) == {version: ("restore", [])}
    assert ledger[run].references == first[run].references  # what it came from is still there
    assert sync(estate) == {run: ("restore", []), alone: ("restore", [])}
    assert {key: entry.references for key, entry in ledger.items()} == {k: e.references for k, e in first.items()}


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
    assert [one.reason.endswith(made.excess) for one in made.omitted] == ([True] * count if reason else [])
    allowed = without(nothing_left, ledger, removal(allowed_by="ana", **settings))
    assert allowed.excess_allowed_by == "ana"
    assert (allowed.excess, actions(allowed)) == (made.excess, ["missing"] * count)


def test_what_is_gone_already_is_not_what_a_share_is_of(nothing_left: Coverage) -> None:
    ledger = runs(150)
    for key in sorted(ledger)[:100]:
        ledger[key].classifications[MISSING] = {}
    assert without(nothing_left, ledger, removal()).excess.startswith("50 of 50 ai_training_run")


def test_what_was_allowed_to_be_marked_may_be_retired(nothing_left: Coverage) -> None:
    ledger = applied(without(nothing_left, runs(30)), runs(30))
    made = without(nothing_left, ledger, removal(99, 99, *ledger))
    assert (made.excess, actions(made)) == ("", ["retire"] * 30)


def test_the_veto_leaves_everything_else_as_it_is_planned(nothing_left: Coverage) -> None:
    estate = CatalogEstate("mine")
    estate.add("ai_dataset", estate.dataset(1).qualified_name, "new")
    made = plan(estate.table(), runs(30), nothing_left, removal=removal())
    assert (actions(made), len(made.omitted), bool(made.excess)) == (["create"], 30, True)


def test_a_veto_survives_the_staging_of_the_plan(nothing_left: Coverage, tmp_path: Path) -> None:
    made = without(nothing_left, runs(30), removal())
    made.save(Folder(str(tmp_path)))
    assert Plan.load(Folder(str(tmp_path))).excess == made.excess != ""
