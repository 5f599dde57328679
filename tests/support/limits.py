"""Runs Python in a process whose files may grow to a limit only: for a full disk, without being root."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(
    *arguments: str, largest_file: int, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The finished process. largest_file: in bytes; writing beyond it is EFBIG."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file)),
    )
