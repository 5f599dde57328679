"""A worker that is stopped in the middle of a read, its successor that finishes, and then the first one goes on."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil
import pytest

from include.governance.config import load
from include.governance.model.assets import AssetKind
from include.governance.model.vocabularies import SyncMode
from include.governance.stages import JUDGE, PLAN, READ_CURATED, RESOLVE
from include.governance.staging.plan import Plan
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from include.sandbox.faults import Fault
from tests.support import read_attempt
from tests.support.demo import write_config
from tests.support.fault_proxy import FaultProxy
from tests.support.mlflow_server import MlflowServer
from tests.support.waiting import wait_for

_VERSIONS = "model-versions/search"


@pytest.fixture
def proxy(mlflow_server: MlflowServer) -> Iterator[FaultProxy]:
    with FaultProxy(mlflow_server.url) as proxy:
        yield proxy


@pytest.fixture
def sync(mlflow_server: MlflowServer, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sync:
    """Begun, on a server that has a model of this test's own."""
    name = f"attempts-{tmp_path.parent.name}-{tmp_path.name}"
    client = mlflow_server.client
    run = client.create_run(client.create_experiment(name))
    client.create_registered_model(name)
    client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
    client.set_registered_model_alias(name, "champion", "1")
    sync = Sync(Workspace(load(write_config(tmp_path, monkeypatch, proxy.url, name="odd"))), "again", SyncMode.PLAN)
    sync.begin()
    return sync


@pytest.mark.heavy
@pytest.mark.parametrize("listing", ["registered-models/search", _VERSIONS, "runs/search"])
def test_a_late_writer_cannot_touch_what_won(sync: Sync, proxy: FaultProxy, listing: str) -> None:
    """What only the first attempt sees is damaged: nothing of it may be found in the result."""
    with _stopped_at(listing, sync, proxy) as first:
        second = read_attempt.start(sync.sync_id, "odd")
        assert second.communicate(timeout=120)[0] == ""
        assert second.returncode == 0
        won = sync.snapshot("odd")
        assert won.assets(AssetKind.MODEL_VERSION).num_rows > 0
        assert won.quarantine() == []
        content = _content(Path(won.folder.path))

        proxy.fault(_damaged())
        first.send_signal(signal.SIGCONT)
        said, _ = first.communicate(timeout=120)
    assert first.returncode == 1
    assert "has begun since; its result counts" in said
    assert sync.snapshot("odd").folder.path == won.folder.path
    assert _content(Path(won.folder.path)) == content
    for stage in (READ_CURATED, RESOLVE, JUDGE, PLAN):
        stage.run(sync)
    assert "ai_governed_model" in {change.key.type_name for change in Plan.load(sync.folder).changes}


@contextmanager
def _stopped_at(listing: str, sync: Sync, proxy: FaultProxy) -> Iterator[subprocess.Popen[str]]:
    """An attempt that was stopped while it waited for the listing, whose answer arrives meanwhile."""
    held = proxy.fault(Fault("slow", path=listing, times=None, seconds=600))
    proxy.fault(_damaged())
    first = read_attempt.start(sync.sync_id, "odd")
    try:
        wait_for(lambda: held.hits, f"the request for {listing}")
        first.send_signal(signal.SIGSTOP)
        wait_for(lambda: psutil.Process(first.pid).status() == psutil.STATUS_STOPPED, "the process to stop")
        proxy.clear()
        held.release()
        yield first
    finally:
        first.kill()
        first.wait()


def _damaged() -> Fault:
    return Fault("rewrite", path=_VERSIONS, times=None, edit=_damage)


def _damage(answer: dict[str, Any]) -> None:
    for version in answer.get("model_versions", ()):
        version["version"] = "nonsense"


def _content(folder: Path) -> dict[str, str]:
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}
