"""The architecture: dependencies between packages, imports of heavy libraries, where names are built."""

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


def test_dependencies_between_packages() -> None:
    """The contracts of [tool.importlinter]: no Airflow in the core, layers, independent stages, no cycles."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def top_imports_of(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


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
