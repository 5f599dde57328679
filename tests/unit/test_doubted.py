"""A person's word that what a doubted listing lacks was removed on purpose: recorded with its date, used once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.governance.config import load
from include.governance.doubted import accept
from include.governance.errors import ConfigurationError
from include.governance.sources.writer import SnapshotWriter
from include.governance.staging.folder import Folder
from include.governance.workspace import Workspace

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def workspace(demo_config: Callable[..., Path], tmp_path: Path) -> Workspace:
    """Its last read doubted the registered models: it lists 5 of them."""
    workspace = Workspace(load(demo_config()))
    writer = SnapshotWriter(Folder(str(tmp_path / "snapshot")), "demo")
    writer.state("model_versions").seen = 5
    state = writer.state("registered_models")
    state.seen = 5
    state.doubt("the last read had 30 registered models, this one has 5", "Check the login.")
    snapshot = writer.close({"platform": "mlflow", "address": "x", "calls": 1, "seconds_waiting": 0})
    workspace.history.save_snapshot("demo", snapshot.folder.path, "sync-1")
    return workspace


def test_the_next_read_is_told_what_was_accepted(workspace: Workspace) -> None:
    acceptance = accept(workspace, "demo", "registered_models", "ana", "old models removed")
    assert (acceptance.items, acceptance.by, acceptance.reason) == (5, "ana", "old models removed")
    last = workspace.history.last_snapshot("demo")
    assert last is not None
    assert last.accepted == {"registered_models": 5}


def test_it_counts_once(workspace: Workspace) -> None:
    accept(workspace, "demo", "registered_models", "ana", "")
    workspace.accepted_listings.use("demo", ["experiments"], NOW)
    assert workspace.accepted_listings.waiting("demo") == {"registered_models": 5}
    workspace.accepted_listings.use("demo", ["registered_models"], NOW)
    assert workspace.accepted_listings.waiting("demo") == {}


@pytest.mark.parametrize("collection", ["model_versions", "no-such"])
def test_what_was_not_doubted_cannot_be_accepted(workspace: Workspace, collection: str) -> None:
    with pytest.raises(ConfigurationError, match="did not doubt") as refused:
        accept(workspace, "demo", collection, "ana", "")
    assert "registered_models" in refused.value.remedy


def test_an_unknown_source_is_named(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="no source is named elsewhere"):
        accept(workspace, "elsewhere", "registered_models", "ana", "")


def test_a_stated_state_folder_is_never_made(demo_config: Callable[..., Path], tmp_path: Path) -> None:
    """A mistyped path, or a disk that is not mounted, would become a new, empty state."""
    config = demo_config()
    missing = tmp_path / "not-mounted"
    config.write_text(config.read_text() + f"state: {{database: 'sqlite:///{missing}/state.db'}}\n")
    with pytest.raises(ConfigurationError, match="does not exist"):
        _ = Workspace(load(config)).engine
    assert not missing.exists()
