"""What the commands print: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.text import Text

from ..model.terminal_text import printable
from ..storage import storage_errors
from .plan_table import plan_console, plan_tables

if TYPE_CHECKING:
    from ..preflight import Check
    from ..reports.run.document import Document
    from ..staging.snapshot import Snapshot

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def progress(sentence: str) -> None:
    """One sentence, dimmed, on standard error."""
    _console.print(sentence, style="dim", markup=False)


def failure(text: str) -> None:
    """An error on standard error."""
    _console.print(text, style="red", markup=False)


def print_text(text: str) -> None:
    """A result for a reader."""
    _write(text)


def print_json(document: Any) -> None:
    """A result for a program: one JSON document."""
    _write(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode())


def _write(text: str) -> None:
    """Flushed at once: what cannot be written is an error here, not one at the end of the process."""
    with storage_errors("standard output"):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def print_check(check: Check) -> None:
    """One line on one thing; a failing one is followed by its remedy."""
    line = Text("ok  " if check.ok else "FAIL", style="green" if check.ok else "bold red")
    line.append(f"  {check.what}: {printable(check.says)}", style="")
    remedies = [Text(f"      {printable(check.remedy)}")] if check.remedy and not check.ok else []
    _print([line, *remedies])


def snapshot_text(snapshot: Snapshot, folder: Path) -> str:
    """One line per collection, then what reading cost."""
    lines = [
        f"{state.state:12} {state.seen:8} {state.collection} {state.reason} {state.remedy}".rstrip()
        for state in snapshot.collections().values()
    ]
    cost = f"{snapshot.document['calls']} calls, {snapshot.document['seconds']} s"
    return "\n".join([*lines, f"{folder}: {cost}"])


def print_plan(document: Document) -> None:
    """Each decision of the plan with its reason, coloured on a terminal."""
    console = plan_console()
    with storage_errors("standard output"):
        for part in plan_tables(document):
            console.print(part)
        sys.stdout.flush()


def _print(lines: Iterable[Text]) -> None:
    """Coloured lines for a reader; a pipe, and NO_COLOR, get them plain."""
    console = Console(highlight=False, soft_wrap=True)
    with storage_errors("standard output"):
        for line in lines:
            console.print(line)
        sys.stdout.flush()
