"""Waivers: a finding is waived until a day, by a person, for a reason. It is never silent, and it ends by itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include.governance.config.register import Waiver
from include.governance.rules import judge, load_suites
from include.governance.staging.rows import rows
from tests.support.estates import MlflowSnapshotBuilder
from tests.support.judging import SHIPPED, suite, verdicts
from tests.support.resolving import resolved

RULE = "documentation.description.missing"


def waiver(**more: Any) -> Waiver:
    stated = {"rule": RULE, "record": "s/m", "by": "Ana", "reason": "Being written.", "until": "2026-03-31"}
    return Waiver.model_validate(stated | more)


@pytest.fixture
def estate(tmp_path: Path) -> MlflowSnapshotBuilder:
    estate = MlflowSnapshotBuilder(tmp_path)
    estate.experiment()
    estate.run("r1")
    estate.version("m", description=None)
    return estate


def judged(estate: MlflowSnapshotBuilder, *waivers: Waiver, today: str = "2026-03-31") -> Any:
    return judge(resolved(estate), load_suites(SHIPPED), waivers, date.fromisoformat(today))


def test_a_waived_finding_stays_and_does_not_count(estate: MlflowSnapshotBuilder) -> None:
    found = judged(estate, waiver())
    (finding,) = rows(found.findings)
    said = (finding["rule"], finding["waived_until"], finding["waived_by"], finding["waived_reason"])
    assert said == (RULE, "2026-03-31", "Ana", "Being written.")
    assert list(verdicts(found, "record").values()) == ["auditable"]
    assert {(row["rules"], row["waived"]) for row in rows(found.verdicts)} == {("", RULE)}


def test_after_its_day_it_counts_again_and_says_what_expired(estate: MlflowSnapshotBuilder) -> None:
    found = judged(estate, waiver(), today="2026-04-01")
    (finding,) = rows(found.findings)
    assert finding["waived_until"] is None
    assert finding["waiver_expired"] == "waived until 2026-03-31 by Ana: Being written."
    assert list(verdicts(found, "record").values()) == ["incomplete"]


OTHERS = {
    "another rule": {"rule": "use_case.missing"},
    "another record": {"record": "s/other"},
    "another version": {"subject": "mlflow://s/models/m/versions/9"},
}


@pytest.mark.parametrize("case", OTHERS)
def test_it_speaks_only_of_what_it_names(estate: MlflowSnapshotBuilder, case: str) -> None:
    found = judged(estate, waiver(**OTHERS[case]))
    assert list(verdicts(found).values()) == ["incomplete"]


def test_a_pattern_waives_a_family_of_rules(estate: MlflowSnapshotBuilder) -> None:
    assert list(verdicts(judged(estate, waiver(rule="documentation.*"))).values()) == ["auditable"]


PATHS = {("run", "dataset"): True, ("run", "experiment"): True, ("deployment", "endpoint"): False, ("dataset",): False}


@pytest.mark.parametrize("path", PATHS)
def test_a_user_asks_for_a_path_of_lineage_without_python(
    estate: MlflowSnapshotBuilder, tmp_path: Path, path: tuple[str]
) -> None:
    written = suite(tmp_path, expect="expect_path_to_exist", **{"with": {"path": list(path)}}, says="{label} lacks it.")
    found = judge(resolved(estate), load_suites(written))
    assert not found.rule_errors
    assert (len(found.findings) == 0) == PATHS[path]
