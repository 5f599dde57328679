"""What the commands print: colours on a terminal only, and no commands of a source to it."""

from __future__ import annotations

import io
import re

import pytest

from include.governance.cli import output
from include.governance.model.vocabularies import Action
from include.governance.preflight import Check
from include.governance.reports.run.changes import AttributeChange, Changes, ListedChange

PLAN = Changes(
    total=3,
    shown=[
        ListedChange(
            action=Action.UPDATE,
            type_name="ai_model",
            qualified_name="mlflow://s/models/m",
            name="evil\x1b]0;title\x07 [red]m[/red]",
            link=None,
            attributes=[AttributeChange("risk_tier", "low\x1b[2J", "high")],
            add_references={},
            remove_references={},
            add_classifications=["incomplete"],
            remove_classifications=["auditable"],
        )
    ],
)
PLAIN = """\
update   ai_model evil ]0;title  [red]m[/red]
           risk_tier: low [2J -> high
           + incomplete
           - auditable
... 2 more in the report

"""
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_pipe_gets_the_plan_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stdout", pipe)
    output.print_plan(PLAN)
    assert pipe.getvalue() == PLAIN


def test_a_terminal_gets_it_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    output.print_plan(PLAN)
    assert COLOUR.sub("", terminal.getvalue()) == PLAIN
    assert "\x1b[31mlow [2J" in terminal.getvalue() and "\x1b[32mhigh" in terminal.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", terminal)
    output.print_plan(PLAN)
    assert COLOUR.sub("", terminal.getvalue()) == PLAIN
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", terminal.getvalue())


def test_a_check_is_a_line_and_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stdout", pipe)
    output.print_check(Check("suites", True, "12 rules", "unused"))
    output.print_check(Check("source a: runs", False, "refused\x1b[2J.", "Grant it."))
    assert pipe.getvalue() == "ok    suites: 12 rules\nFAIL  source a: runs: refused [2J.\n      Grant it.\n"
