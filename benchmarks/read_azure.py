"""What reading an Azure ML estate costs, against the floor of plain paged GETs at the same concurrency.

`python -m benchmarks.read_azure [small large]` prints a table. The emulator is a process of its own that answers every
request 50 ms late; floor and read take turns on it. Each read is a process of its own, timed and weighed after its
imports. MLflow endpoints (measured by benchmarks.read_mlflow) and role assignments are left out.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.azure_floor import floor
from benchmarks.read_mlflow import Cost, _line
from include.governance.config.models import AzureMlSource
from include.sandbox.azure import azure_emulator
from include.sandbox.azure.generated import SIZES, generated

_DELAY = 0.05


def serve(size: str) -> None:
    """Serves the estate until standard input ends; prints the settings of a source that reads it."""
    with azure_emulator(generated(SIZES[size]), delay_seconds=_DELAY) as azure:
        settings = azure.settings("azure_ml", mlflow=False, access=False, requests_per_second=1_000)
        document = settings.model_dump(mode="json")
        document["credential"]["client_secret"] = settings.credential.client_secret.get_secret_value()
        print(json.dumps({"settings": document, "url": azure.url}), flush=True)
        sys.stdin.read()


@contextmanager
def _served(size: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.read_azure", "--serve", size]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


def cost_of_one(settings: dict[str, Any], folder: str) -> Cost:
    """One read into `folder`, in this process."""
    import azure.ai.ml
    import azure.mgmt.authorization  # noqa: F401
    import pandas  # noqa: F401

    from include.governance import sources
    from include.governance.config.connections import from_environment
    from include.governance.scrub import Scrubber
    from include.governance.sources.azure_ml import connector  # noqa: F401
    from include.governance.staging.folder import Folder

    Scrubber().text("what it imports at first use")
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    snapshot = sources.read(AzureMlSource.model_validate(settings), Folder(folder), from_environment)
    seconds = time.perf_counter() - began
    if not snapshot.complete:
        raise RuntimeError(f"the read is not complete: {snapshot.collections()}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Cost(seconds, snapshot.document["calls"], (peak - before) / 1e6)


def _in_own_process(settings: dict[str, Any], folder: Path) -> Cost:
    command = [sys.executable, "-m", "benchmarks.read_azure", "--one", json.dumps(settings), str(folder)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(*json.loads(answer.stdout.splitlines()[-1]))


def _token(settings: AzureMlSource) -> str:
    from include.governance.config.connections import from_environment
    from include.governance.sources.azure.session import open_session

    session = open_session(settings, from_environment)
    try:
        return session.token(session.cloud.arm_scope)
    finally:
        session.close()


def measure(size: str, times: int) -> dict[str, Any]:
    """The row of one estate: medians of `times` rounds of floor and read."""
    floors, reads = [], []
    with _served(size) as served, tempfile.TemporaryDirectory() as folder:
        settings = AzureMlSource.model_validate(served["settings"])
        for number in range(times):
            token = _token(settings)
            floors.append(
                floor(served["url"], token, str(settings.ca_bundle), str(settings.subscription), settings.concurrency)
            )
            reads.append(_in_own_process(served["settings"], Path(folder, str(number))))
    return {
        "estate": size,
        "jobs": floors[0].items["jobs"],
        "floor s": statistics.median(cost.seconds for cost in floors),
        "ours s": statistics.median(cost.seconds for cost in reads),
        "ratio": statistics.median(
            ours.seconds / floor_cost.seconds for ours, floor_cost in zip(reads, floors, strict=True)
        ),
        "floor calls": floors[0].calls,
        "ours calls": reads[0].calls,
        "calls ratio": reads[0].calls / floors[0].calls,
        "peak MB": max(cost.grown_mb for cost in reads),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--times", type=int, default=3, help="rounds; the table shows medians")
    parser.add_argument("--one", nargs=2, metavar=("SETTINGS", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", metavar="SIZE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    if options.one:
        print(json.dumps(cost_of_one(json.loads(options.one[0]), options.one[1])))
        return
    for number, size in enumerate(options.sizes):
        row = measure(size, options.times)
        if number == 0:
            print(_line(list(row)), _line(["---"] * len(row)), sep="\n")
        print(_line(list(row.values())), flush=True)


if __name__ == "__main__":
    main()
