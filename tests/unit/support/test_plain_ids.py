"""What a test id may look like, and what becomes of parameters that make no plain one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.plain_ids import LONGEST, is_plain, pytest_make_parametrize_id
from tests.support.samples import sampled

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("nodeid", ["tests/a.py::test_b", "tests/a.py::test_b[an id-1]", "x" * LONGEST])
def test_plain_ids(nodeid: str) -> None:
    assert is_plain(nodeid)


@pytest.mark.parametrize(
    "nodeid",
    ["", "x" * (LONGEST + 1), "test[na\u00efve]", "test[a\\x00b]", "test[a\nb]", "test[<object object at 0x7f3a5c>]"],
    ids=["empty", "long", "accent", "escaped", "two lines", "address"],
)
def test_ids_that_are_not_plain(nodeid: str) -> None:
    assert not is_plain(nodeid)


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("short", None),
        (7, None),
        (b"PK\x03\x04", "content"),
        ("na\u00efve", "na-ve"),
        ("https://management.azure.com/subscriptions", "https-management.azure.c"),
        ("\u200b", "content"),
    ],
    ids=["short", "number", "bytes", "accent", "long", "nothing plain"],
)
def test_the_id_of_a_parameter(value: object, made: str | None) -> None:
    assert pytest_make_parametrize_id(value, "content") == made


@pytest.mark.parametrize("processes", sampled([[], ["-n", "2"]], []), ids=["one process", "two processes"])
def test_a_collection_with_other_ids_is_refused_by_name(tmp_path: Path, processes: list[str]) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    odd = tmp_path / "test_odd.py"
    odd.write_text("import pytest\n\n\n@pytest.mark.parametrize('x', [1], ids=['a\\tb'])\ndef test_odd(x): pass\n")
    plugins = ["-p", "xdist", "-p", "tests.support.plain_ids", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, *processes]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([*command, str(odd)], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout
    assert "1 test ids are not plain" in done.stderr
    assert r"test_odd.py::test_odd[a\\tb]" in done.stderr
