"""The whole way on the demo estate, up to the plan: the stories are found, all of them and none more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.governance import pipeline
from include.governance.config import load
from include.governance.reports.run import document as run_document
from include.governance.staging.judgement import Judgement
from include.governance.staging.plan import Plan
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from include.governance.sync import Run
from include.sandbox.demo.estate import stories


@pytest.fixture
def planned(demo_config: Callable[..., Path]) -> Run:
    run = Run(load(demo_config()), "planned", mode="plan")
    pipeline.run_stages(run)
    return run


def test_the_stories_of_the_estate_are_found_and_none_more(planned: Run) -> None:
    judgement = Judgement.load(planned.folder.child("judgement"))
    found: dict[str, set[str]] = {name: set() for name, _ in stories()}
    for row in rows(judgement.findings):
        found.setdefault(row["subject_label"].rsplit(" ", 1)[0], set()).add(row["rule"])
    assert found == {name: set(rules) for name, rules in stories()}
    assert judgement.rule_errors == []


def test_every_production_model_has_one_record_with_its_chain(planned: Run) -> None:
    records = Records.load(planned.folder.child("records"))
    assert len(records.records) == len(stories())
    links = rows(records.links)
    governed = {link["kind"] for link in links if link["record_key"] == "demo/card-fraud-detector"}
    assert governed == {"model", "model_version", "run", "experiment", "dataset", "use_case"}
    assert all(link["rule"] for link in links)
    keys = {row["key"] for row in rows(records.records)}
    assert "credit-default" in keys  # the tag governance.record


def test_a_second_walk_makes_the_same_desired_catalog(planned: Run, demo_config: Callable[..., Path]) -> None:
    again = Run(load(demo_config()), "again", mode="plan", started=planned.started)
    pipeline.run_stages(again)
    assert again.folder.open("desired.parquet").read() == planned.folder.open("desired.parquet").read()


def test_plan_writes_nothing_and_keeps_nothing(planned: Run) -> None:
    assert planned.history.promotions().empty
    assert planned.history.last_snapshot("demo") is None
    assert planned.ledger.entries() == {}
    plan = Plan.load(planned.folder)
    assert set(plan.counts()) == {"create"}
    assert plan.held_back == {"demo": 31}


def test_no_secret_and_no_prompt_reaches_the_plan(planned: Run) -> None:
    text = (Path(planned.folder.path) / "plan.jsonl").read_text()
    assert "AccountKey=" not in text.replace("AccountKey=[secret removed]", "")
    assert "contract-summary" not in text
    assert '"num_memory_tokens":"128"' in text


def test_the_report_says_what_was_planned(planned: Run) -> None:
    document = run_document.build(planned)
    assert document["exit_code"] == 0
    assert document["headline"]["level"] == "ok"
    assert document["verdicts"]["auditable"] == sum(not rules for _, rules in stories())
    assert json.loads(json.dumps(document)) == document


def test_an_unreachable_source_is_a_state_not_a_crash(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    text = config.read_text()
    start = text.index("sources:")
    end = text.index("\n", start)
    config.write_text(text[:start] + "sources: [{name: gone, uri: 'http://127.0.0.1:9', attempts: 1}]" + text[end:])
    run = Run(load(config), "gone", mode="plan")
    pipeline.run_stages(run)
    document: dict[str, Any] = run_document.build(run)
    assert document["exit_code"] == 3
    assert document["sources"][0]["state"] == "failed"
    assert "cannot connect" in document["headline"]["sentence"]
    assert document["changes"]["counts"].keys() <= {"create"}


def test_a_rule_that_errors_is_told_and_taken_for_no_finding(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    suite = config.parent / "suites" / "completeness.yaml"
    text = suite.read_text()
    broken = text.replace(
        "with: {column: use_case_state, value_set: [approved]}", "with: {column: no_such_column, value_set: [a]}"
    )
    assert broken != text
    suite.write_text(broken)
    run = Run(load(config), "broken", mode="plan")
    pipeline.run_stages(run)
    judgement = Judgement.load(run.folder.child("judgement"))
    assert [error["rule"] for error in judgement.rule_errors] == ["use_case.not_approved"]
    assert "use_case.not_approved" not in set(judgement.findings["rule"])
    assert judgement.verdicts["provisional"].all()
    assert "use_case.not_approved" in run_document.build(run)["headline"]["sentence"]


def test_old_staged_runs_are_tidied_but_never_what_the_next_read_starts_from(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    config.write_text(config.read_text() + "state: {keep_runs: 1}\n")
    runs = [Run(load(config), f"run-{number}", mode="plan") for number in range(3)]
    for number, run in enumerate(runs):
        run.started = run.started.replace(year=2026 + number)
        run.begin()
    runs[0].history.save_snapshot("demo", runs[0].folder.path, runs[0].run_id)
    assert runs[2].tidy() == ["run-1"]
    assert [run.folder.exists("run.json") for run in runs] == [True, False, True]
