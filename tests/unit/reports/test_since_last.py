"""What the report says of the sync before: findings that came and went, verdicts that moved."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.governance.config import load
from include.governance.config.register import Register
from include.governance.model.rows import Row
from include.governance.model.tables import FINDINGS, VERDICTS
from include.governance.model.vocabularies import SyncMode
from include.governance.reports.run.links import CatalogLinks
from include.governance.reports.run.since_last import SinceLast, since_last
from include.governance.staging.bundle import load_tables, save_tables
from include.governance.staging.judgement import Judgement
from include.governance.sync import Sync
from include.governance.workspace import Workspace

_GOVERNANCE = """
sources: [{name: demo, uri: "sqlite:///none.db"}]
publish: {enabled: true}
catalog: {url: "http://127.0.0.1:1"}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    file = tmp_path / "governance.yaml"
    file.write_text(_GOVERNANCE)
    return Workspace(load(file))


def judged(
    workspace: Workspace,
    day: int,
    findings: Iterable[tuple[str, str, str]] = (),
    verdicts: Iterable[tuple[str, str]] = (),
    *,
    waived: Iterable[str] = (),
    errors: Iterable[str] = (),
    mode: SyncMode = SyncMode.PUBLISH,
) -> Sync:
    """A sync of that day with its judgement. findings: (rule, severity, record). waived, errors: rules."""
    sync = Sync(workspace, f"sync-{day}", mode, started=datetime(2026, 3, day, tzinfo=UTC))
    sync.begin()
    until = dict.fromkeys(waived, "2026-12-31")
    rows: dict[str, list[Row]] = {
        "findings": [
            {
                "rule": rule, "severity": severity, "subject": f"governance://records/{record}", "record_key": record,
                "subject_label": record, "sentence": f"{record}: {rule}.", "waived_until": until.get(rule),
            }
            for rule, severity, record in findings
        ],
        "verdicts": [
            {
                "subject": f"governance://records/{record}", "subject_kind": "record", "record_key": record,
                "verdict": verdict, "provisional": bool(errors),
            }
            for record, verdict in verdicts
        ],
    }  # fmt: skip
    folder, tables = sync.folder.child("judgement"), {"findings": FINDINGS, "verdicts": VERDICTS}
    save_tables(folder, tables, rows)
    saved = load_tables(folder, tables)
    failed = [{"suite": "team", "rule": rule, "error": "KeyError"} for rule in errors]
    Judgement(saved["findings"], saved["verdicts"], failed).save(folder)
    return sync


def compared(sync: Sync) -> SinceLast:
    return since_last(sync, Judgement.load(sync.folder.child("judgement")), CatalogLinks(sync.workspace))


def test_a_first_sync_has_nothing_to_compare_with(workspace: Workspace) -> None:
    assert compared(judged(workspace, 1, [("owner.missing", "critical", "m")])) == SinceLast()


def test_findings_come_and_go_the_gravest_first(workspace: Workspace) -> None:
    judged(workspace, 1, [("old", "info", "m"), ("stands", "critical", "m")])
    now = [("new", "warning", "m"), ("grave", "critical", "n"), ("stands", "critical", "m")]
    since = compared(judged(workspace, 2, now))
    assert (since.run_id, since.started_at) == ("sync-1", "2026-03-01T00:00:00+00:00")
    assert [(row.rule, row.severity, row.record_key) for row in since.new_findings] == [
        ("grave", "critical", "n"),
        ("new", "warning", "m"),
    ]
    assert [row.rule for row in since.gone_findings] == ["old"]


def test_verdicts_that_got_worse_come_first(workspace: Workspace) -> None:
    judged(workspace, 1, verdicts=[("a", "incomplete"), ("b", "auditable"), ("c", "auditable"), ("gone", "auditable")])
    now = [("a", "auditable"), ("b", "unauditable"), ("c", "auditable"), ("new", "incomplete")]
    since = compared(judged(workspace, 2, verdicts=now))
    assert [(row.name, row.before, row.after, row.is_worse) for row in since.verdicts] == [
        ("b", "auditable", "unauditable", True),
        ("a", "incomplete", "auditable", False),
        ("gone", "auditable", None, False),
        ("new", None, "incomplete", False),
    ]


def test_a_finding_whose_waiver_expired_is_new_again(workspace: Workspace) -> None:
    findings = [("owner.missing", "critical", "m")]
    judged(workspace, 1, findings, waived=["owner.missing"])
    assert [row.rule for row in compared(judged(workspace, 2, findings)).new_findings] == ["owner.missing"]


def test_a_plan_and_a_sync_without_its_files_are_not_compared_with(workspace: Workspace) -> None:
    judged(workspace, 1)
    judged(workspace, 2, mode=SyncMode.PLAN)
    lost = judged(workspace, 3)
    shutil.rmtree(Path(lost.folder.path) / "judgement")
    assert compared(judged(workspace, 4)).run_id == "sync-1"


def test_a_finding_that_became_graver_is_new_and_one_that_is_waived_now_is_not_gone(workspace: Workspace) -> None:
    judged(workspace, 1, [("model.served", "warning", "m"), ("owner.missing", "critical", "m")])
    now = [("model.served", "critical", "m"), ("owner.missing", "critical", "m")]
    since = compared(judged(workspace, 2, now, waived=["owner.missing"]))
    assert [row.rule for row in since.new_findings] == ["model.served"]
    assert since.gone_findings == []


def test_a_rule_that_could_not_be_run_neither_comes_nor_goes(workspace: Workspace) -> None:
    judged(workspace, 1, [("owner.missing", "critical", "m")], [("m", "unauditable")])
    sync = judged(workspace, 2, [], [("m", "auditable")], errors=["owner.missing"])
    since = compared(sync)
    assert (since.run_id, since.gone_findings, since.verdicts) == ("sync-1", [], [])
    again = judged(workspace, 3, [("owner.missing", "critical", "m")], [("m", "unauditable")])
    assert (compared(again).new_findings, compared(again).verdicts) == ([], [])


def test_a_record_with_another_key_is_the_same_record(workspace: Workspace) -> None:
    judged(workspace, 1, [("owner.missing", "critical", "old")], [("old", "unauditable")])
    entry = {"source": "demo", "model": "m", "record": "new", "formerly": ["old"]}
    register = Register.model_validate({"models": [entry]})
    renamed = Workspace(replace(workspace.config, register=register))
    since = compared(judged(renamed, 2, [("owner.missing", "critical", "new")], [("new", "unauditable")]))
    assert (since.new_findings, since.gone_findings, since.verdicts) == ([], [], [])


def test_a_sync_that_was_not_allowed_to_write_is_compared_with(workspace: Workspace) -> None:
    publish = workspace.config.settings.publish.model_copy(update={"enabled": False})
    settings = workspace.config.settings.model_copy(update={"publish": publish})
    planning = Workspace(replace(workspace.config, settings=settings))
    judged(planning, 1)
    sync = judged(planning, 2)
    assert (sync.writes, compared(sync).run_id) == (False, "sync-1")


def test_a_torn_head_of_an_old_sync_does_not_cost_the_report(workspace: Workspace) -> None:
    torn = judged(workspace, 1)
    (Path(torn.folder.path) / "run.json").write_text("{")
    assert compared(judged(workspace, 2)) == SinceLast()


def test_a_later_sync_is_not_compared_with(workspace: Workspace) -> None:
    """A report that is written again, after another sync has run."""
    judged(workspace, 1)
    second = judged(workspace, 2)
    judged(workspace, 3)
    assert compared(replace(second)).run_id == "sync-1"
