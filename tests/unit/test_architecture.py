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


def test_only_the_registry_names_a_catalogs_dialect() -> None:
    """No identifier, import or text of the core but the dialects' own packages, the registry and the settings."""
    dialects = (CORE / "catalog" / name for name in ("atlas_api", "atlas", "purview"))
    may = (*dialects, CORE / "catalog" / "registry.py", CORE / "config")
    offenders = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in CORE.rglob("*.py")
        if not any(file.is_relative_to(path) for path in may)
        for name in _words(ast.parse(file.read_text(encoding="utf-8")))
        if re.search("atlas|purview", name, re.IGNORECASE)
    ]
    assert offenders == []


def test_stages_are_named_in_one_place() -> None:
    """The DAG, the report and the command line take the names of stages from the table of stages."""
    from include.governance.stages import STAGES

    assert len({stage.name for stage in STAGES}) == len(STAGES)
    titles = {stage.title for stage in STAGES if " " in stage.title}
    elsewhere = [file for file in CORE.rglob("*.py") if file.name != "stages.py"]
    found = [file for file in elsewhere if any(title in file.read_text(encoding="utf-8") for title in titles)]
    assert found == []


def _words(tree: ast.Module) -> Iterator[str]:
    """Identifiers and texts of a module, without its docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(doc) for node in ast.walk(tree) if isinstance(node, documented) if (doc := _docstring(node))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            if isinstance(word := getattr(node, field, None), str):
                yield word


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Constant | None:
    first = node.body[0] if node.body else None
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.value if is_text else None  # type: ignore[union-attr]
