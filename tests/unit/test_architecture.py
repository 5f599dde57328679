"""The house: the core knows no Airflow, dependencies point one way, heavy imports wait."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "include" / "governance"
STAGES = ("sources", "records", "rules", "plan", "catalog", "reports")


def imports_of(file: Path) -> Iterator[str]:
    """Absolute names of what a file imports."""
    package = file.relative_to(ROOT).with_suffix("").parts
    package = package[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *([node.module] if node.module else [])])


def top_imports_of(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def test_the_core_imports_no_airflow_and_no_sandbox() -> None:
    for file in CORE.rglob("*.py"):
        bad = [
            name for name in imports_of(file) if name.split(".")[0] == "airflow" or name.startswith("include.sandbox")
        ]
        assert not bad, (file, bad)


def test_stages_do_not_import_each_other_sideways() -> None:
    for stage in STAGES:
        for file in (CORE / stage).rglob("*.py"):
            for name in imports_of(file):
                other = re.match(r"include\.governance\.(\w+)", name)
                assert not other or other.group(1) not in set(STAGES) - {stage}, (file, name)


def test_shared_rooms_do_not_know_the_stages() -> None:
    for room in ("staging", "model", "state", "config"):
        for file in (CORE / room).rglob("*.py"):
            bad = [name for name in imports_of(file) if re.match(rf"include\.governance\.({'|'.join(STAGES)})\b", name)]
            assert not bad, (file, bad)


@pytest.mark.parametrize("folder", ["dags", "plugins"])
def test_dag_and_plugin_files_import_nothing_heavy_at_the_top(folder: str) -> None:
    heavy = {"great_expectations", "mlflow", "azure", "pandas", "pyapacheatlas", "pyarrow"}
    for file in (ROOT / folder).rglob("*.py"):
        assert not heavy & {name.split(".")[0] for name in top_imports_of(file)}, file


def test_qualified_names_are_built_in_one_place() -> None:
    builders = re.compile(r"f[\"'](mlflow|governance|azure)://")
    found = [file for file in CORE.rglob("*.py") if builders.search(file.read_text(encoding="utf-8"))]
    assert found == []


def test_the_shell_starts_without_the_heavy_libraries() -> None:
    code = "import sys, include.governance.cli, include.governance.config as c; c.load(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"mlflow", "great_expectations", "pandas", "airflow", "pyapacheatlas"} & set(loaded.split())
