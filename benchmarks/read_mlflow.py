"""Reading MLflow against the floor of reading it: seconds, calls, memory, and a read in which nothing has changed.

`python -m benchmarks.read_mlflow [small large]` prints one table for the generated stores of those sizes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped,unused-ignore]

from benchmarks import stores
from benchmarks.read_floor import floor
from include.governance.config.connections import from_environment
from include.governance.config.models import MlflowSource
from include.governance.scrub import Scrubber
from include.governance.sources import read
from include.governance.staged.folder import Folder
from include.governance.staged.snapshot import Snapshot
from include.sandbox.mlflow_server import mlflow_server

PROJECT = Path(__file__).resolve().parents[1]
_MB = 1e6
_SAMPLE_SECONDS = 0.02


class Line(NamedTuple):
    """One row of the table. Seconds are medians of `times` reads; memory is MB of a process of its own."""

    size: str
    page_size: int
    floor: float
    ours: float
    calls_floor: int
    calls: int
    no_change: float
    no_change_calls: int
    imports_mb: float
    peak_mb: float

    def __str__(self) -> str:
        return (
            f"{self.size:<6} {self.page_size:>6} {self.floor:>8.2f} {self.ours:>8.2f} {self.ours / self.floor:>6.2f}"
            f" {self.calls_floor:>6} {self.calls:>6} {self.no_change:>10.2f} {self.no_change_calls:>6}"
            f" {self.imports_mb:>8.0f} {self.peak_mb:>6.0f} {self.peak_mb - self.imports_mb:>7.0f}"
        )


HEAD = "store   pages  floor s   ours s  ratio calls:f calls:o no-change s calls imports  peak  growth"


def measure(name: str, url: str, page_size: int, times: int) -> Line:
    """Floor and read in turn, so that a busy machine slows both alike; then a read since the last one."""
    source = MlflowSource(name="bench", uri=url, page_size=page_size)
    floors, ours, later = [], [], []
    with tempfile.TemporaryDirectory() as home:
        for turn in range(times):
            plain = floor(url, page_size)
            floors.append(plain.seconds)
            seconds, last = timed(source, f"{home}/full{turn}")
            ours.append(seconds)
        for turn in range(times):
            seconds, again = timed(source, f"{home}/again{turn}", last)
            later.append(seconds)
        memory = in_own_process(url, page_size, f"{home}/memory")
    return Line(
        name,
        page_size,
        statistics.median(floors),
        statistics.median(ours),
        plain.calls,
        last.document["calls"],
        statistics.median(later),
        again.document["calls"],
        memory["imports"],
        memory["peak"],
    )


def timed(source: MlflowSource, path: str, since: Snapshot | None = None) -> tuple[float, Snapshot]:
    began = time.perf_counter()
    snapshot = read(source, Folder(path), from_environment, since)
    seconds = time.perf_counter() - began
    if not snapshot.complete:
        raise RuntimeError(f"the store was not read whole: {snapshot.collections()}")
    return seconds, snapshot


def in_own_process(url: str, page_size: int, path: str) -> dict[str, float]:
    """Resident MB of a process that reads once: after its imports, and at its highest."""
    command = [sys.executable, "-m", "benchmarks.read_mlflow", "--memory-of", url, path, str(page_size)]
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def memory_of(url: str, path: str, page_size: int) -> dict[str, float]:
    Scrubber()
    imports = psutil.Process().memory_info().rss / _MB
    with peak_memory() as highest:
        timed(MlflowSource(name="bench", uri=url, page_size=page_size), path)
    return {"imports": imports, "peak": highest["mb"]}


@contextmanager
def peak_memory() -> Iterator[dict[str, float]]:
    """The highest resident memory of this process in the block, in MB, sampled."""
    highest = {"mb": 0.0}
    done = threading.Event()

    def sample() -> None:
        process = psutil.Process()
        while not done.wait(_SAMPLE_SECONDS):
            highest["mb"] = max(highest["mb"], process.memory_info().rss / _MB)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield highest
    finally:
        done.set()
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(stores.SIZES))
    parser.add_argument("--page-size", type=int, default=MlflowSource.model_fields["page_size"].default)
    parser.add_argument("--times", type=int, default=3, help="reads of each kind")
    parser.add_argument("--memory-of", nargs=3, metavar=("URL", "FOLDER", "PAGE_SIZE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.memory_of:
        url, path, page_size = asked.memory_of
        print(json.dumps(memory_of(url, path, int(page_size))))
        return
    Scrubber()  # its rules import slowly, once
    print(HEAD, flush=True)
    for name in asked.sizes:
        store = stores.cached(name)
        with mlflow_server(stores.uri(store), stores.STORES / "artifacts") as url:
            floor(url, asked.page_size)  # the server's first answers are slow
            print(measure(name, url, asked.page_size, asked.times), flush=True)


if __name__ == "__main__":
    main()
