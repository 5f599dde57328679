"""What the demo writes is for its owner only."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.limits import ROOT

WRITE = """
import os, subprocess, sys
from pathlib import Path
os.umask(0)
from include.sandbox.owner import owner_only
owner_only()
Path(sys.argv[1]).mkdir()
subprocess.run(["touch", sys.argv[1] + "/by a child"], check=True)
"""
PROGRAMS = ("__main__.py", "airflow_ui.py", "atlas/__main__.py", "azure/__main__.py", "demo/__main__.py")


def test_files_of_its_children_too(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    subprocess.run([sys.executable, "-c", WRITE, str(folder)], cwd=ROOT, check=True)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "by a child")]
    assert modes == [0o700, 0o600]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_begins_with_it(program: str) -> None:
    text = (ROOT / "include" / "sandbox" / program).read_text()
    assert 'if __name__ == "__main__":\n    owner_only()\n' in text
