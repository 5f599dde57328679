"""How the catalog differs from the ledger, as it is read at night."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from include.governance.catalog import RequestFailure
from include.governance.model.vocabularies import DifferenceKind
from include.governance.reports.run import text
from include.governance.reports.run.differences import reconciled_of
from include.governance.reports.run.headline import headline_of
from include.governance.staging.folder import Folder
from include.governance.staging.plan import Key
from include.governance.staging.reconciliation import Difference, Differences
from tests.unit.reports import shapes

MODEL, DATASET = ["ai_model", "mlflow://m/models/model-5"], ["ai_dataset", "d"]


class NoLinks:
    def entity(self, key: Key) -> None:
        """Nothing has a page."""


def difference(kind: DifferenceKind, name: str, attribute: str = "", **more: object) -> Difference:
    made = Difference(kind, "ai_training_run", f"q {name}", name, attribute)
    return replace(made, **more)  # type: ignore[arg-type]


DELETED = Difference(DifferenceKind.DELETED, MODEL[0], MODEL[1], "model-5")
FOUND = [
    difference(DifferenceKind.ATTRIBUTE, "a run", "status", expected="FINISHED", held="RUNNING"),
    difference(DifferenceKind.RELATION, "v1", "model", expected=[MODEL], targets=("model-5",)),
    difference(DifferenceKind.RELATION, "a run", "outputs", expected=[DATASET, MODEL], targets=("payments", "model-5")),
    difference(DifferenceKind.CONFLICT, "a record", "userDescription", is_healed=False),
    difference(DifferenceKind.DELETED, "lost", is_healed=False),
    difference(DifferenceKind.DUPLICATED, "a record", is_healed=False),
    difference(DifferenceKind.ADDED_RELATION, "a run", "inputs", held=[DATASET], targets=("theirs",), is_healed=False),
    DELETED,
]


def test_what_was_deleted_comes_first_and_its_relations_are_part_of_that() -> None:
    made = reconciled_of(Differences(9, FOUND), NoLinks())  # type: ignore[arg-type]
    assert made is not None
    assert [(row.kind, row.name) for row in made.differences] == [
        (DifferenceKind.DELETED, "model-5"),
        (DifferenceKind.DUPLICATED, "a record"),
        (DifferenceKind.CONFLICT, "a record"),
        (DifferenceKind.ATTRIBUTE, "a run"),
        (DifferenceKind.RELATION, "a run"),
        (DifferenceKind.DELETED, "lost"),
        (DifferenceKind.ADDED_RELATION, "a run"),
    ]
    assert made.differences[0].relations == ["model of v1", "outputs of a run"]
    assert (made.differences[4].expected, made.differences[4].held) == ("payments", "")
    assert (made.differences[6].expected, made.differences[6].held) == ("", "theirs")
    assert made.open == 3
    assert made.first_open is made.differences[0]
    assert [row.attribute for row in made.held_back] == ["userDescription"]


def test_staged_differences_are_read_back(tmp_path: Path) -> None:
    folder = Folder(str(tmp_path))
    Differences(9, FOUND).save(folder)
    assert Differences.load(folder) == Differences(9, FOUND)


def test_a_person_is_told_to_decide_about_a_duplicate() -> None:
    (problem,) = (one for one in headline_of(shapes.reconciled()).problems if "held back" in one.sentence)
    assert problem.sentence == (
        "1 duplicate is held back: two entities of one qualified name say something else, first merchant-risk-tier "
        "(userDescription)."
    )
    assert problem.remedy.endswith("then run reconcile again.")


def test_the_text_says_what_stays_and_nothing_of_sources() -> None:
    lines = text.render(shapes.reconciled()).split("\n")
    assert "Kept      3 of them stay as they are in the catalog" in lines
    assert not any(line.startswith("Kept out") for line in lines)
    assert any("deleted in the catalog, with 2 relations to it" in line for line in lines)
    assert "1 duplicates merged" in text.render(shapes.healed())


@pytest.mark.parametrize("remedy", ["do:", "left"])
def test_a_run_that_reconciles_does_not_promise_what_a_sync_does(remedy: str) -> None:
    error = RequestFailure("Atlas is down.", is_retriable=True).to_catalog_error("run reconcile again")
    stopped = {"message": error.message, "remedy": error.remedy, "exit_code": 4}
    document = replace(
        shapes.healed(),
        outcome=replace(shapes.healed().outcome, error=stopped, left=2),  # type: ignore[type-var]
    ).concluded()
    shown = text.render(document) + json.dumps(document.as_json())
    assert remedy in shown
    assert "run reconcile again" in shown
    assert "next sync" not in shown
    assert "goes on where it stopped" not in shown
