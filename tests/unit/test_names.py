"""Names are the field's terms, each bound once; files stay short."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[2]
OWN_CODE = ("include", "dags", "plugins")
ALL_CODE = (*OWN_CODE, "tests", "benchmarks")

LONGEST_FILE = 500
# file -> why it may be longer
LONG_FILES: dict[str, str] = {}

# word -> what the field calls it
FORBIDDEN: dict[str, str] = {
    "ahead": "prefetch",
    "anew": "recreate",
    "apart": "cannot_link, separate",
    "aside": "quarantine",
    "behind": "upstream",
    "believed": "accepted",
    "careful": "constrained",
    "driven": "via_sdk",
    "excused": "waived",
    "interleaved": "round_robin",
    "mend": "fix",
    "moment": "timestamp",
    "obliged": "required",
    "place": "container, origin, path, index",
    "places": "containers, origins",
    "said": "declared, message",
    "says": "message",
    "shown": "display, truncated",
    "singly": "one by one: name what is written",
    "speaks": "message",
    "stamp": "timestamp",
    "standing": "open, current",
    "stands": "depends_on, in",
    "told": "reported, distinguished",
    "troubled": "conflicting",
    "wanted": "expected, desired",
}
# Public: columns of tables that suites of users name, keys of configuration files and reports
PUBLIC_NAMES = frozenset({"stands_on", "behind", "says", "shown"})

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Name(NamedTuple):
    """A name at the line that binds it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def files(folders: Iterable[str]) -> list[Path]:
    all_files = (file for folder in folders for file in (PROJECT / folder).rglob("*.py"))
    return sorted(file for file in all_files if "migrations" not in file.parts)


@cache
def used_names() -> list[tuple[Name, frozenset[str]]]:
    """Names of the product's own code, with their words."""
    return [(name, _words(name.text)) for file in files(OWN_CODE) for name in _names(file)]


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def relative(file: Path) -> str:
    return file.relative_to(PROJECT).as_posix()


def test_no_name_is_bound_twice() -> None:
    twice = [f"{relative(file)}:{name}" for file in files(ALL_CODE) for name in _bound_twice(parsed(file).body)]
    assert not twice, "\n".join(twice)


def test_no_file_is_too_long() -> None:
    lengths = {relative(file): len(file.read_text().splitlines()) for file in files(ALL_CODE)}
    too_long = {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE}
    assert too_long.keys() == LONG_FILES.keys()


@pytest.mark.parametrize("word", FORBIDDEN)
def test_names_are_the_terms_of_the_field(word: str) -> None:
    offenders = [name for name, words in used_names() if word in words]
    message = f"{len(offenders)} names with {word!r}; better: {FORBIDDEN[word]}"
    assert not offenders, "\n".join([message, *map(str, offenders)])


def _bound_twice(body: list[ast.stmt]) -> Iterator[str]:
    """Line and name of what one scope binds again without a condition, and of what its classes do."""
    seen: set[str] = set()
    for statement in body:
        for name in _binds(statement):
            if name in seen:
                yield f"{statement.lineno}: {name}"
            seen.add(name)
        if isinstance(statement, ast.ClassDef):
            yield from _bound_twice(statement.body)


def _binds(statement: ast.stmt) -> list[str]:
    """The names that a statement binds; none for overloads and for the setters of properties."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in statement.decorator_list}
        return [] if decorators & {"overload", "setter", "deleter"} else [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name) for alias in statement.names]
    nodes = (node for target in _targets(statement) for node in ast.walk(target))
    return [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id != "_"]


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def _names(file: Path) -> Iterator[Name]:
    """Functions, classes, parameters, names of modules and of their attributes: what other code refers to."""
    module = parsed(file)
    yield Name(relative(file), 1, file.stem)
    for statement in _scopes(module):
        for name in _binds(statement):
            yield Name(relative(file), statement.lineno, name)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Name(relative(file), node.lineno, node.name)
        if isinstance(node, ast.arg):
            yield Name(relative(file), node.lineno, node.arg)


def _scopes(module: ast.Module) -> Iterator[ast.stmt]:
    """Assignments of the module and of its classes."""
    classes = [node for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    bodies = [module.body, *(scope.body for scope in classes)]
    for body in bodies:
        yield from (statement for statement in body if _targets(statement))


def _words(name: str) -> frozenset[str]:
    return frozenset() if name.lstrip("_") in PUBLIC_NAMES else frozenset(word.lower() for word in _WORDS.findall(name))
