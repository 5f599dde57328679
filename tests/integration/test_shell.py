"""The stages from a shell: exit codes, sentences, JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from include.governance.staging.snapshot import Snapshot
from tests.support.demo import write_config
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


def test_a_configuration_error_is_2_and_one_sentence(tmp_path: Path) -> None:
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
