"""Known gaps of the register: what they cover, and until when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.governance.config.merge import load_register
from include.governance.config.register import KnownGap, gap_of
from include.governance.errors import ConfigurationError

DAY = date(2026, 6, 30)


def gap(collection: str = "ws-hr/*", until: date = DAY) -> KnownGap:
    return KnownGap(source="azureml", collection=collection, by="Tom Becker", reason="Not ours.", until=until)


@pytest.mark.parametrize(
    ("source", "collection", "covered"),
    [
        ("azureml", "ws-hr/jobs", True),
        ("azureml", "ws-hr/models", True),
        ("azureml", "ws-fraud/jobs", False),
        ("other", "ws-hr/jobs", False),
    ],
)
def test_covers_listings_of_its_source_that_match(source: str, collection: str, covered: bool) -> None:
    found, is_active = gap_of([gap()], source, collection, DAY)
    assert (found is not None, is_active) == (covered, covered)


def test_holds_until_the_end_of_its_last_day() -> None:
    assert gap_of([gap()], "azureml", "ws-hr/jobs", DAY)[1]
    found, is_active = gap_of([gap()], "azureml", "ws-hr/jobs", date(2026, 7, 1))
    assert (found is not None, is_active) == (True, False)


def test_of_several_the_one_that_holds_longest_counts() -> None:
    longer = gap("*", date(2026, 12, 31))
    assert gap_of([longer, gap()], "azureml", "ws-hr/jobs", date(2026, 7, 1)) == (longer, True)


def test_a_gap_without_a_day_is_refused_with_its_key(tmp_path: Path) -> None:
    file = tmp_path / "register.yaml"
    file.write_text("known_gaps: [{source: azureml, by: Tom, reason: Not ours.}]\n")
    with pytest.raises(ConfigurationError, match=r"register\.yaml:known_gaps\[0\]\.until: this key is missing"):
        load_register(file)
