"""What the catalog shows of findings and of a missing owner: what to do, and whom to ask."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.governance.plan.entities.attributes import TextLimits
from include.governance.plan.entities.verdicts import record_description, verdict_attributes

VERDICT = {
    "verdict": "unauditable", "provisional": False, "evidence_as_of": None, "critical": 1, "warning": 0,
    "suites": "core-3", "rules": "ownership.owner.missing",
}  # fmt: skip


def lines(*findings: dict[str, Any], longest: int = 4_000) -> Any:
    """The attribute `findings` of an entity with them."""
    finding: dict[str, Any] = {
        "rule": "a.rule", "sentence": "It is wrong.", "remedy": "Mend it", "ask": "Ana Ruiz", "only_provisional": False,
        "waived_until": None, "waived_by": None, "waived_reason": None,
    }  # fmt: skip
    table = pd.DataFrame([finding | more for more in findings], dtype=object)
    return verdict_attributes(VERDICT, table, TextLimits(longest))["findings"]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "a.rule: It is wrong. To do: Mend it. Ask: Ana Ruiz."),
        ({"remedy": None, "ask": None}, "a.rule: It is wrong."),
        (
            {"waived_until": "2026-06-30", "waived_by": "Tom", "waived_reason": "measured outside"},
            "a.rule: It is wrong. Waived until 2026-06-30 by Tom: measured outside. To do: Mend it. Ask: Ana Ruiz.",
        ),
    ],
    ids=["plain", "nothing_to_do", "waived"],
)
def test_a_finding_is_one_line_with_what_to_do_and_whom_to_ask(more: dict[str, Any], line: str) -> None:
    assert lines(more) == [line]


def test_lines_are_sorted_and_the_same_one_stands_once() -> None:
    found = lines({"rule": "z"}, {"rule": "b"}, {"rule": "z"})
    assert [line.split(":")[0] for line in found] == ["b", "z"]


def test_many_and_long_findings_are_cut_and_counted() -> None:
    found = lines(*({"rule": f"r{number:03}", "sentence": "x" * 500} for number in range(230)), longest=100)
    assert len(found) == 201
    assert found[-1] == "... 30 more: see the run report"
    assert "(cut," in found[0]
    assert len(found[0]) < 140


def test_a_record_without_an_owner_says_where_to_name_one() -> None:
    assert record_description(VERDICT, None, "Scores cards.") == (
        "Unauditable: ownership.owner.missing. No owner is registered: name one in the register, or in the field "
        "owner of ai_governance on this record. Scores cards."
    )
    assert record_description(VERDICT, None, None).endswith(" on this record. No description.")  # type: ignore[union-attr]
    assert "No owner" not in str(record_description(VERDICT, "Ana Ruiz", None))


def test_a_record_that_is_not_judged_leaves_its_description_to_a_curator() -> None:
    assert record_description(None, None, None) is None
