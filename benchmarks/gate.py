"""The gate's service against the floor of reading one version: the calls that it makes at the least, plainly made.

`python -m benchmarks.gate [small large] [--callers 20]` prints a line per generated store: seconds of the floor and of
one question after another, then of many at once. The goal is a 95th percentile of one second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import yaml

from benchmarks import stores
from include.governance import pipeline
from include.governance.config import load
from include.governance.config.loader import PROJECT
from include.governance.model.vocabularies import SyncMode
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from include.sandbox.mlflow_server import mlflow_server
from include.sandbox.promotion import gate_service

GOAL_SECONDS = 1.0
_SOURCE, _API = "bench", "/api/2.0/mlflow"
HEAD = "store   floor s  gate s  ratio  p50 s  p95 s  at once"


class Version(NamedTuple):
    """One version of the store, with what a judgement on it reads."""

    model: str
    number: str
    run: str


def versions(url: str, count: int) -> list[Version]:
    """The first versions that name a run."""
    answer = httpx.get(f"{url}{_API}/model-versions/search", params={"max_results": 1_000}, timeout=60).json()
    named = [
        Version(one["name"], one["version"], one["run_id"]) for one in answer["model_versions"] if one.get("run_id")
    ]
    return named[:count]


def floor(url: str, version: Version) -> None:
    """Version, model, run and experiment of one version, one call each."""
    with httpx.Client(base_url=f"{url}{_API}", timeout=60) as http:
        named = {"name": version.model, "version": version.number}
        http.get("/model-versions/get", params=named).raise_for_status()
        http.get("/registered-models/get", params={"name": version.model}).raise_for_status()
        run = http.get("/runs/get", params={"run_id": version.run}).raise_for_status().json()
        experiment = run["run"]["info"]["experiment_id"]
        http.get("/experiments/get", params={"experiment_id": experiment}).raise_for_status()


def took(work: Callable[[Version], None], version: Version) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work(version)
    return time.perf_counter() - began


def workspace_of(url: str, folder: Path) -> Workspace:
    """An installation that has read the server once, and may not write."""
    os.environ["GOVERNANCE_HOME"] = str(folder / "home")
    settings = {
        "sources": [{"name": _SOURCE, "kind": "mlflow", "uri": url}],
        "catalog": {"url": "http://127.0.0.1:9"},
        "suites": [str(PROJECT / "include" / "config" / "suites")],
        "register": str(PROJECT / "include" / "config" / "register.yaml"),
        "gate": {"seconds": 60},
    }
    file = folder / "governance.yaml"
    file.write_text(yaml.safe_dump(settings))
    workspace = Workspace(load(file))
    pipeline.run_stages(Sync(workspace, "bench", SyncMode.PLAN))
    return workspace


def measure(name: str, callers: int, rounds: int) -> tuple[str, bool]:
    """The line of one store, and whether the goal is met."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mlflow_server(stores.uri(stores.cached(name)), Path(folder) / "artifacts") as url,
    ):
        workspace = workspace_of(url, Path(folder))
        asked = versions(url, callers)
        token = workspace.tokens.create("bench", "bench", datetime.now(UTC))
        with gate_service(lambda: workspace) as service:

            def ask(version: Version) -> None:
                body = {"source": _SOURCE, "model": version.model, "version": version.number}
                headers = {"Authorization": f"Bearer {token}"}
                answer = httpx.post(f"{service}/gate", json=body, headers=headers, timeout=600).raise_for_status()
                if answer.json()["answer"] not in ("promote", "refused"):
                    raise SystemExit(f"{version}: {answer.json()['sentence']}")

            ask(asked[0])  # what is loaded once
            pairs = [(took(lambda one: floor(url, one), one), took(ask, one)) for one in asked[:rounds]]
            with ThreadPoolExecutor(callers) as pool:
                together = sorted(pool.map(lambda one: took(ask, one), asked))
    return _line(name, pairs, together)


def _line(name: str, pairs: Sequence[tuple[float, float]], together: Sequence[float]) -> tuple[str, bool]:
    least, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / floor for floor, mine in pairs)
    middle, late = statistics.median(together), together[int(0.95 * (len(together) - 1))]
    line = f"{name:<6} {least:>8.3f} {ours:>7.2f} {ratio:>6.1f} {middle:>6.2f} {late:>6.2f} {len(together):>8}"
    return line, late <= GOAL_SECONDS


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stores", nargs="*", default=["small"], choices=stores.SIZES)
    parser.add_argument("--callers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args()
    print(HEAD, flush=True)
    for name in chosen.stores:
        line, is_met = measure(name, chosen.callers, chosen.rounds)
        print(line if is_met else f"{line}  over {GOAL_SECONDS:.0f} s", flush=True)


if __name__ == "__main__":
    main()
