"""What decides, what does not, and what is kept of a judgement."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.governance import gate as gates
from include.governance.config import load
from include.governance.errors import ConfigurationError, SourceError, SourceUnavailable, Unsupported
from include.governance.gate import GateJudgement, GateRequest, LastSync
from include.governance.model import qualified_names
from include.governance.model.read_status import ReadStatus
from include.governance.model.vocabularies import GateAnswer
from include.governance.rules import load_suites
from include.governance.sources import Subject
from include.governance.sources.mlflow import connector
from include.governance.sources.mlflow.client import Record
from include.governance.staging.snapshot import Snapshot
from include.governance.workspace import Workspace
from tests.support import mlflow_facts as facts
from tests.support.judging import SHIPPED, suite
from tests.support.mlflow_facts import MlflowFacts
from tests.unit.gate import judged
from tests.unit.gate.judged import NOTHING, SUITES, asked, by_gate, listed

RUN = "1" * 32
NAME = qualified_names.model_version("s", "a", "1")
SUBJECT = Subject("a", "1")
TRACEABLE: dict[str, list[Record]] = {
    "experiments": [facts.experiment("1")],
    "registered_models": [facts.model("a")],
    "model_versions": [facts.version("a", run_id=RUN)],
    "logged_models": [],
    "runs": [facts.run(RUN)],
}
Ask = Callable[..., GateJudgement]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> MlflowFacts:
    content = MlflowFacts(deepcopy(TRACEABLE))
    monkeypatch.setattr(connector, "open_client", lambda *_: content)
    return content


@pytest.fixture
def ask(server: MlflowFacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The gate, on a state database of its own. waivers, others: of the configuration."""
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))

    def run(
        version: str = "1", *, last: Snapshot | None = None, waivers: Any = (), others: Any = (), **gate: Any
    ) -> GateJudgement:
        sources = [{"name": "s", "kind": "mlflow", "uri": "http://x"}, *others]
        suites = [str(SHIPPED[0].parent)]
        settings = {"sources": sources, "catalog": {"url": "x"}, "suites": suites, "gate": gate}
        approved = {"id": "UC-1", "name": "One", "approved_by": "x", "approved_on": "2026-01-01"}
        (tmp_path / "register.yaml").write_text(yaml.safe_dump({"use_cases": [approved], "waivers": list(waivers)}))
        (tmp_path / "governance.yaml").write_text(yaml.safe_dump(settings))
        workspace = Workspace(load(tmp_path / "governance.yaml"))
        known = LastSync("", {"s": last} if last else {}, NOTHING, SUITES)
        return gates.gate(workspace, GateRequest("s", "a", version, asked_by="ci"), known)

    return run


def test_a_version_of_a_run_that_nobody_has_is_not_promoted(ask: Ask, server: MlflowFacts) -> None:
    server.items["runs"] = []
    judgement = ask()
    assert judgement.answer == GateAnswer.CANNOT_TELL
    assert f"its run {RUN} is on no server that is read" in judgement.sentence


def test_a_logged_model_that_does_not_answer_is_not_one_that_is_not_there(ask: Ask, server: MlflowFacts) -> None:
    server.items["model_versions"] = [facts.version("a", run_id="", source="models:/m-1")]
    server.items["logged_models"] = [facts.logged_model("m-1", RUN)]
    assert ask().answer == GateAnswer.PROMOTE
    for is_absent, answer in ((False, GateAnswer.CANNOT_TELL), (True, GateAnswer.REFUSED)):
        server.failing["logged_models", "m-1"] = Unsupported("no", absent=is_absent)
        assert ask().answer == answer


def test_a_waiver_lets_it_through_and_stays_visible(ask: Ask, server: MlflowFacts) -> None:
    server.items["runs"] = [facts.run(RUN, datasets=())]
    refused = ask()
    assert refused.answer == GateAnswer.REFUSED
    assert [finding.rule for finding in refused.findings if finding.refuses] == ["lineage.dataset.missing"]
    waiver = {
        "rule": "lineage.dataset.missing",
        "subject": NAME,
        "by": "ana",
        "reason": "bought",
        "until": "2999-01-01",
    }
    (finding,) = [one for one in ask(waivers=[waiver]).findings if one.rule == "lineage.dataset.missing"]
    assert (finding.refuses, finding.waived) == (False, "waived until 2999-01-01 by ana: bought")
    assert ask(waivers=[{**waiver, "until": "2026-01-31"}]).answer == GateAnswer.REFUSED


def test_which_severity_refuses_is_a_setting(ask: Ask, server: MlflowFacts) -> None:
    server.items["runs"] = [facts.run(RUN, metrics=False)]
    assert ask().answer == GateAnswer.PROMOTE
    assert "evaluation.metrics.missing" in ask(refuses_from="warning").sentence


def test_a_source_that_was_never_read_leaves_it_open(ask: Ask) -> None:
    judgement = ask(others=[{"name": "other", "kind": "mlflow", "uri": "http://y"}])
    assert (judgement.answer, judgement.unread[0].what) == (GateAnswer.CANNOT_TELL, "source other")


def test_every_judgement_is_kept(ask: Ask, server: MlflowFacts, tmp_path: Path) -> None:
    first = ask()
    server.failing["runs", RUN] = SourceUnavailable("it hangs.", "Wait.")
    second = ask()
    kept = Workspace(load(tmp_path / "governance.yaml")).gate_judgements.of_record([first.record])
    assert [row["id"] for row in kept] == [second.id, first.id]
    assert {**second.as_json(), "id": second.id} == kept[0] and kept[0]["asked_by"] == "ci"
    assert (kept[0]["answer"], kept[1]["answer"]) == ("cannot tell", "promote")


def test_a_version_that_is_gone_is_never_promoted(ask: Ask, server: MlflowFacts, tmp_path: Path) -> None:
    last = listed(server, tmp_path)
    server.items["model_versions"] = []
    judgement = ask(last=last)
    assert judgement.answer == GateAnswer.CANNOT_TELL
    assert judgement.unread[0].reason == "s has no such version."


def test_what_the_last_sync_had_never_covers_for_a_run_that_cannot_be_read(tmp_path: Path, server: MlflowFacts) -> None:
    last = listed(server, tmp_path)
    server.failing["runs", RUN] = SourceError("403", "Ask for it.")
    read = asked(server, tmp_path, last, SUBJECT)
    assert [one.what for one in read.unread] == [f"run {RUN}"]
    found = by_gate(read.snapshot, NAME)
    assert f"run {RUN} could not be read: 403" in found.unread[0].reason


def test_a_listing_that_broke_off_at_night_does_not_matter_where_all_was_answered_now(
    tmp_path: Path, server: MlflowFacts
) -> None:
    last = listed(server, tmp_path)
    states = {name: replace(state, state=ReadStatus.PARTIAL) for name, state in last.collections().items()}
    last.collections = lambda: states  # type: ignore[method-assign]
    read = asked(server, tmp_path, last, SUBJECT)
    assert by_gate(read.snapshot, NAME).unread == []


def test_a_run_that_is_gone_since_is_not_taken_from_the_last_sync(tmp_path: Path, server: MlflowFacts) -> None:
    last = listed(server, tmp_path)
    server.items["runs"] = []
    found = by_gate(asked(server, tmp_path, last, SUBJECT).snapshot, NAME)
    assert found.row["run_state"] == "elsewhere"
    assert [one.reason.partition(" is on no server")[0] for one in found.unread] == [f"its run {RUN}"]


def test_what_the_settings_leave_out_is_not_read_either(tmp_path: Path, server: MlflowFacts) -> None:
    with pytest.raises(ConfigurationError, match=r"sources\.s\.models"):
        asked(server, tmp_path, None, SUBJECT, models={"deny": ["a"]})
    read = asked(server, tmp_path, None, SUBJECT, experiments={"deny": ["*"]})
    found = by_gate(read.snapshot, NAME)
    assert found.row["run_state"] == "not_read" and found.unread


def test_a_broken_neighbour_does_not_refuse(tmp_path: Path, server: MlflowFacts) -> None:
    server.items["registered_models"] = [facts.model("a", aliases={"champion": "2"})]
    server.items["model_versions"].append(facts.version("a", 2))
    read = asked(server, tmp_path, listed(server, tmp_path), SUBJECT)
    assert not [finding for finding in by_gate(read.snapshot, NAME).findings if finding.refuses]


def test_a_rule_that_compares_rows_sees_all_of_them(
    tmp_path: Path, server: MlflowFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    unique = {"expect": "expect_column_values_to_be_unique", "with": {"column": "run_id"}, "severity": "critical"}
    suites = load_suites(suite(tmp_path, **unique))
    assert not suites[0].rules[0].is_per_row and all(rule.is_per_row for one in SUITES for rule in one.rules)
    server.items["registered_models"].append(facts.model("b"))
    server.items["model_versions"].append(facts.version("b", run_id=RUN))
    read = asked(server, tmp_path, listed(server, tmp_path), SUBJECT)
    monkeypatch.setattr(judged, "SUITES", suites)
    assert [finding.rule for finding in by_gate(read.snapshot, NAME).findings] == ["team.rule"]
