"""What the commands print: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console

from ..storage import storage_errors

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


def checks_text(checks: Iterable[Check]) -> str:
    """One line per connection; a failing one is followed by its remedy."""
    lines = []
    for check in checks:
        lines.append(f"{'ok  ' if check.ok else 'FAIL'}  {check.what}: {check.says}")
        if check.remedy and not check.ok:
            lines.append(f"      {check.remedy}")
    return "\n".join(lines)


def snapshot_text(snapshot: Snapshot, folder: Path) -> str:
    """One line per collection, then what reading cost."""
    lines = [
        f"{state.state:12} {state.seen:8} {state.collection} {state.reason} {state.remedy}".rstrip()
        for state in snapshot.collections().values()
    ]
    cost = f"{snapshot.document['calls']} calls, {snapshot.document['seconds']} s"
    return "\n".join([*lines, f"{folder}: {cost}"])


def plan_text(document: Document) -> str:
    """Every shown change with its attributes."""
    lines = []
    for change in document.changes.shown:
        lines.append(f"{change.action:8} {change.type_name} {change.name}")
        lines += [f"           {item.name}: {item.before} -> {item.after}" for item in change.attributes]
        lines += [f"           + {name}" for name in change.add_classifications if change.action != "create"]
        lines += [f"           - {name}" for name in change.remove_classifications]
    hidden = document.changes.total - len(document.changes.shown)
    return "\n".join([*lines, f"... {hidden} more in the report"] if hidden > 0 else lines) + "\n"
