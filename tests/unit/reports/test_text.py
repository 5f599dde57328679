"""The report in a terminal."""

from __future__ import annotations

import pytest

from include.governance.reports.run import text
from tests.unit.reports import shapes
from tests.unit.reports.shapes import ENTITY_MAPPINGS


@pytest.mark.parametrize("shape", ENTITY_MAPPINGS)
def test_fits_one_screen(shape: str) -> None:
    lines = text.render(ENTITY_MAPPINGS[shape](), "reports/run/report.html").split("\n")
    assert len(lines) <= 50
    assert max(len(line) for line in lines) <= 120
    assert lines[-1] == "Report    reports/run/report.html"
    assert not any(line != line.rstrip() for line in lines)


def test_says_the_worst_first_and_what_to_do() -> None:
    lines = text.render(shapes.partial()).split("\n")
    assert lines[0].startswith("ATTENTION: mlflow could not be read completely: runs (partial): ")
    assert "  do:   Check that the server is up and that its connection in Airflow still has a valid token." in lines
    assert "  also: mlflow: 2 items could not be parsed and were quarantined." in lines


@pytest.mark.parametrize(
    ("shape", "mark"), [("ok", "CRITICAL FINDINGS: "), ("partial", "ATTENTION: "), ("refused", "FAILED: ")]
)
def test_begins_with_the_level(shape: str, mark: str) -> None:
    assert text.render(ENTITY_MAPPINGS[shape]()).startswith(mark)


def test_shows_no_character_that_a_terminal_obeys() -> None:
    hostile = "odd\x1b[2J\x07\u202emodel\r\n"
    document = shapes.document(
        records=[shapes.record(hostile)], sources=[shapes.source(hostile, "partial")], run_id=hostile
    )
    assert all(char.isprintable() or char == "\n" for char in text.render(document, hostile))


def test_a_long_name_is_cut_and_the_place_is_not() -> None:
    place = "/".join(["reports"] * 40)
    document = shapes.document(records=[shapes.record("x" * 500)], run_id="r" * 500)
    *lines, last = text.render(document, place).split("\n")
    assert max(len(line) for line in lines) <= 120
    assert last.endswith(place)


def test_a_run_that_broke_off_says_that_nothing_was_sent() -> None:
    lines = text.render(shapes.broke_off()).split("\n")
    assert "Records   none" in lines
    assert "Findings  none" in lines
    assert "Catalog   nothing was sent" in lines


def test_what_was_not_asked_for_is_not_shown_as_read_in_this_run() -> None:
    shown = text.render(shapes.some_sources())
    assert "Source    mlflow: complete, 5 calls; " in shown
    assert "Source    azure-ml: not asked for in this run; as read on 2026-03-02T02:00:05+00:00 (partial); " in shown
    assert "Source    mlflow-late: not asked for in this run, and no earlier read of it counts" in shown
    assert "could not be read" not in shown and "quarantined" not in shown


def test_the_number_of_further_problems_stays_where_the_first_one_is_cut() -> None:
    refused = [{"type_name": "t", "qualified_name": "q", "name": "odd", "reason": "no " * 400}]
    document = shapes.document(
        sources=[shapes.source(state="partial"), shapes.unread("late")], outcome=shapes.outcome(refused=refused)
    )
    lines = text.render(document).split("\n")
    assert lines[2].endswith(" ...")
    assert lines[3] == "  (and 1 further problem)."


def test_hidden_notes_are_not_called_problems() -> None:
    shown = text.render(
        shapes.document(
            sources=[shapes.unread("a"), shapes.unread("b"), shapes.unread("c"), shapes.unread("d")],
            outcome=shapes.outcome(retained_lineage=1),
        )
    )
    assert "(and 3 further problems)." in shown
    assert "  ... 1 more problems or notes in the report" in shown
