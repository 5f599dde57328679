"""What resolving and judging cost, at one estate and at ten times as much.

`python -m benchmarks.resolve_judge` prints a table: 20,000 runs, 3,000 versions and 500 models of MLflow beside 20,000
jobs and 200 models of Azure ML, then ten times that; and the joining alone at 1,000,000 relations. Each is a process of
its own, timed and weighed after its imports.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.read_mlflow import _line
from benchmarks.staged_estate import LARGE, stage

_FACTORS = (1, 10)
_RELATIONS = 1_000_000
_PROJECT = Path(__file__).resolve().parents[1]


def resolve_and_judge(folder: str, factor: int) -> dict[str, Any]:
    """Seconds of both stages and megabytes above the imports, in this process."""
    import great_expectations  # noqa: F401
    import scipy.sparse.csgraph  # noqa: F401

    from include.governance import records, rules
    from include.governance.config.models import Settings
    from include.governance.config.register import Register
    from include.governance.estate import Estate
    from include.governance.staging.snapshot import Snapshot

    cases = [{"id": f"UC-{number}", "name": f"Case {number}"} for number in range(30)]
    register = Register.model_validate({"use_cases": cases})
    settings = Settings.model_validate({"sources": [{"name": "mlflow", "uri": "x"}], "catalog": {"url": "x"}})
    suites = rules.load_suites(sorted((_PROJECT / "include/config/suites").glob("*.yaml")))
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    snapshots = [Snapshot(f"{folder}/{source}") for source in ("mlflow", "azureml")]
    found = records.resolve(Estate.of(snapshots), register, settings, records.Past(), datetime.now(UTC)).records
    resolved = time.perf_counter()
    judgement = rules.judge(found, suites)
    judged = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "estate": f"{factor}x",
        "versions": len(found.evidence),
        "records": len(found.records),
        "findings": len(judgement.findings),
        "resolve s": resolved - began,
        "judge s": judged - resolved,
        "both s": judged - began,
        "peak MB": (peak - before) / 1e6,
    }


def join_alone(count: int) -> dict[str, Any]:
    """Connected components over `count` relations between half as many units."""
    import numpy as np
    import pandas as pd

    from include.governance.records.identity.components import join
    from include.governance.records.identity.edges import EDGES

    rng = np.random.default_rng(7)
    nodes = np.array([f"azure://workspaces/ws/models/m-{number}" for number in range(count // 2)], dtype=object)
    left, right = (nodes[rng.integers(0, len(nodes), count)] for _ in range(2))
    edges = pd.DataFrame({"left": left, "right": right, "rank": 2, "rule": "same run"}, columns=EDGES)
    units = pd.DataFrame({"unit": nodes, "claim_key": None})
    before, began = psutil.Process().memory_info().rss, time.perf_counter()
    joined = join(units, edges, [])
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    components = len(set(joined.component.values()))
    return {"relations": count, "components": components, "s": seconds, "peak MB": (peak - before) / 1e6}


def _in_own_process(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.resolve_judge", "--one", *arguments]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    row: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return row


def _print(rows: list[dict[str, Any]]) -> None:
    print(_line(list(rows[0])), _line(["---"] * len(rows[0])), *(_line(list(row.values())) for row in rows), sep="\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="rounds; the table shows medians")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, number = options.one[0], int(options.one[1])
        print(json.dumps(join_alone(number) if name == "join" else resolve_and_judge(name, number)))
        return
    with tempfile.TemporaryDirectory() as home:
        for factor in _FACTORS:
            stage(LARGE.times(factor), Path(home, str(factor)))
        rounds = [
            [_in_own_process(f"{home}/{factor}", str(factor)) for factor in _FACTORS] for _ in range(options.times)
        ]
    medians = [
        {
            name: statistics.median(row[name] for row in rows) if isinstance(value, float) else value
            for name, value in rows[0].items()
        }
        for rows in zip(*rounds, strict=True)
    ]
    _print(medians)
    print(f"ten times the estate costs {medians[1]['both s'] / medians[0]['both s']:.1f} times the time")
    _print([_in_own_process("join", str(_RELATIONS))])


if __name__ == "__main__":
    main()
