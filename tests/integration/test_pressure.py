"""The command line where there is no room, or no right to write: a sentence, an exit code, JSON, a report."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from include.governance.cli import main
from include.governance.state.database import open_database
from tests.support import limits
from tests.support.samples import sampled
from tests.support.shell import shell


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go, for this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


def governance(*arguments: str, largest_file: int) -> tuple[int, str, str]:
    done = limits.python("-m", "include.governance", *arguments, largest_file=largest_file)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("largest_file", sampled([4_000, 130_000], 130_000), ids=["state", "staging"])
def test_without_room_a_sync_says_so_and_the_next_goes_on(demo_config: Callable[..., Path], largest_file: int) -> None:
    demo_config()
    home = Path(os.environ["GOVERNANCE_HOME"])
    code, stdout, stderr = governance("sync", "--json", largest_file=largest_file)
    error = json.loads(stdout)
    assert (code, error["error"]) == (1, "StorageFull")
    assert Path(error["path"]).is_relative_to(home)
    assert error["path"] in stderr
    assert error["remedy"] in stderr
    assert not [*home.rglob("*.part"), *home.rglob("outcome.json")]
    again = shell("sync", "--json")
    assert again.returncode == 4  # only the catalog is missing
    assert json.loads(again.stdout)["changes"]["total"] > 100


def test_the_report_of_a_run_that_broke_off_says_why(demo_config: Callable[..., Path], tmp_path: Path) -> None:
    config = demo_config()
    (tmp_path / "file").touch()
    reports = tmp_path / "elsewhere"
    config.write_text(f"{config.read_text()}state: {{staging: {tmp_path / 'file'}, reports: {reports}}}\n")
    done = shell("sync", "--json")
    error = json.loads(done.stdout)
    assert (done.returncode, error["error"]) == (2, "StorageUnwritable")
    report = Path(error["report"])
    assert report.is_relative_to(reports)
    document = json.loads(report.with_suffix(".json").read_bytes())
    assert document["exit_code"] == 2
    assert f"{tmp_path / 'file'}/" in document["headline"]["sentence"]
    assert shell("report", "--json").stdout.strip() == report.with_suffix(".json").read_text().strip()


@pytest.mark.heavy
def test_a_report_that_cannot_be_where_it_belongs_is_with_the_temporary_files(
    demo_config: Callable[..., Path], tmp_path: Path, temporary: Path
) -> None:
    config = demo_config()
    (tmp_path / "file").touch()
    config.write_text(f"{config.read_text()}state: {{reports: {tmp_path / 'file'}}}\n")
    done = shell("plan", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["headline"]["level"] == "findings"
    (report,) = temporary.rglob("report.html")
    assert str(report) in done.stderr
    assert f"{tmp_path / 'file'}/" in done.stderr
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    assert shell("report", "--json").returncode == 0


@pytest.mark.parametrize("file", sampled(["report.html", "outcome.json"], "report.html"))
@pytest.mark.heavy
def test_a_disk_that_is_full_at_the_end_of_a_sync(
    demo_config: Callable[..., Path], temporary: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """The report is with the temporary files, and names the file; the next sync goes on."""
    demo_config()
    home, opened = Path(os.environ["GOVERNANCE_HOME"]), Path.open

    def full(path: Path, *how: Any, **more: Any) -> Any:
        is_it = file in path.name and path.is_relative_to(home)
        return opened(Path("/dev/full"), "wb") if is_it else opened(path, *how, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        done = shell("plan", "--json")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"no room for {home}/" in done.stderr
    assert f"{file} (No space left on device)" in done.stderr
    assert (len([*temporary.rglob("report.html")]) == 1) == (file == "report.html")
    assert not [*home.rglob("*.part")]
    assert shell("plan").returncode == 0


def test_check_names_the_path_that_cannot_be_written(
    demo_config: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo_config()
    (tmp_path / "file").touch()
    monkeypatch.setenv("GOVERNANCE_HOME", str(tmp_path / "file"))
    failed = {one["what"]: one for one in json.loads(shell("check", "--json").stdout)["checks"] if not one["ok"]}
    for what, name in {"state database": "governance.db", "staging": "staging", "reports": "reports"}.items():
        assert f"{tmp_path / 'file' / name} cannot be written" in failed[what]["says"]
        assert failed[what]["exit_code"] == 2
    asked = shell("history", "--record", "credit-default", "--json")
    assert (asked.returncode, json.loads(asked.stdout)["error"]) == (2, "StorageUnwritable")


@pytest.mark.heavy
def test_standard_output_that_takes_no_more(demo_config: Callable[..., Path]) -> None:
    demo_config()
    command = [sys.executable, "-m", "include.governance", "check", "--json"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, cwd=limits.ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("there is no room for standard output (No space left on device).")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "name", "code"),
    [(KeyboardInterrupt(), "Interrupted", 130), (RuntimeError("a bug"), "RuntimeError", None)],
    ids=["interrupted", "bug"],
)
def test_json_is_json_whatever_happens(
    error: BaseException,
    name: str,
    code: int | None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("include.governance.cli.commands.app", fail)
    monkeypatch.setattr(sys, "argv", ["governance", "sync", "--json"])
    with pytest.raises((SystemExit, RuntimeError)) as end:
        main()
    assert json.loads(capsys.readouterr().out)["error"] == name
    assert getattr(end.value, "code", None) == code


def test_a_usage_error_is_json_too() -> None:
    done = shell("sync", "--colour", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (2, "ConfigurationError")


def test_an_existing_home_of_an_earlier_release_is_tightened(demo_config: Callable[..., Path]) -> None:
    demo_config()
    home = Path(os.environ["GOVERNANCE_HOME"])
    for folder in ("staging", "reports"):
        (home / folder).mkdir(parents=True)
        (home / folder).chmod(0o755)
    assert shell("plan").returncode == 0
    open_database(f"sqlite:///{home / 'governance.db'}").dispose()
    paths = [path for path in home.rglob("*") if not path.is_symlink()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
