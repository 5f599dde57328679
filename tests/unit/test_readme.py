"""What the README says of verbs, exit codes, variables and ports is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.governance.cli import app
from include.governance.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
CODE = ("include/governance", "include/sandbox", "plugins", "dags", "include/config/governance.yaml")


@pytest.mark.parametrize("verb", [command.callback.__name__ for command in app.registered_commands if command.callback])
def test_every_verb_is_there(verb: str) -> None:
    assert re.search(rf"(`|include\.governance ){verb}[ `]", README)


def test_every_exit_code_is_there() -> None:
    assert re.findall(r"^   \| (\d+) \|", README, re.MULTILINE) == [str(int(code)) for code in ExitCode]


def test_every_variable_is_there() -> None:
    paths = [ROOT / name for name in CODE]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    asked = {name for file in files for name in re.findall(r"\bGOVERNANCE_[A-Z_]+[A-Z]\b", file.read_text())}
    told = set(re.findall(r"`(GOVERNANCE_[A-Z_]+)`", README))
    told |= {f"GOVERNANCE_AZURE{name}" for name in re.findall(r"`(_[A-Z]+)`", README)}
    assert asked <= told, asked - told
    assert told <= asked | {"GOVERNANCE_AZURE_POOL"}, told - asked


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", README)
    assert targets and all((ROOT / target).exists() for target in targets)
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_every_target_of_make_is_there() -> None:
    targets = set(re.findall(r"`make ([a-z-]+)`", README))
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets <= made


def test_bench_measures_what_the_readme_says() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nbench:")[2].partition("\n\n")[0]
    assert re.findall(r"benchmarks\.(\w+)([a-z ]*)", recipe) == [
        ("scrub", ""),
        ("read_mlflow", " small large"),
        ("read_azure", " small"),
        ("resolve_judge", ""),
        ("publish_atlas", " small"),
    ]
