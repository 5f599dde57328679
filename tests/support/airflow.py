"""Code that runs in a process of its own: Airflow takes its settings once, when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Arguments: Airflow's home, then the mode of each run, after the name of its DAG and a colon where it is not the sync's
RUN_DAG = """
import sys
from pathlib import Path
from include.sandbox import airflow_run
airflow_run.prepare(Path(sys.argv[1]))
airflow_run.migrate()
for run in sys.argv[2:]:
    print("RESULT", *airflow_run.run_dag(*reversed(run.split(":"))))
"""


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "GOVERNANCE_RETRY_SECONDS": "0", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def lines(output: str, word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in output.splitlines() if line.startswith(word)]
