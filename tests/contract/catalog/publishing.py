"""A sync as a process of its own, to be killed: `python -m tests.contract.catalog.publishing URL USER TAG ...`"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tests.contract.catalog.estate import wide_estate
from tests.contract.catalog.site import Site


def main() -> None:
    url, user, tag, folder, datasets, batch_size, lock_wait = sys.argv[1:]
    site = Site(url, user, os.environ["PUBLISHING_PASSWORD"], tag, Path(folder))
    outcome = site.sync(
        wide_estate(tag, int(datasets)),
        run_id=f"run-{os.getpid()}",
        batch_size=int(batch_size),
        lock_wait_seconds=float(lock_wait),
    )
    print(json.dumps({"outcome": asdict(outcome), "said": site.said}))


if __name__ == "__main__":
    main()
