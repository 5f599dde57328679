"""The generated MLflow stores that benchmarks read, kept from one measurement to the next.

`python -m benchmarks.stores small large` builds the cached ones ahead of time.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from include.sandbox.mlflow_content import CONTENT, StoreSize
from include.sandbox.mlflow_store import build, uri

__all__ = ["SIZES", "STORES", "build", "cached", "uri"]

STORES = Path(__file__).parent / ".stores"
SIZES = {"small": StoreSize(2_000, 500, 100), "large": StoreSize(20_000, 3_000, 500)}


def cached(name: str) -> Path:
    """The store of one of SIZES, built on first use and kept under `benchmarks/.stores/`."""
    size = SIZES[name]
    return build(STORES / f"{name}-{CONTENT}.db", size.runs, size.versions, size.models)


def main() -> None:
    """The command line."""
    for name in sys.argv[1:] or SIZES:
        began = time.perf_counter()
        path = cached(name)
        print(f"{name}: {path} ({path.stat().st_size / 1e6:.0f} MB) in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
