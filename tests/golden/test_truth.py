"""Every published rule fires exactly where it should and nowhere else, over one estate with all cases in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.governance.staging.rows import rows
from tests.golden.cases import CASES
from tests.golden.cases.agents import KEY, UNKNOWN
from tests.golden.foundry import Assistant
from tests.golden.world import SUITES, Case, EstateBuilder, Judged, Label, Synced, first_sync, judged, labels, owner_of

_MODELS, _SERVED = {"mlflow", "azure_ml"}, {"azure_ml", "ai_foundry"}
_ALL = _MODELS | _SERVED
# rule -> the platforms that it applies to
APPLIES: dict[str, set[str]] = {
    **dict.fromkeys(("access.broad", "access.static_key", "access.unknown", "deployment.unregistered"), _SERVED),
    **dict.fromkeys(("ownership.owner.missing", "ownership.owner.unresolved", "use_case.missing"), _ALL),
    **dict.fromkeys(("use_case.not_approved", "documentation.description.missing"), _ALL),
    **dict.fromkeys(("evaluation.metrics.missing", "signature.missing"), _MODELS),
    **dict.fromkeys(("identity.suspected_duplicate", "identity.contradiction"), _ALL),
    **dict.fromkeys(("lineage.run.missing", "lineage.run.deleted", "lineage.experiment.missing"), _MODELS),
    "lineage.run.elsewhere": {"mlflow"},  # elsewhere a registry never stands apart from its runs
    **dict.fromkeys(("lineage.dataset.missing", "lineage.dataset.unresolved"), _MODELS),
    **dict.fromkeys(("source.incomplete", "source.not_reread", "source.shrunk", "security.secret_removed"), _ALL),
    **dict.fromkeys(("policy.missing", "review.overdue", "retirement.due"), _ALL),
    "deployment.missing": {"ai_foundry"},  # only agents call a deployment by its name
    "security.secret_in_deployment": {"azure_ml"},  # only there has a deployment variables of its own
    "deployment.not_production": _SERVED,
}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Synced:
    return first_sync(CASES, tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def estate(before: Synced, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(CASES, before, tmp_path_factory.mktemp("truth"))


@pytest.fixture(scope="module")
def shuffled(before: Synced, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(CASES, before, tmp_path_factory.mktemp("shuffled"), shuffle=7)


@pytest.fixture(scope="module")
def found(estate: Judged) -> dict[str, set[Label]]:
    """By the name of the case that a finding speaks of; "" where it speaks of none."""
    by_case: dict[str, set[Label]] = {"": set(), **{case.name: set() for case in CASES}}
    for row in estate.findings():
        name = owner_of(CASES, row["subject_label"], row["subject"], row["record_key"])
        by_case[name].add(Label(row["rule"], row["subject_label"]))
    return by_case


@pytest.fixture(scope="module")
def verdicts(estate: Judged) -> dict[str, str]:
    return estate.verdicts()


@pytest.fixture(scope="module")
def excused(estate: Judged) -> dict[str, set[Label]]:
    """By column of FINDINGS, the findings that say something there."""
    columns = ("waived_until", "waiver_expired")
    return {
        column: {Label(row["rule"], row["subject_label"]) for row in estate.findings() if row[column]}
        for column in columns
    }


def differences(cases: list[Case], found: dict[str, set[Label]]) -> list[str]:
    """One line for every finding that is missing or too many, with the case that it belongs to."""
    wanted = {case.name: set(case.labels) for case in cases}
    lines = []
    for name in sorted({*wanted, *found}):
        expected, there = wanted.get(name, set()), found.get(name, set())
        lines += [f"{name or 'no case'}: not found: {rule} on {subject}" for rule, subject in sorted(expected - there)]
        lines += [f"{name or 'no case'}: too many: {rule} on {subject}" for rule, subject in sorted(there - expected)]
    return lines


def test_all_that_is_labelled_is_found_and_nothing_else(estate: Judged, found: dict[str, set[Label]]) -> None:
    assert not estate.judgement.rule_errors
    if lines := differences(CASES, found):
        pytest.fail("\n".join(lines))
    assert estate.labels() == {label for case in CASES for label in case.labels}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_case(case: Case, found: dict[str, set[Label]], verdicts: dict[str, str]) -> None:
    assert found[case.name] == case.labels
    assert {label: verdicts.get(label) for label in case.verdicts} == dict(case.verdicts)


@pytest.mark.parametrize("case", [case for case in CASES if case.labels], ids=lambda case: case.name)
def test_what_is_excused_says_so(case: Case, excused: dict[str, set[Label]]) -> None:
    assert excused["waived_until"] & case.labels == case.waived
    assert excused["waiver_expired"] & case.labels == case.expired


def test_every_rule_is_labelled_on_every_platform_it_applies_to() -> None:
    assert set(APPLIES) == {rule.id for suite in SUITES for rule in suite.rules}
    shown = {(rule, platform) for case in CASES for rule, _ in case.labels for platform in case.platforms}
    wanted = {(rule, platform) for rule, platforms in APPLIES.items() for platform in platforms}
    assert wanted - shown == set()


def test_names_of_cases_are_their_own() -> None:
    names = [case.name for case in CASES]
    assert sorted(names) == sorted(set(names))
    subjects = [subject for case in CASES for subject in {label.subject for label in case.labels}]
    assert sorted(subjects) == sorted(set(subjects))


def test_a_difference_names_its_case() -> None:
    case = next(case for case in CASES if len(case.labels) > 1)
    label = min(case.labels)
    said = differences([case], {case.name: {*case.labels, Label("a.rule", "b")} - {label}})
    assert said == [
        f"{case.name}: not found: {label.rule} on {label.subject}",
        f"{case.name}: too many: a.rule on b",
    ]


@pytest.mark.parametrize("table", ["evidence", "records", "promotions", "links", "access", "serving", "findings"])
def test_another_order_of_snapshots_and_rows_gives_the_same(table: str, estate: Judged, shuffled: Judged) -> None:
    straight, other = (
        rows(one.judgement.findings if table == "findings" else getattr(one.records, table))
        for one in (estate, shuffled)
    )
    assert [pair for pair in zip(other, straight, strict=True) if pair[0] != pair[1]] == []


def test_role_assignments_that_were_not_read_are_told_on_every_identity(tmp_path: Path) -> None:
    """Of every source: an identity may hold rights in the subscription that could not be read."""

    def build(world: EstateBuilder) -> None:
        world.azure_ml().workspace("ws").governed("scorer")
        world.foundry().unread("role_assignments", reason="HTTP 403")
        world.foundry().desk("ai").governed("desk", Assistant(credential="static key"))

    cases = [Case("unread-rights", frozenset(), build)]
    found = judged(cases, first_sync(cases, tmp_path), tmp_path)
    endpoints = ("scorer-api", "desk", "desk-chat", "desk-app")
    assert found.labels() == labels({**{name: {UNKNOWN} for name in endpoints}, "desk": {UNKNOWN, KEY}})
    assert all("HTTP 403" in row["sentence"] for row in found.findings() if row["rule"] == UNKNOWN)
    assert found.verdicts()["scorer v1"] == "auditable"
