"""The exit code and the headline, for every way a run can end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.governance.reports.run.document import Document
from tests.unit.reports import shapes
from tests.unit.reports.shapes import ENTITY_MAPPINGS, outcome, source, stage, unread

ENDS = {
    "ok": (0, "findings", "2 entities published; 2 governed models, 1 of them unauditable."),
    "quiet": (0, "ok", "Nothing changed, nothing written; 0 governed models, 0 of them unauditable."),
    "planned": (0, "findings", "5 changes planned, nothing written; 2 governed models, 1 of them unauditable."),
    "source_failed": (3, "attention", "mlflow-risk could not be read completely: experiments (failed): GET "),
    "partial": (
        3,
        "attention",
        "mlflow could not be read completely: runs (partial): Page 7 of the listing answered 500; ",
    ),
    "catalog_failed": (4, "failed", "Publishing stopped: Atlas at http://atlas.example:21000 answered 503 "),
    "refused": (4, "failed", "The catalog refused 1 entity, first odd v1: ATLAS-400-00-01A: "),
    "rule_error": (0, "attention", "The rule house.region.stated could not be run (KeyError: "),
    "everything_wrong": (4, "failed", "Publishing stopped: Atlas at "),
    "broke_off": (1, "failed", "The stage judge failed: ConfigurationError: suites/house.yaml:rules[3]: "),
    "never_began": (3, "failed", "The run broke off before its first stage: nothing was published."),
    "read_raised": (3, "failed", "The stage read mlflow failed: The connection mlflow_default does not exist."),
    "large": (3, "attention", "azure-ml could not be read completely: jobs of ws-torn-000 (failed), "),
    "azure": (
        3,
        "attention",
        "azure-ml could not be read completely: jobs of rg-a/ws-lab (partial), jobs of ws-hr (failed): GET",
    ),
    "worse": (0, "attention", "1 new critical finding; first: Nobody owns credit-limit-advisor v2."),
    "unchanged": (0, "findings", "2 entities published; 2 governed models, 1 of them unauditable."),
    "not_allowed": (5, "attention", "1 new finding of severity critical, which fail_on.findings does not allow; "),
    "not_switched_on": (0, "findings", "Publishing is not switched on: 2 changes were planned, none written."),
    "some_sources": (0, "findings", "mlflow-late was not asked for in this run, and no earlier read of it counts."),
    "reconciled": (
        0,
        "attention",
        "The catalog is not as it was published: 2 differences, first credit-limit-advisor v3 (deleted in",
    ),
    "healed": (
        0,
        "ok",
        "259 entities compared with the catalog: 0 entities put right, 1 duplicate merged.",
    ),
    "edited": (0, "findings", "2 entities published; 2 governed models, 1 of them unauditable."),
    "known_gap": (3, "attention", "azure-eu could not be read completely: jobs of ws-new (failed): GET "),
}


def test_every_shape_has_its_end() -> None:
    assert set(ENDS) == set(ENTITY_MAPPINGS)


@pytest.mark.parametrize(("shape", "end"), ENDS.items())
def test_exit_code_level_and_sentence(shape: str, end: tuple[int, str, str]) -> None:
    document = ENTITY_MAPPINGS[shape]()
    exit_code, level, start = end
    assert (document.exit_code, document.headline.level) == (exit_code, level)
    assert document.headline.sentence.startswith(start)
    assert ".." not in document.headline.sentence


@pytest.mark.parametrize("shape", ENTITY_MAPPINGS)
def test_the_headline_is_the_first_problem_and_details_say_the_same(shape: str) -> None:
    headline = ENTITY_MAPPINGS[shape]().headline
    assert len(headline.details) == len(headline.problems)
    if headline.problems:
        assert headline.sentence.startswith(headline.problems[0].sentence.removesuffix("."))
    for problem, detail in zip(headline.problems, headline.details, strict=True):
        assert detail == f"{problem.sentence} {problem.remedy}".strip()


def test_the_gravest_comes_first() -> None:
    """Catalog, stages, sources (unread, failed, read in part, single items), findings, rules, notes."""
    values = [{"source": "demo", "collection": "runs", "native_id": "r", "field": "created", "value": "zzz"}]
    wrong = shapes.everything_wrong().as_json()
    sources = [source("demo", unparsed=values), *wrong["sources"], unread("later", asked_for=False)]
    kept = wrong["outcome"] | {"retained_lineage": 2}
    problems = shapes.document(**wrong | {"sources": sources, "outcome": kept}).headline.problems
    starts = (
        "Publishing stopped: ",
        "The catalog refused 1 entity, ",
        "The stage publish failed: ",
        "mlflow-late was not read at all.",
        "mlflow-risk could not be read completely: ",
        "mlflow could not be read completely: ",
        "azure-ml could not be read completely: ",
        "mlflow: 2 items could not be parsed ",
        "demo: 1 value counts as unknown, ",
        "1 new critical finding; ",
        "The rule house.region.stated could not be run ",
        "Note: the ledger was empty; ",
        "later was not asked for in this run, ",
        "Note: 2 inputs and outputs were removed, ",
    )
    assert len(problems) == len(starts)
    for problem, start in zip(problems, starts, strict=True):
        assert problem.sentence.startswith(start)


@pytest.mark.parametrize(
    ("shape", "end"),
    [
        (shapes.catalog_failed, "answered 503 to 5 requests in a row."),
        (shapes.partial, "6,000 runs were read before it (and 1 further problem)."),
        (shapes.everything_wrong, "answered 503 to 5 requests in a row (and 10 further problems)."),
        (shapes.not_switched_on, "2 changes were planned, none written."),
    ],
    ids=["alone", "one_more", "many_more", "note"],
)
def test_the_headline_counts_the_further_problems(shape: Callable[[], Document], end: str) -> None:
    headline = shape().headline
    assert headline.sentence.endswith(end)
    assert not any("further problem" in detail for detail in headline.details)


def test_a_note_is_no_further_problem() -> None:
    stopped = shapes.document(outcome=outcome(error={"message": "gone"}, left=1, retained_lineage=1))
    assert len(stopped.headline.problems) == 2
    assert stopped.headline.sentence == "Publishing stopped: gone."


def test_a_source_whose_stage_failed_is_one_problem() -> None:
    headline = shapes.read_raised().headline
    assert [problem.sentence for problem in headline.problems] == [headline.sentence]


def test_what_ends_a_run_comes_before_what_reads_a_source() -> None:
    failed = [stage("read mlflow", error="No connection."), stage("judge", error="No expectation is named foo.")]
    headline = shapes.document(sources=[unread("mlflow")], outcome=None, stages=failed).headline
    assert headline.sentence == "The stage judge failed: No expectation is named foo (and 1 further problem)."


@pytest.mark.parametrize(
    ("more", "exit_code", "level"),
    [
        ({"sources": [source(state="failed")]}, 3, "failed"),  # the only source could not be read
        ({"sources": [source(), unread("late")]}, 3, "attention"),
        ({"sources": [source(state="partial")], "outcome": outcome(left=3, error={"message": "gone"})}, 4, "failed"),
        ({"sources": [source(state="partial")], "outcome": None, "stages": [stage("plan", error="boom")]}, 1, "failed"),
        ({"outcome": None, "stages": [stage("resolve")]}, 1, "failed"),
        ({"outcome": outcome(ledger_rebuilt="lost; rebuilt")}, 0, "attention"),
        ({"sources": []}, 0, "findings"),
        ({"sources": [], "records": [], "findings": []}, 0, "ok"),
        ({"sources": [shapes.known_gap().sources[0]], "findings": [shapes.waived()], "records": []}, 0, "ok"),
    ],
)
def test_which_trouble_counts_for_more(more: dict[str, object], exit_code: int, level: str) -> None:
    document = shapes.document(**more)
    assert (document.exit_code, document.headline.level) == (exit_code, level)


def test_what_is_left_is_part_of_what_to_do() -> None:
    problem = shapes.catalog_failed().headline.problems[0]
    assert problem.remedy.endswith("1 entity is left; the next sync continues there.")


def test_a_stage_keeps_its_remedy() -> None:
    (problem, *_) = shapes.broke_off(remedy="Correct it.").headline.problems
    assert problem.remedy == "Correct it."


def test_a_known_gap_is_no_problem_until_its_day_is_over() -> None:
    sentences = [problem.sentence for problem in shapes.known_gap().headline.problems]
    assert [sentence for sentence in sentences if "azure-ml" in sentence] == []
    assert len([sentence for sentence in sentences if "azure-eu" in sentence]) == 1


def test_a_first_sync_says_that_there_is_nothing_to_compare_with() -> None:
    assert shapes.ok().headline.sentence.endswith("There is no earlier run to compare with.")
    assert "no earlier run" not in shapes.unchanged().headline.sentence


def test_many_broken_collections_are_counted_not_listed() -> None:
    (problem,) = [problem for problem in shapes.large().headline.problems if problem.sentence.startswith("azure-ml")]
    assert "jobs of ws-torn-001 (failed) and 38 more" in problem.sentence
    assert "ws-torn-002" not in problem.sentence


def test_values_that_were_not_understood_are_counted_and_the_first_is_named() -> None:
    values = [
        {
            "source": "mlflow",
            "collection": "registered_models",
            "native_id": f"m{n}",
            "field": "created",
            "value": "zzz",
        }
        for n in range(2)
    ]
    document = shapes.document(sources=[source(unparsed=values)])
    assert (document.exit_code, document.headline.level) == (0, "attention")
    assert document.headline.sentence == (
        "mlflow: 2 values count as unknown, not being understood; first created of m0: zzz."
    )


def test_what_ended_a_run_is_its_headline_and_its_exit_code() -> None:
    failure = {"sentence": "there is no room for /data/plan.jsonl", "remedy": "Free space.", "exit_code": 1}
    document = shapes.document(outcome=None, stages=[stage("plan")], failure=failure)
    assert (document.exit_code, document.headline.level) == (1, "failed")
    (problem, *_) = document.headline.problems
    assert (problem.sentence, problem.remedy) == (
        "The run broke off: there is no room for /data/plan.jsonl.",
        "Free space.",
    )
    published = shapes.document(outcome=outcome(error={"message": "no room", "exit_code": 1}))
    assert published.exit_code == 1


def test_a_run_that_ended_while_it_may_have_published_does_not_say_that_nothing_was() -> None:
    document = shapes.document(outcome=None, stages=[stage("plan")])
    assert document.headline.sentence == "The run broke off after the stage plan, while it published or before."


def test_a_run_that_read_nothing_of_what_it_was_asked_for_has_failed() -> None:
    dead = source("demo", "failed", collections=[shapes.collection("runs", "failed", seen=0)])
    document = shapes.document(sources=[dead, source(kept=True)])
    assert (document.exit_code, document.headline.level) == (3, "failed")


def test_a_loss_that_waits_for_a_persons_word_is_a_problem_and_one_that_has_it_a_note() -> None:
    waiting, allowed = shapes.too_much_gone(), shapes.too_much_gone("ana")
    assert (waiting.exit_code, waiting.headline.level) == (3, "attention")
    assert waiting.headline.sentence.startswith("Nothing was marked as missing or retired: 403 of 500 ai_model_version")
    assert "--allow-removals" in waiting.headline.problems[0].remedy
    assert (allowed.exit_code, allowed.headline.level) == (0, shapes.ok().headline.level)
    note = "Note: ana allowed this run to mark as missing all that is proven to be gone (403"
    assert allowed.headline.details[-1].startswith(note)
