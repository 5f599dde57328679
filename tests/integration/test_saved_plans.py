"""`plan --out` and `apply --plan` from a shell: exactly that plan, or nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from include.governance.config import load
from include.governance.net import http
from include.governance.staging.plan import Plan
from include.governance.staging.plan_file import PlanFile
from include.governance.workspace import Workspace
from tests.support.shell import shell
from tests.unit.catalog.fake_server import FakeServer

CATALOG = "http://catalog:21000"


@dataclass
class Site:
    """An installation whose catalog is in memory, behind the real client, and a file for plans."""

    config: Path
    server: FakeServer
    file: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(load(self.config))

    def json(self, *arguments: str) -> Any:
        return json.loads(shell(*arguments, "--json").stdout)

    def posts(self) -> int:
        return sum(seen.method not in ("GET", "HEAD") for seen in self.server.requests)

    def edit(self, before: str, after: str) -> None:
        text = self.config.read_text()
        assert before in text
        self.config.write_text(text.replace(before, after))


@pytest.fixture
def site(demo_config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    server = FakeServer()
    monkeypatch.setattr(http, "LimitedTransport", lambda **_: httpx.MockTransport(server.answer))
    return Site(demo_config(CATALOG), server, tmp_path / "plan.json")


def test_a_saved_plan_is_applied_once_and_a_sync_then_writes_nothing(site: Site) -> None:
    planned = site.json("plan", "--out", str(site.file))
    assert (site.posts(), site.file.stat().st_mode & 0o077) == (0, 0)
    saved = PlanFile.read(site.file)
    assert (saved.run_id, saved.plan) == (planned["run_id"], Plan.load(site.workspace.staging_folder(saved.run_id)))
    assert all(change.attributes and change.reason for change in saved.plan.changes)

    applied = site.json("apply", "--plan", str(site.file))
    assert (applied["applied_plan"], applied["exit_code"]) == (planned["run_id"], 0)
    assert applied["changes"]["total"] == planned["changes"]["total"] > 0
    assert applied["outcome"]["acknowledged"] == planned["changes"]["counts"]

    posts = site.posts()
    refused = shell("apply", "--plan", str(site.file))
    assert refused.returncode == 6
    assert "the plan is not applied: the ledger moved on, from revision 0 to" in refused.stderr
    assert "Make another one: plan --out FILE." in refused.stderr
    synced = site.json("sync")
    assert (synced["outcome"]["mode"], synced["changes"]["total"], site.posts()) == ("none", 0, posts)


@pytest.mark.heavy
def test_an_edit_in_the_catalog_meanwhile_refuses_the_plan_before_the_first_write(site: Site) -> None:
    assert site.json("sync")["exit_code"] == 0
    site.edit("publish: {enabled: true}", "publish: {enabled: true, max_text: 100}")
    changed = next(one for one in site.json("plan", "--out", str(site.file))["changes"]["shown"] if one["attributes"])
    held = site.server.named(changed["qualified_name"])
    assert held is not None
    held["attributes"]["description"] = "A curator's word."
    posts = site.posts()
    document = site.json("apply", "--plan", str(site.file))
    assert document["error"] == "PlanOutdated"
    assert (
        f"the catalog was changed by somebody else: {changed['type_name']} {changed['qualified_name']}"
        in document["message"]
    )
    report = json.loads(Path(document["report"]).with_suffix(".json").read_text())
    assert (report["exit_code"], report["outcome"]) == (6, None)
    assert report["headline"]["sentence"].startswith("The stage publish failed: the plan is not applied")
    assert (site.posts(), held["attributes"]["description"]) == (posts, "A curator's word.")
    # what was not applied leaves no trace: the sync after it does what the plan would have done
    assert site.json("sync")["outcome"]["acknowledged"]["update"]


@pytest.mark.heavy
def test_a_sync_that_wrote_nothing_but_read_the_sources_refuses_an_older_plan(site: Site) -> None:
    assert site.json("sync")["exit_code"] == 0
    site.json("plan", "--out", str(site.file))
    assert site.json("sync")["outcome"]["mode"] == "none"
    done = shell("apply", "--plan", str(site.file))
    assert (done.returncode, "a later sync has read demo" in done.stderr) == (6, True)


@pytest.mark.heavy
def test_applying_is_a_word_on_that_plan_only(site: Site) -> None:
    """A new installation only plans: that it has applied one plan switches nothing on."""
    site.edit("publish: {enabled: true}", "publish: {enabled: null}")
    site.json("plan", "--out", str(site.file))
    assert site.json("apply", "--plan", str(site.file))["outcome"]["mode"] == "publish"
    assert site.json("sync")["outcome"]["mode"] == "plan"
    site.edit("publish: {enabled: null}", "publish: {enabled: false}")
    done = shell("apply", "--plan", str(site.file))
    assert (done.returncode, "publish.enabled: publishing is switched off" in done.stderr) == (2, True)


def test_a_plan_that_does_not_fit_is_refused_before_anything_is_asked(site: Site) -> None:
    site.json("plan", "--out", str(site.file))
    requests = len(site.server.requests)

    def refused(file: Path = site.file) -> tuple[int, str]:
        done = shell("apply", "--plan", str(file))
        return done.returncode, done.stderr

    edited = site.file.with_name("edited.json")
    edited.write_text(site.file.read_text().replace("credit-default", "credit-forged"))
    assert (refused(edited)[0], "was edited, or is cut off" in refused(edited)[1]) == (2, True)
    site.edit("deployment: demo", "deployment: other")
    assert (refused()[0], "made for the installation demo" in refused()[1]) == (2, True)
    site.edit("deployment: other", "deployment: demo")
    site.edit(CATALOG, "http://elsewhere:21000")
    assert (refused()[0], f"made for a catalog at {CATALOG}" in refused()[1]) == (2, True)
    site.edit("http://elsewhere:21000", CATALOG)
    saved = PlanFile.read(site.file)
    shutil.rmtree(site.workspace.staging_folder(saved.run_id).path)
    assert (refused()[0], "are not kept any more" in refused()[1]) == (6, True)
    assert len(site.server.requests) == requests


@pytest.mark.heavy
def test_a_plan_is_not_saved_while_the_catalog_cannot_be_read(demo_config: Callable[..., Path], tmp_path: Path) -> None:
    demo_config()
    done = shell("plan", "--out", str(tmp_path / "plan.json"))
    assert (done.returncode, (tmp_path / "plan.json").exists()) == (4, False)
    assert "cannot connect" in done.stderr
