"""A snapshot that an earlier sync read, and this one was told not to: it is whole, and proves no absence."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.governance.estate import Coverage
from include.governance.model.assets import AssetKind
from include.governance.model.read_status import ReadMode, ReadStatus
from include.governance.records.states.ended_signals import EndedSignals
from include.governance.staging.attempts import ReadAttempt, finished, is_kept, keep
from include.governance.staging.folder import Folder
from include.governance.staging.snapshot import Snapshot
from tests.support.workspaces import WorkspacesSnapshotBuilder, version_name


@pytest.fixture
def kept(tmp_path: Path) -> Snapshot:
    builder = WorkspacesSnapshotBuilder(tmp_path, unread=["w2/models"])
    builder.version("w1")
    return Snapshot(builder.snapshot().folder.path, kept=True)


def test_it_is_as_it_was_read(kept: Snapshot) -> None:
    states = kept.collections()
    assert {state.mode for state in states.values()} == {ReadMode.KEPT}
    assert states["w1/models"].state == ReadStatus.COMPLETE
    assert states["w2/models"].state == ReadStatus.FAILED
    coverage = Coverage([kept])
    assert coverage.is_complete(AssetKind.MODEL_VERSION, version_name("w1", "m", 2))
    assert coverage.names("azureml", AssetKind.MODEL_VERSION) == {version_name("w1", "m", 1)}


def test_what_it_lacks_is_not_gone_and_its_signals_have_not_ended(kept: Snapshot) -> None:
    lost = version_name("w1", "m", 2)
    read = Coverage([Snapshot(kept.folder.path)])
    assert read.is_absent(AssetKind.MODEL_VERSION, lost, "azureml")
    assert EndedSignals(read).has_ended(lost)
    coverage = Coverage([kept])
    assert not coverage.is_absent(AssetKind.MODEL_VERSION, lost, "azureml")
    assert not EndedSignals(coverage).has_ended(lost)


def test_a_later_attempt_to_read_takes_its_place(tmp_path: Path) -> None:
    attempts, former = Folder(str(tmp_path / "attempts")), Folder(str(tmp_path / "former"))
    keep(attempts, former)
    assert (finished(attempts).path, is_kept(attempts)) == (former.path, True)
    with ReadAttempt(attempts) as attempt:
        pass
    assert (finished(attempts).path, is_kept(attempts)) == (attempt.folder.path, False)
