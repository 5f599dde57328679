"""What reading MLflow costs, against the floor of plain paged calls: time, calls, memory, and a read without changes.

`python -m benchmarks.read_mlflow [small large]` prints a table. Floor and read take turns on the same server; each read
is a process of its own, timed and weighed after its imports.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks import stores
from benchmarks.read_floor import floor
from include.governance.config.models import MlflowSource
from include.sandbox.mlflow_server import mlflow_server

_PAGE_SIZE = int(MlflowSource.model_fields["page_size"].default)


class Cost(NamedTuple):
    """seconds: wall time. grown_mb: peak of resident memory over what the imports took."""

    seconds: float
    calls: int
    grown_mb: float


def cost_of_one(url: str, folder: str, page_size: int, since: str) -> Cost:
    """One read of the server at `url` into `folder`, in this process."""
    import pandas  # noqa: F401  (pyarrow imports it with the first array that it builds)

    from include.governance import sources
    from include.governance.config.connections import from_environment
    from include.governance.scrub import Scrubber
    from include.governance.sources.mlflow import read, rest  # noqa: F401
    from include.governance.staging.folder import Folder
    from include.governance.staging.snapshot import Snapshot

    Scrubber().text("what it imports at first use")
    source = MlflowSource(name="bench", uri=url, page_size=page_size)
    last = Snapshot(since) if since else None
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    snapshot = sources.read(source, Folder(folder), from_environment, last)
    seconds = time.perf_counter() - began
    if not snapshot.complete:
        raise RuntimeError(f"the read is not complete: {snapshot.collections()}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Cost(seconds, snapshot.document["calls"], (peak - before) / 1e6)


def _in_own_process(url: str, folder: Path, page_size: int, since: Path | None = None) -> Cost:
    command = [sys.executable, "-m", "benchmarks.read_mlflow", "--one", url, str(folder), "--page-size", str(page_size)]
    answer = subprocess.run([*command, "--since", str(since or "")], check=True, stdout=subprocess.PIPE, text=True)
    return Cost(*json.loads(answer.stdout.splitlines()[-1]))


def measure(name: str, times: int, page_size: int) -> dict[str, Any]:
    """The row of one generated store: medians of `times` rounds of floor, read, read without changes."""
    floors, reads, idle = [], [], []
    with (
        mlflow_server(stores.uri(stores.cached(name)), stores.STORES / "artifacts") as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        floor(url, page_size)
        for number in range(times):
            floors.append(floor(url, page_size))
            reads.append(_in_own_process(url, Path(folder, f"full{number}"), page_size))
            idle.append(_in_own_process(url, Path(folder, f"idle{number}"), page_size, Path(folder, f"full{number}")))
    return {
        "store": name,
        "runs": floors[0].counts["runs"],
        "floor s": statistics.median(cost.seconds for cost in floors),
        "ours s": statistics.median(cost.seconds for cost in reads),
        "ratio": statistics.median(
            ours.seconds / floor_cost.seconds for ours, floor_cost in zip(reads, floors, strict=True)
        ),
        "floor calls": floors[0].calls,
        "ours calls": reads[0].calls,
        "peak MB": max(cost.grown_mb for cost in reads),
        "no change s": statistics.median(cost.seconds for cost in idle),
        "no change calls": idle[0].calls,
        "no change MB": max(cost.grown_mb for cost in idle),
    }


def _line(cells: list[Any]) -> str:
    shown = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells]
    return "| " + " | ".join(cell.rjust(8) for cell in shown) + " |"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(stores.SIZES))
    parser.add_argument("--page-size", type=int, default=_PAGE_SIZE)
    parser.add_argument("--times", type=int, default=3, help="rounds; the table shows medians")
    parser.add_argument("--one", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--since", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        url, folder = options.one
        print(json.dumps(cost_of_one(url, folder, options.page_size, options.since)))
        return
    for number, name in enumerate(options.sizes):
        row = measure(name, options.times, options.page_size)
        if number == 0:
            print(_line(list(row)), _line(["---"] * len(row)), sep="\n")
        print(_line(list(row.values())), flush=True)


if __name__ == "__main__":
    main()
