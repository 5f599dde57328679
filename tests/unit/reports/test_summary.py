"""What the last task of the DAG is told of a report."""

from __future__ import annotations

from include.governance.reports.run.write import Page
from tests.unit.reports import shapes


def test_the_headline_counts_the_further_problems_and_the_remedy_is_that_of_the_first() -> None:
    document = shapes.partial()
    summary = Page(None, document, "").summary()
    assert summary["headline"].endswith(" 6,000 runs were read before it (and 1 further problem).")
    assert summary["remedy"] == document.headline.problems[0].remedy
    assert document.as_json()["headline"]["sentence"] == summary["headline"]
