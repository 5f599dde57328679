"""One attempt to read a source, as a process of its own: `python -m tests.support.read_attempt SYNC_ID SOURCE`.

It does what the task of the DAG does: it takes up a sync that has begun and runs its reading stage.
"""

from __future__ import annotations

import subprocess
import sys

from include.governance import pipeline
from include.governance.config import load
from include.governance.errors import GovernanceError
from include.governance.sync import Sync
from include.governance.workspace import Workspace
from tests.support.limits import ROOT


def start(sync_id: str, source: str) -> subprocess.Popen[str]:
    """The attempt, on the configuration that the environment names. It prints the message of its error."""
    command = [sys.executable, "-m", "tests.support.read_attempt", sync_id, source]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def main() -> None:
    sync_id, source = sys.argv[1:]
    try:
        pipeline.read(Sync.resume(Workspace(load()), sync_id), source)
    except GovernanceError as error:
        print(error.message)
        sys.exit(1)


if __name__ == "__main__":
    main()
