"""`python -m include.sandbox.demo --home DIR`: fill a folder with the demo estate, once."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from include.governance.errors import GovernanceError
from include.sandbox.demo.fill import fill, store_uri
from include.sandbox.owner import owner_only

PROJECT = Path(__file__).resolve().parents[3]


def default_home() -> Path:
    """`$GOVERNANCE_HOME/sandbox/mlflow`; GOVERNANCE_HOME defaults to `.governance` in the project's root."""
    return Path(os.environ.get("GOVERNANCE_HOME") or PROJECT / ".governance") / "sandbox" / "mlflow"


def main() -> int:
    """Exit code 0 when the estate is there afterwards, 2 when the folder holds something else."""
    parser = argparse.ArgumentParser(prog="python -m include.sandbox.demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=default_home(), help="folder of the store (%(default)s)")
    home = parser.parse_args().home
    began = time.perf_counter()
    try:
        if fill(home):
            print(f"Filled in {time.perf_counter() - began:.0f} s: {store_uri(home)}")
    except GovernanceError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    owner_only()
    sys.exit(main())
