"""Syncs that are killed, or run out of room, on a real Atlas: the next one ends as if they had not been.

Two installations read the same MLflow server, which changes from round to round. One syncs undisturbed; of the other a
first sync comes to grief in each round. Then both have the same catalog and the same history.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from include.governance.errors import ExitCode
from include.governance.stages import PUBLISH, READ_CURATED, RESOLVE, Stage
from include.sandbox import demo
from include.sandbox.faults import Fault
from tests.contract.catalog.dialects import ATLAS
from tests.support import limits
from tests.support.atlas import RealAtlas
from tests.support.demo import write_config
from tests.support.fault_proxy import FaultProxy
from tests.support.life import Life, Rounds
from tests.support.mlflow_server import running
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.atlas, pytest.mark.heavy, pytest.mark.timeout(1_800)]
_SYNC = ("-m", "include.governance", "sync", "--json", "--config")


@dataclass
class Installation(Life):
    """source, catalog: stand before the MLflow server and before Atlas."""

    name: str
    source: FaultProxy
    catalog: FaultProxy

    def clear(self) -> None:
        self.source.clear()
        self.catalog.clear()

    def staged(self) -> set[Path]:
        return {path for path in (self.config.parents[1] / "home" / "staging").rglob("*") if path.is_file()}


@dataclass
class Pair:
    """client: changes what both read."""

    undisturbed: Installation
    troubled: Installation
    client: MlflowClient
    atlas: RealAtlas


@pytest.fixture
def pair(demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_atlas: RealAtlas) -> Iterator[Pair]:
    store = tmp_path / "store" / "mlflow.db"
    store.parent.mkdir()
    shutil.copy(demo.store_uri(demo_home).removeprefix("sqlite:///"), store)
    tag = uuid.uuid4().hex[:6]
    with running(store) as server, FaultProxy(server.url) as source, FaultProxy(real_atlas.url) as catalog:

        def made(name: str) -> Installation:
            config = write_config(tmp_path / name, monkeypatch, source.url, catalog.url, name, real_atlas.password)
            home = tmp_path / name / "home"
            home.mkdir()
            state = {"database": f"sqlite:///{home / 'governance.db'}", "staging": f"{home / 'staging'}"}
            text = config.read_text().replace("kind: mlflow,", "kind: mlflow, page_size: 10, attempts: 1,")
            text = text.replace("attempts: 2\n", "attempts: 2\n  batch_size: 5\n  settle_seconds: 2\n")
            config.write_text(f"{text}state: {json.dumps({**state, 'reports': str(home / 'reports')})}\n")
            return Installation(config, name, source, catalog)

        yield Pair(made(f"calm-{tag}"), made(f"sick-{tag}"), MlflowClient(server.url, server.url), real_atlas)


def test_a_killed_sync_leaves_no_trace(pair: Pair) -> None:
    _compare(pair, {name: _killed(moment) for name, moment in MOMENTS.items()})


def test_a_sync_without_room_leaves_no_trace(pair: Pair) -> None:
    _compare(pair, {f"files of {size} bytes": _without_room(size) for size in SIZES})


def _compare(pair: Pair, troubles: dict[str, Callable[[Installation], None]]) -> None:
    starts: list[int] = []
    calm, sick = (Rounds(life.name, starts) for life in (pair.undisturbed, pair.troubled))
    for (name, trouble), change in zip(troubles.items(), _changes(pair.client), strict=False):
        calm.begin()
        change()
        assert pair.undisturbed.sync()[0] == ExitCode.DONE, name
        trouble(pair.troubled)
        pair.troubled.clear()
        exit_code, document = pair.troubled.sync()
        assert exit_code == ExitCode.DONE, (name, document.outcome)
        expected, found = calm.account(pair.undisturbed), sick.account(pair.troubled)
        assert found.entities.keys() == expected.entities.keys(), name
        for key, said in found.entities.items():
            assert said == expected.entities[key], (name, key)
        assert found.promotions == expected.promotions, name
        assert found.transitions == expected.transitions, name
        assert _twice(pair) == [], name
        exit_code, document = pair.troubled.sync()
        assert (exit_code, document.outcome.writes) == (ExitCode.DONE, 0), name


def _twice(pair: Pair) -> list[str]:
    """Entities of the troubled installation that the catalog has more than once."""
    inspector = ATLAS.inspector(pair.atlas.url, pair.atlas.user, pair.atlas.password)
    try:
        ledger = pair.troubled.workspace.ledger.guids()
        found = [
            name
            for kind in {key.type_name for key in ledger}
            for name in inspector.containing(kind, pair.troubled.name)
        ]
    finally:
        inspector.close()
    return sorted({name for name in found if found.count(name) > 1})


def _changes(client: MlflowClient) -> Iterator[Callable[[], object]]:
    """Changes of what stands in production, without end; at first there are none."""
    yield lambda: None
    versions = [version for version in client.search_model_versions() if version.run_id]
    champions = {
        model.name: model.aliases["champion"]
        for model in client.search_registered_models()
        if "champion" in model.aliases
    }
    origins = [version for version in versions if version.name not in champions]
    for name, number in champions.items():
        source = origins[0] if origins else versions[0]
        yield partial(client.delete_registered_model_alias, name, "champion")
        yield partial(client.set_model_version_tag, name, number, "lifecycle", "staging")
        yield partial(_new_champion, client, name, source)
        yield partial(client.delete_model_version, name, number)
        yield partial(client.set_registered_model_tag, name, "governance.owner", "priya.nair@example.com")
        yield partial(client.delete_registered_model, name)


def _new_champion(client: MlflowClient, name: str, origin: Any) -> None:
    made = client.create_model_version(
        name, origin.source, origin.run_id, model_id=origin.source.removeprefix("models:/")
    )
    client.set_registered_model_alias(name, "champion", made.version)


Moment = Callable[[Installation], Callable[[], object]]


def _killed(moment: Moment) -> Callable[[Installation], None]:
    def trouble(life: Installation) -> None:
        has_come = moment(life)
        process = subprocess.Popen(
            [sys.executable, *_SYNC, str(life.config)],
            cwd=limits.ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            wait_for(lambda: has_come() or process.poll() is not None, "the moment", 600)
            assert process.poll() is None, process.stderr and process.stderr.read()
        finally:
            process.kill()
            process.communicate()

    return trouble


def _at_request(*, through_source: bool = False, **fault: Any) -> Moment:
    """While a request waits for its answer."""

    def moment(life: Installation) -> Callable[[], object]:
        proxy = life.source if through_source else life.catalog
        held = proxy.fault(Fault(any_target=True, **fault))
        answered = held.kind == "timeout_after"
        return lambda: held.hits and any(seen.fault and seen.answered == answered for seen in proxy.requests)

    return moment


def _after(stage: Stage) -> Moment:
    """Once the stage has staged what it found."""

    def moment(life: Installation) -> Callable[[], object]:
        before = life.staged()
        return lambda: any(path.match(f"*/{stage.output}") for path in life.staged() - before)

    return moment


_WRITE: dict[str, Any] = {"method": "POST", "path": "/entity/bulk$"}
MOMENTS: dict[str, Moment] = {
    "the first sync, at its second batch": _at_request(kind="timeout_before", after=1, **_WRITE),
    "a listing of runs": _at_request(kind="timeout_before", path="runs/search", through_source=True),
    "the records are being resolved": _after(READ_CURATED),
    "the verdicts are being made": _after(RESOLVE),
    "a batch that was not applied": _at_request(kind="timeout_before", **_WRITE),
    "a batch that was applied": _at_request(kind="timeout_after", **_WRITE),
    "a second batch that was applied": _at_request(kind="timeout_after", after=1, **_WRITE),
    "before the report": _after(PUBLISH),
}


def _without_room(size: int) -> Callable[[Installation], None]:
    """size: of the largest file that can be written, in bytes."""

    def trouble(life: Installation) -> None:
        life.close_state()
        done = limits.python(*_SYNC, str(life.config), largest_file=size)
        assert "Traceback" not in done.stderr
        printed = json.loads(done.stdout)
        error = printed["outcome"]["error"] if "outcome" in printed else printed  # while it published, or before
        assert (done.returncode, error["error"]) == (1, "StorageFull"), done.stdout
        assert Path(error["path"]).is_relative_to(life.config.parents[1])

    return trouble


# Smaller than what a sync of a small change needs
SIZES = (4_000, 20_000, 60_000)
