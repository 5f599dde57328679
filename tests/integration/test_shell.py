"""The stages from a shell: exit codes, sentences, JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from include.governance import pipeline
from include.governance.config import load
from include.governance.errors import ExitCode
from include.governance.model.vocabularies import SyncMode
from include.governance.staging.plan import Plan
from include.governance.staging.snapshot import Snapshot
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from tests.support.demo import write_config
from tests.support.ledgers import applied
from tests.support.shell import Done, process, shell


class Synced(NamedTuple):
    """A sync whose catalog could not be reached: what was seen is kept all the same."""

    done: Done
    environment: dict[str, str]

    def shell(self, *arguments: str) -> Done:
        return shell(*arguments, environment=self.environment)


@pytest.fixture(scope="module")
def synced(demo_store: str, tmp_path_factory: pytest.TempPathFactory) -> Synced:
    with pytest.MonkeyPatch.context() as monkeypatch:
        write_config(tmp_path_factory.mktemp("synced"), monkeypatch, demo_store)
        return Synced(shell("sync"), dict(os.environ))


def test_a_configuration_error_is_2_and_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))  # its report goes there
    done = process("sync", "--config", str(tmp_path / "none.yaml"))
    assert done.returncode == 2
    assert "none.yaml: the file does not exist" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_usage_error_is_2() -> None:
    assert shell("sync", "--colour").returncode == 2
    assert shell("read").returncode == 2


def test_read_needs_no_configuration(demo_store: str, tmp_path: Path) -> None:
    done = shell("read", "--mlflow-uri", demo_store, "--out", str(tmp_path / "snap"), "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {item["collection"]: item["state"] for item in document["collections"]}["runs"] == "complete"
    assert Snapshot(str(tmp_path / "snap")).complete


def test_read_of_nothing_is_3(tmp_path: Path) -> None:
    done = shell("read", "--mlflow-uri", "http://127.0.0.1:9", "--out", str(tmp_path / "snap"))
    assert done.returncode == 3
    assert "cannot connect" in done.stdout


def test_check_names_what_is_wrong_and_how_to_fix_it(demo_config: Callable[..., Path]) -> None:
    demo_config()
    done = shell("check")
    assert done.returncode == 4
    assert "ok    source demo" in done.stdout
    assert "FAIL  catalog demo" in done.stdout
    assert "cannot connect" in done.stdout


def test_check_asks_for_everything_that_a_sync_will_need(demo_config: Callable[..., Path]) -> None:
    demo_config()
    done = shell("check", "--json")
    document = json.loads(done.stdout)
    assert (document["ok"], document["exit_code"], done.returncode) == (False, 4, 4)
    assert all(set(one) == {"what", "ok", "says", "remedy", "exit_code"} for one in document["checks"])
    assert {one["what"]: one["ok"] for one in document["checks"]} == {
        "configuration": True,
        "suites": True,
        "state database": True,
        "staging": True,
        "reports": True,
        "source demo": True,
        "source demo: experiments": True,
        "source demo: runs": True,
        "source demo: registered models": True,
        "source demo: model versions": True,
        "source demo: logged models": True,
        "catalog demo": False,
    }


def test_check_of_a_broken_configuration_has_the_same_shape(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    config.write_text(f"{config.read_text()}colour: red\nshape: round\n")
    done = shell("check", "--json")
    document = json.loads(done.stdout)
    assert (document["ok"], document["exit_code"], done.returncode) == (False, 2, 2)
    (only,) = document["checks"]
    assert (only["what"], only["ok"]) == ("configuration", False)
    assert "2 faults" in only["says"] and "colour" in only["says"] and "shape" in only["says"]


def test_check_of_a_mistyped_staging_address_goes_on_and_names_the_setting(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    config.write_text(f"{config.read_text()}state: {{staging: 's4://bucket/staging'}}\n")
    done = shell("check", "--json")
    checks = {one["what"]: one for one in json.loads(done.stdout)["checks"]}
    assert (checks["staging"]["ok"], checks["staging"]["exit_code"]) == (False, 2)
    assert checks["staging"]["says"].startswith("state.staging: ") and "s4" in checks["staging"]["says"]
    assert checks["source demo"]["ok"] and "Traceback" not in done.stderr


@pytest.mark.heavy
def test_plan_tells_by_its_exit_code_whether_there_is_something_to_change(demo_config: Callable[..., Path]) -> None:
    config = demo_config()
    done = shell("plan", "--detailed-exitcode")
    assert done.returncode == 10
    assert "\x1b[" not in done.stdout  # not a terminal
    config.write_text(config.read_text().replace("kind: mlflow,", "kind: mlflow, models: {allow: []}, "))
    config.write_text(config.read_text().replace("publish: {enabled: true}", "publish: {runs: evidence}"))
    sync = Sync(Workspace(load(config)), "known", SyncMode.PLAN)
    pipeline.run_stages(sync)
    entries = applied(Plan.load(sync.folder), {})
    sync.workspace.ledger.replace(list(entries.values()), sync.workspace.ledger.marker_id())
    assert shell("plan", "--detailed-exitcode").returncode == 0
    config.write_text(re.sub(r'uri: "[^"]*"', 'uri: "http://127.0.0.1:9", attempts: 1', config.read_text()))
    assert shell("plan", "--detailed-exitcode").returncode == 3  # a fault keeps its own code


def test_runs_are_listed_with_mode_outcome_and_report(synced: Synced, demo_config: Callable[..., Path]) -> None:
    listed = json.loads(synced.shell("runs", "--json").stdout)["runs"]
    (run,) = (one for one in listed if one["run_id"].startswith("sync-"))
    assert (run["mode"], run["exit_code"], run["outcome"]) == ("publish", 4, ExitCode.CATALOG.meaning)
    assert run["headline"].startswith("Publishing stopped")
    assert Path(run["report"]).exists()
    page = synced.shell("runs").stdout
    assert run["run_id"] in page and run["report"] in page
    assert json.loads(synced.shell("report", "--run", run["run_id"], "--json").stdout)["run_id"] == run["run_id"]
    unknown = synced.shell("report", "--run", "sync-of-nobody")
    assert (unknown.returncode, "include.governance runs" in unknown.stderr) == (2, True)
    demo_config()
    assert "No run yet" in shell("runs").stdout


@pytest.mark.parametrize("verb", ["explain", "history"])
def test_a_record_is_called_the_same_everywhere(synced: Synced, verb: str) -> None:
    keys = []
    for name in ("credit-default", "credit-default-risk", "governance://records/credit-default"):
        done = synced.shell(verb, name, "--json")
        assert done.returncode == 0, done.stderr
        record = json.loads(done.stdout)["record"]
        keys.append(record["key"] if verb == "explain" else record)
    assert set(keys) == {"credit-default"}


def test_history_wants_one_record(synced: Synced) -> None:
    assert synced.shell("history").returncode == 2
    assert synced.shell("history", "credit-default", "--record", "credit-default").returncode == 2


def test_plan_shows_and_writes_nothing(demo_config: Callable[..., Path]) -> None:
    demo_config()
    done = shell("plan", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"]["writes"] == 0


def test_a_catalog_that_cannot_be_reached_is_4_and_keeps_the_report(synced: Synced) -> None:
    assert synced.done.returncode == 4
    assert "FAILED: Publishing stopped" in synced.done.stdout
    assert synced.shell("report", "--last").stdout.strip() in synced.done.stdout


def test_explain_before_the_first_sync_is_2(demo_config: Callable[..., Path]) -> None:
    demo_config()
    assert shell("explain", "credit-default").returncode == 2


def test_history_and_explain_answer_from_what_the_last_sync_left(synced: Synced) -> None:
    shell = synced.shell
    told = json.loads(shell("history", "--record", "credit-default", "--json").stdout)
    assert {(one["label"], one["state"]) for one in told["versions"]} >= {("credit-default-risk v2", "production")}
    early = shell("history", "--record", "credit-default", "--on", "2020-03-03")
    assert "Not known before" in early.stdout
    explained = json.loads(shell("explain", "credit-default", "--json").stdout)
    chain = [step["step"] for step in explained["versions"][0]["chain"]]
    assert chain == ["training data", "experiment", "run", "version"]
    assert all(step["qualified_name"] and step["rule"] for step in explained["versions"][0]["chain"])
    assert all(one["source"] for one in explained["statements"] if one["value"])
    page = shell("explain", "credit-default")
    assert page.returncode == 0, page.stderr
    assert "model tag governance.owner of" in page.stdout
    wrong = shell("explain", "credit-defautl")
    assert wrong.returncode == 2
    assert "Did you mean: credit-default" in wrong.stderr
    assert shell("history", "--record", "nobody-knows-this").returncode == 2
    assert shell("history", "--record", "credit-default", "--on", "soon").returncode == 2
