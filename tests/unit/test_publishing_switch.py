"""Whether a sync writes into the catalog: decided when it begins, by the setting or by what was done before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from include.governance.config import load
from include.governance.model.vocabularies import SyncMode
from include.governance.sync import Sync
from include.governance.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "home"))
    file = tmp_path / "governance.yaml"
    file.write_text('sources: [{name: demo, uri: "sqlite:///none.db"}]\ncatalog: {url: "http://127.0.0.1:1"}\n')
    return Workspace(load(file))


def begun(workspace: Workspace, sync_id: str, mode: SyncMode = SyncMode.PUBLISH) -> Sync:
    sync = Sync(workspace, sync_id, mode)
    sync.begin()
    return Sync.resume(workspace, sync_id)


def enabled(workspace: Workspace, value: bool) -> Workspace:
    settings = workspace.config.settings
    publish = settings.publish.model_copy(update={"enabled": value})
    return Workspace(replace(workspace.config, settings=settings.model_copy(update={"publish": publish})))


def test_a_new_installation_only_plans_until_it_has_published_once(workspace: Workspace) -> None:
    assert not begun(workspace, "first").writes
    workspace.ledger.note_published()
    assert begun(workspace, "second").writes
    assert not begun(workspace, "plan", SyncMode.PLAN).writes


def test_state_that_was_taken_over_from_a_catalog_switches_nothing_on(workspace: Workspace) -> None:
    workspace.ledger.replace([], "marker of the catalog", 7)
    assert workspace.ledger.revision() > 0
    assert not begun(workspace, "first").writes


def test_it_is_decided_once(workspace: Workspace) -> None:
    sync = begun(workspace, "first")
    workspace.ledger.note_published()
    assert not sync.writes


@pytest.mark.parametrize("value", [True, False])
def test_the_setting_decides_where_there_is_one(workspace: Workspace, value: bool) -> None:
    workspace.ledger.note_published()
    assert begun(enabled(workspace, value), "first").writes is value
