"""What the commands print: colours on a terminal only, and no commands of a source to it."""

from __future__ import annotations

import io
import re

import pytest

from include.governance.cli import output
from include.governance.preflight import Check
from tests.unit.reports import shapes
from tests.unit.reports.parts import REASONS, change, omission

PLAN = shapes.document(
    held_back={"mlflow": 31},
    changes={
        "total": 3,
        "unchanged": 7,
        "counts": {"create": {"ai_model": 2}, "update": {"ai_model": 1}},
        "shown": [
            change(
                "evil\x1b]0;title\x07 [red]m[/red]",
                type_name="ai_model",
                attributes=[{"name": "risk_tier", "before": "low\x1b[2J", "after": "high"}],
                add_references={"model": [["ai_model", "mlflow://s/models/m"]]},
                add_classifications=["incomplete"],
                remove_classifications=["auditable"],
            ),
            change("new-one", "create"),
        ],
        "omitted_counts": {"held back": 1},
        "omitted": [omission("run-1")],
    },
)
# What a reader must find, line by line, with whatever space between
LINES = (
    "Plan",
    "decision entity what old new",
    f"update evil ]0;title [red]m[/red] {REASONS['update']}",
    "ai_model",
    "risk_tier low [2J high",
    "model mlflow://s/models/m",
    "classification auditable",
    "classification incomplete",
    f"create new-one {REASONS['create']}",
    "Left as they are",
    "held back run-1 its source still has it, and nothing that is published needs it any more",
    "... 1 more in the plan: give --out FILE",
    "create 2 new in the catalog",
    "update 1 some of it moved",
    "held back 1 left as it is: not proven to be gone, outside this run, or too much is gone",
    "unchanged 7 as the catalog has it",
    "Runs without evidence, held back and counted on their experiment: 31",
)


def lines_of(printed: str) -> list[str]:
    return [" ".join(line.split()) for line in printed.splitlines()]


def assert_in_order(printed: str) -> None:
    lines = iter(lines_of(printed))
    for expected in LINES:
        assert expected in lines, f"{expected!r} is not where it belongs in:\n{printed}"


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "160")


def test_a_pipe_gets_the_plan_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stdout", pipe)
    output.print_plan(PLAN)
    assert_in_order(pipe.getvalue())
    assert "\x1b" not in pipe.getvalue()


def test_a_terminal_gets_it_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    output.print_plan(PLAN)
    assert "\x1b]" not in terminal.getvalue()
    assert_in_order(COLOUR.sub("", terminal.getvalue()))
    assert "\x1b[31mlow [2J" in terminal.getvalue() and "\x1b[32mhigh" in terminal.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", terminal)
    output.print_plan(PLAN)
    assert "\x1b]" not in terminal.getvalue()
    assert_in_order(COLOUR.sub("", terminal.getvalue()))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", terminal.getvalue())


def test_a_check_is_a_line_and_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stdout", pipe)
    output.print_check(Check("suites", True, "12 rules", "unused"))
    output.print_check(Check("source a: runs", False, "refused\x1b[2J.", "Grant it."))
    assert pipe.getvalue() == "ok    suites: 12 rules\nFAIL  source a: runs: refused [2J.\n      Grant it.\n"
