"""A sync as a process of its own, to be killed: `python -m tests.contract.catalog.publishing DIALECT URL USER ...`"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tests.contract.catalog.dialects import DIALECTS
from tests.contract.catalog.site import Site
from tests.support.catalog_estate import wide_estate

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
