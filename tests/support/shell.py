"""The command line of the product, and what it left."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from include.governance.cli import main

ROOT = Path(__file__).resolve().parents[2]


class Done(NamedTuple):
    """What a command left. stdout, stderr: all that it printed."""

    returncode: int
    stdout: str
    stderr: str


def shell(*arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    """The command in this process: importing what it needs takes longer than most commands."""
    stdout, stderr, returncode = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.dict(os.environ, environment or {}),
        mock.patch.object(sys, "argv", ["governance", *arguments]),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
    ):
        try:
            main()
        except SystemExit as end:
            returncode = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    return Done(returncode, stdout.getvalue(), stderr.getvalue())


def process(*arguments: str) -> Done:
    """The command as a shell starts it."""
    command = [sys.executable, "-m", "include.governance", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return Done(done.returncode, done.stdout, done.stderr)
