"""The plan as a table on a terminal: what becomes of each entity, why, and each attribute's old and new value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from ..model.terminal_text import printable
from ..model.vocabularies import Action, OmissionKind

if TYPE_CHECKING:
    from ..reports.run.changes import Changes, ListedChange, ListedOmission
    from ..reports.run.document import Document

_WIDTH = 140  # where the terminal's width is not known
_STYLES: dict[str, str] = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.RESTORE: "cyan",
    Action.MISSING: "red",
    Action.RETIRE: "bright_red",
    OmissionKind.HELD_BACK: "blue",
    OmissionKind.REFUSED: "magenta",
    "unchanged": "dim",
}
_MEANINGS: dict[str, str] = {
    Action.CREATE: "new in the catalog",
    Action.UPDATE: "some of it moved",
    Action.RESTORE: "at its source again",
    Action.MISSING: "marked as missing from its source, never deleted",
    Action.RETIRE: "long missing: out of the lineage, never deleted",
    OmissionKind.HELD_BACK: "left as it is: not proven to be gone, outside this run, or too much is gone",
    OmissionKind.REFUSED: "left as it is: not ours to write",
    "unchanged": "as the catalog has it",
}
_NOTHING = ("null", "")
_BEFORE, _AFTER = "red", "green"


class _Row(NamedTuple):
    """One line of an entity: an attribute, a reference or a classification."""

    what: Text
    before: Text = Text()
    after: Text = Text()


def plan_tables(document: Document) -> Iterator[RenderableType]:
    """The table of the changes and of what is left as it is, and the numbers of all."""
    changes = document.changes
    if changes.shown:
        yield _changes(changes)
    if changes.omitted:
        yield _omissions(changes)
    hidden = changes.total + sum(changes.omitted_counts.values()) - len(changes.shown) - len(changes.omitted)
    if hidden > 0:
        yield Text(f"... {hidden:,} more in the plan: give --out FILE")
    yield _numbers(changes)
    if held := sum(document.held_back.values()):
        yield Text(f"Runs without evidence, held back and counted on their experiment: {held:,}", style="dim")
    yield Text()


def plan_console() -> Console:
    """Standard output; a pipe gets a wide table without colours."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


def _changes(changes: Changes) -> Table:
    table = _table("Plan", "decision", "entity", "what", "old", "new")
    for change in changes.shown:
        rows = list(_rows(change)) or [_Row(Text())]
        for index, row in enumerate(rows):
            head = (_decision(change.action), _entity(change)) if index == 0 else (Text(), Text())
            table.add_row(*head, *row, end_section=index == len(rows) - 1)
    return table


def _omissions(changes: Changes) -> Table:
    table = _table("Left as they are", "decision", "entity", "why")
    for one in changes.omitted:
        table.add_row(_decision(one.kind), _entity(one), Text(printable(one.reason)), end_section=True)
    return table


def _numbers(changes: Changes) -> Table:
    table = _table("Entities", "decision", "number", "meaning")
    numbers = {action: sum(types.values()) for action, types in changes.counts.items()}
    numbers |= {**changes.omitted_counts, "unchanged": changes.unchanged}
    for decision in (word for word in _MEANINGS if word in numbers):
        table.add_row(_decision(decision), f"{numbers[decision]:,}", _MEANINGS[decision])
    return table


def _rows(change: ListedChange) -> Iterator[_Row]:
    if change.reason:
        yield _Row(Text(printable(change.reason), style="dim"))
    for item in change.attributes:
        yield _Row(Text(printable(item.name)), _value(item.before, _BEFORE), _value(item.after, _AFTER))
    for name, targets in change.remove_references.items():
        yield from (_Row(Text(name), before=Text(printable(target), style=_BEFORE)) for _, target in targets)
    for name, targets in change.add_references.items():
        yield from (_Row(Text(name), after=Text(printable(target), style=_AFTER)) for _, target in targets)
    for mark in change.remove_classifications:
        yield _Row(Text("classification"), before=Text(mark, style=_BEFORE))
    for mark in change.add_classifications:
        yield _Row(Text("classification"), after=Text(mark, style=_AFTER))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _decision(word: str) -> Text:
    return Text(word, style=_STYLES[word])


def _entity(listed: ListedChange | ListedOmission) -> Text:
    return Text(printable(listed.name or listed.qualified_name), style="bold").append(
        f"\n{listed.type_name}", style="not bold dim"
    )


def _value(text: str, style: str) -> Text:
    return Text("nothing", style="dim") if text in _NOTHING else Text(printable(text), style=style)
