"""The pipeline on the demo estate, up to the plan: the stories are found, all of them and none more."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from include.governance import pipeline
from include.governance.config import load
from include.governance.errors import ConfigurationError, ExitCode, GovernanceError, StagingError
from include.governance.model.assets import AssetKind
from include.governance.model.vocabularies import SyncMode
from include.governance.reports.run.document import Document, build
from include.governance.sources.writer import SnapshotWriter
from include.governance.stages import PUBLISH, READ_CURATED, STAGES
from include.governance.staging.attempts import ReadAttempt
from include.governance.staging.judgement import Judgement
from include.governance.staging.plan import Entry, Key, Plan
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from include.sandbox.demo.estate import stories
from tests.support import report_keys
from tests.support.demo import write_config


def plan_sync(config: Path, sync_id: str) -> Sync:
    """A sync that stops before the first write, not begun yet."""
    return Sync(Workspace(load(config)), sync_id, SyncMode.PLAN)


@pytest.fixture(scope="module")
def planned(demo_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sync]:
    """Shared by the tests that only look at it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        sync = plan_sync(write_config(tmp_path_factory.mktemp("planned"), monkeypatch, demo_store), "planned")
        pipeline.run_stages(sync)
        yield sync


def test_the_stories_of_the_estate_are_found_and_none_more(planned: Sync) -> None:
    judgement = Judgement.load(planned.folder.child("judgement"))
    found: dict[str, set[str]] = {name: set() for name, _ in stories()}
    for row in rows(judgement.findings):
        found.setdefault(row["subject_label"].rsplit(" ", 1)[0], set()).add(row["rule"])
    assert found == {name: set(rules) for name, rules in stories()}
    assert judgement.rule_errors == []


def test_every_production_model_has_one_record_with_its_chain(planned: Sync) -> None:
    records = Records.load(planned.folder.child("records"))
    assert len(records.records) == len(stories())
    links = rows(records.links)
    governed = {link["kind"] for link in links if link["record_key"] == "demo/card-fraud-detector"}
    assert governed == {"model", "model_version", "run", "experiment", "dataset", "use_case"}
    assert all(link["rule"] for link in links)
    keys = {row["key"] for row in rows(records.records)}
    assert "credit-default" in keys  # the tag governance.record


def test_a_second_walk_makes_the_same_desired_catalog(planned: Sync, demo_config: Callable[..., Path]) -> None:
    again = replace(plan_sync(demo_config(), "again"), started=planned.started)
    pipeline.run_stages(again)
    assert again.folder.open("desired.parquet").read() == planned.folder.open("desired.parquet").read()


def test_plan_writes_nothing_and_keeps_nothing(planned: Sync) -> None:
    assert planned.workspace.history.promotions().empty
    assert planned.workspace.history.last_snapshot("demo") is None
    assert planned.workspace.ledger.entries() == {}
    plan = Plan.load(planned.folder)
    assert set(plan.counts()) == {"create"}
    assert plan.held_back == {"demo": 31}


def test_no_secret_and_no_prompt_reaches_the_plan(planned: Sync) -> None:
    text = (Path(planned.folder.path) / "plan.jsonl").read_text()
    assert "AccountKey=" not in text.replace("AccountKey=[secret removed]", "")
    assert "contract-summary" not in text
    assert '"num_memory_tokens":"128"' in text


def test_the_report_says_what_was_planned(planned: Sync) -> None:
    document = build(planned)
    assert document.exit_code == ExitCode.DONE
    assert document.headline.level == "findings"
    assert document.verdicts.auditable == sum(not rules for _, rules in stories())
    assert Document.from_json(json.loads(json.dumps(document.as_json()))) == document


def test_an_unreachable_source_is_a_state_not_a_crash(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    text = config.read_text()
    start = text.index("sources:")
    end = text.index("\n", start)
    config.write_text(text[:start] + "sources: [{name: gone, uri: 'http://127.0.0.1:9', attempts: 1}]" + text[end:])
    sync = plan_sync(config, "gone")
    pipeline.run_stages(sync)
    document = build(sync)
    assert document.exit_code == ExitCode.SOURCE
    assert document.sources[0].state == "failed"
    assert "cannot connect" in document.headline.sentence
    assert document.changes.counts.keys() <= {"create"}


def test_a_rule_that_errors_is_told_and_taken_for_no_finding(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    suite = config.parent / "suites" / "completeness.yaml"
    text = suite.read_text()
    broken = text.replace(
        "with: {column: use_case_state, value_set: [approved]}", "with: {column: no_such_column, value_set: [a]}"
    )
    assert broken != text
    suite.write_text(broken)
    sync = plan_sync(config, "broken")
    pipeline.run_stages(sync)
    judgement = Judgement.load(sync.folder.child("judgement"))
    assert [error["rule"] for error in judgement.rule_errors] == ["use_case.not_approved"]
    assert "use_case.not_approved" not in set(judgement.findings["rule"])
    assert judgement.verdicts["provisional"].all()
    assert "use_case.not_approved" in build(sync).headline.sentence


def test_each_stage_is_in_the_report_with_its_time(planned: Sync) -> None:
    stages = [timing.stage for timing in build(planned).stages]
    assert stages == ["read demo", "read curated fields", "resolve", "judge", "plan", "publish"]


def test_a_stage_that_raises_is_in_the_report_with_its_reason(demo_config: Callable[..., Path]) -> None:
    """Curated fields are read where the catalog holds records; here its connection is gone since then."""
    config = demo_config()
    text = config.read_text()
    config.write_text(text.replace("url: http://127.0.0.1:1", "connection: atlas_prod"))
    workspace = Workspace(load(config))
    record = Key("ai_governed_model", "governance://records/m")
    workspace.ledger.marker_id()
    workspace.ledger.acknowledge([Entry(record, "", "guid", {"record_key": "m"}, {}, {}, "hash")])
    sync = Sync(workspace, "no-connection")
    with pytest.raises(ConfigurationError, match="atlas_prod is not known"):
        pipeline.run_stages(sync)
    document = build(sync)
    assert document.exit_code == ExitCode.BROKE_OFF
    assert document.headline.sentence.startswith("The stage read curated fields failed: the connection atlas_prod ")
    last = document.stages[-1]
    assert (last.stage, last.failed) == (READ_CURATED.title, True)
    assert last.seconds >= 0


def test_a_read_that_is_tried_again_starts_from_what_is_known(demo_config: Callable[..., Path]) -> None:
    """A person clears the task in Airflow, and now the source is down: what the first attempt has read stays."""
    config = demo_config()
    first = pipeline.read(begun(config), "demo")
    versions = first.assets(AssetKind.MODEL_VERSION).num_rows
    config.write_text(re.sub(r'uri: "[^"]*"', 'uri: "sqlite:////nothing/there.db"', config.read_text()))
    sync = Sync.resume(Workspace(load(config)), "again")
    second = pipeline.read(sync, "demo")
    assert not second.complete
    assert first.assets(AssetKind.MODEL_VERSION).num_rows == versions


def test_a_sync_that_is_refused_leaves_no_snapshot_for_the_next_read(
    demo_config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it read may be another server's."""
    config = demo_config()
    sync = begun(config)
    for stage in STAGES[:-1]:
        stage.run(sync, "demo")
    refusal = ConfigurationError("another installation manages 3 entities.")

    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr("include.governance.catalog.publish", refuse)
    with pytest.raises(ConfigurationError, match="another installation"):
        PUBLISH.run(sync)
    assert sync.workspace.history.last_snapshot("demo") is None
    assert sync.workspace.history.promotions().empty


def test_of_two_attempts_the_one_begun_last_counts(demo_config: Callable[..., Path]) -> None:
    sync = begun(demo_config())
    stopped = ReadAttempt(sync.snapshots_folder("demo"))
    SnapshotWriter(stopped.folder, "demo").quarantine("runs", "r", "odd")
    second = pipeline.read(sync, "demo")
    with pytest.raises(GovernanceError, match=r"another attempt of the read in .* has begun since"):
        stopped.finish()
    assert sync.snapshot("demo").folder.path == second.folder.path
    assert second.quarantine() == []


def begun(config: Path) -> Sync:
    sync = Sync(Workspace(load(config)), "again")
    sync.begin()
    return sync


@pytest.mark.heavy
@pytest.mark.parametrize("lost", ["records", ""], ids=["its records", "all that was staged"])
def test_what_is_known_stays_when_staged_files_are_lost(demo_config: Callable[..., Path], lost: str) -> None:
    config = load(demo_config())
    history = Workspace(config).history
    first = Sync(Workspace(config), "first")
    pipeline.run_stages(first)
    known = history.promotions()
    assert len(known) > 10

    second = Sync(Workspace(config), "second")
    second.begin()
    for stage in STAGES[:-1]:
        stage.run(second, "demo")
    shutil.rmtree(Path(second.folder.path) / lost)
    with pytest.raises(StagingError, match=r"second/[\w/]+\.parquet is missing"):
        PUBLISH.run(second)
    assert_frame_equal(history.promotions(), known)
    document = build(second)
    assert document.exit_code != ExitCode.DONE
    assert "is missing" in document.headline.sentence

    third = Sync(Workspace(config), "third")
    pipeline.run_stages(third)
    assert_frame_equal(history.promotions(), known)


def test_the_json_of_a_real_sync_has_the_keys_that_it_always_had(planned: Sync) -> None:
    document = build(planned).as_json()
    document["stages"] = [stage for stage in document["stages"] if stage["stage"] != READ_CURATED.title]
    report_keys.assert_known(document)


def test_old_staged_syncs_are_deleted_but_never_what_the_next_read_starts_from(
    demo_config: Callable[..., Path],
) -> None:
    config = demo_config()
    config.write_text(config.read_text() + "state: {keep_runs: 1}\n")
    syncs = [plan_sync(config, f"run-{number}") for number in range(3)]
    for number, sync in enumerate(syncs):
        replace(sync, started=sync.started.replace(year=2026 + number)).begin()
    workspace = syncs[0].workspace
    workspace.history.save_snapshot("demo", syncs[0].folder.path, syncs[0].sync_id)
    assert workspace.tidy("run-2") == ["run-1"]
    assert [sync.folder.exists("run.json") for sync in syncs] == [True, False, True]
