"""A sync as a process of its own, to be killed: `python -m tests.contract.catalog.publishing DIALECT URL USER ...`"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.contract.catalog.dialects import DIALECTS
from tests.contract.catalog.estate import wide_estate
from tests.contract.catalog.site import Site

ROOT = Path(__file__).parents[3]
DATASETS, BATCH = 30, 10


def start(site: Site, url: str, lock_wait: float = 30) -> subprocess.Popen[str]:
    folder = str(Path(site.database.removeprefix("sqlite:///")).parent)
    arguments = [site.dialect.kind, url, site.user, site.tag, folder, str(DATASETS), str(BATCH), str(lock_wait)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.contract.catalog.publishing", *arguments],
        cwd=ROOT,
        env={**os.environ, "PUBLISHING_PASSWORD": site.password, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def main() -> None:
    dialect, url, user, tag, folder, datasets, batch_size, lock_wait = sys.argv[1:]
    site = Site(DIALECTS[dialect], (url, user, os.environ["PUBLISHING_PASSWORD"]), tag, Path(folder))
    outcome = site.sync(
        wide_estate(tag, int(datasets)),
        run_id=f"run-{os.getpid()}",
        batch_size=int(batch_size),
        lock_wait_seconds=float(lock_wait),
    )
    print(json.dumps({"outcome": asdict(outcome), "said": site.said}))


if __name__ == "__main__":
    main()
