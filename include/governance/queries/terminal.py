"""Query results on a terminal, with rich. Text of a source is shown without markup and control characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..model import json_text
from ..model.rows import Row
from ..model.terminal_text import printable
from .runs import Run

_WIDTH = 140  # where the terminal's width is not known
_COLOURS = {
    "auditable": "green",
    "incomplete": "yellow",
    "unauditable": "red",
    "critical": "red",
    "warning": "yellow",
    "production": "bold",
    "promote": "green",
    "refused": "bold red",
    "cannot tell": "yellow",
}
_MOST_VERSIONS = 20
_STATEMENT = ("what", "value", "stated by", "other values")
_PROMOTION = ("promotion", "since", "until", "by")
_JUDGED = ("version", "to", "answer", "asked by", "on (UTC)", "why")
_WAIVER = ("rule", "for", "by", "until", "reason")


def show_history(document: Row, console: Console | None = None) -> None:
    """The states on a day, where one was asked for, then every state of every version."""
    out = console or _console()
    _line(out, f"Record {document['record']}", "bold")
    if answer := document["on"]:
        _line(out, answer["sentence"])
        states = [(row["label"], row["state"], row["signal"], row["certainty"]) for row in answer["versions"]]
        _table(out, f"States on {answer['date']} (UTC)", ("version", "state", "by", "certainty"), states)
    columns = ("version", "state", "from", "first seen (UTC)", "source's date", "until", "by")
    _table(out, "Every state that syncs saw", columns, [_interval(row) for row in document["versions"]])
    since = _minute(document["known_since"])
    _line(out, f"Not known before {since}, when a sync first saw this record.", "dim")
    _line(out, "A change lies between the sync that last saw the former state and the one that saw the new one.", "dim")


def show_gate(document: Row, console: Console | None = None) -> None:
    """The answer on one promotion, every finding with its remedy, what was not read, how old the rest is."""
    out = console or _console()
    _line(out, f"{document['answer']}: {document['sentence']}", _COLOURS[document["answer"]])
    for finding in document["findings"]:
        mark = "refuses" if finding["refuses"] else "waived" if finding["waived"] else finding["severity"]
        _line(out, f"\n  {mark:8} {finding['rule']}: {finding['sentence']}", _COLOURS.get(finding["severity"], ""))
        _line(out, f"           on {finding['subject']}; seen: {json_text.dump(finding['evidence'])}", "dim")
        _line(out, f"           Remedy: {finding['remedy']} Ask: {finding['ask']}")
        if finding["waived"] or finding["waiver_expired"]:
            _line(out, f"           {finding['waived'] or 'expired: ' + finding['waiver_expired']}", "cyan")
    for one in document["unread"]:
        _line(out, f"\n  not read {one['what']}: {one['reason']}", "yellow")
        _line(out, f"           {one['remedy']}")
    ages = [(age["source"], age["read_at"] or "never") for age in document["sources"]]
    _table(out, "Last read as a whole", ("source", "as of (UTC)"), ages)
    _line(out, f"Judged in {document['seconds']} s with {document['suites'] or 'no suites'}", "dim")


def show_runs(runs: Sequence[Run], console: Console | None = None) -> None:
    """One run a block: what it was and how it ended, then its headline and its report."""
    out = console or _console()
    for run in runs:
        code = "-" if run.exit_code is None else run.exit_code
        ended = f"{run.started_at[:16].replace('T', ' ')}  {run.mode or 'unknown':7}  {code}  {run.outcome}"
        _line(out, f"{run.run_id}  {ended}", "" if run.exit_code == 0 else "yellow")
        for detail in (run.headline, run.report):
            if detail:
                _line(out, f"    {detail}", "dim")
    if not runs:
        _line(out, "No run yet: python -m include.governance sync (or plan).")


def show_tokens(tokens: Sequence[Row], console: Console | None = None) -> None:
    """One token a line; the tokens themselves are not known."""
    times = [
        (row["name"], row["created_by"], *(_minute(row[f"{at}_at"]) for at in ("created", "revoked"))) for row in tokens
    ]
    out = console or _console()
    _table(out, "Tokens", ("name", "made by", "on (UTC)", "withdrawn"), times)
    if not tokens:
        _line(out, "No token yet: python -m include.governance token create NAME.")


def show_explanation(document: Row, console: Console | None = None) -> None:
    """The record with all its evidence, each statement with its source."""
    out = console or _console()
    record, verdict = document["record"], document["verdict"]
    as_of = f"as of {_minute(document['as_of'])} ({document['run_id']})"
    judged = _verdict(verdict) if verdict else "not judged"
    _line(out, f"{record['name']}  ({record['key']})", "bold")
    seen = f", first seen {_minute(record['state_since'])}" if record["state_since"] else ""
    _line(out, f"{record['qualified_name']}, {record['state']}{seen}; {as_of}")
    _line(out, f"Verdict: {judged}; suites {document['suites']}", _COLOURS.get((verdict or {}).get("verdict", ""), ""))
    _table(out, "Ownership and purpose", _STATEMENT, [_statement(row) for row in document["statements"]])
    review = [(name, value) for name, value in document["review"].items() if value]
    _table(out, "Review, as curated in the catalog", ("field", "value"), review)
    _versions(out, document["versions"])
    _table(out, "Promotions", _PROMOTION, [_promotion(row) for row in document["promotions"]])
    links = [(row["kind"], row["qualified_name"], row["rule"]) for row in document["links"]]
    _table(out, "Assets of the record", ("kind", "asset", "rule"), links)
    _findings(out, document["findings"])
    _table(out, "Waivers", _WAIVER, [_waiver(row) for row in document["waivers"]])
    _table(out, "Judged before promotion", _JUDGED, [_judged(row) for row in document["gate"]])
    ages = [(row["what"], _minute(row["at"]), row["why"] or "read completely") for row in document["last_known"]]
    _table(out, "Last read", ("what", "as of", "why"), ages)


def _versions(out: Console, versions: list[Row]) -> None:
    for version in versions[:_MOST_VERSIONS]:
        verdict = f"; {_verdict(version['verdict'])}" if version["verdict"] else ""
        signal = f"{version['signal']} of {version['signal_from']}"
        _line(out, f"\n{version['label']}: {version['state']} by {signal}{verdict}", _COLOURS.get(version["state"], ""))
        _line(out, f"  joined to the record by: {version['joined_by']}", "dim")
        for step in version["chain"]:
            state = f", {step['state']}" if step["state"] else ""
            _line(out, f"  {step['step']:14} {step['name'] or ''}{state}")
            _line(out, f"                 {step['qualified_name']}  by: {step['rule']}", "dim")
        if version["incomplete"]:
            _line(out, f"  not read completely: {version['incomplete']}", "yellow")
    if len(versions) > _MOST_VERSIONS:
        _line(out, f"\n... {len(versions) - _MOST_VERSIONS} more versions: see --json", "dim")


def _findings(out: Console, findings: list[Row]) -> None:
    _line(out, "\nFindings" if findings else "\nNo findings.", "bold")
    for finding in findings:
        severity, remedy = finding["severity"], finding["remedy"]
        _line(out, f"  {severity:8} {finding['rule']}: {finding['sentence']}", _COLOURS.get(severity, ""))
        _line(out, f"           on {finding['subject']}; seen: {finding['evidence_json']}", "dim")
        _line(out, f"           Remedy: {remedy} Ask: {finding['ask']}")
        if finding["waived"]:
            _line(out, f"           {finding['waived']}", "cyan")
        if finding["waiver_expired"]:
            _line(out, f"           expired: {finding['waiver_expired']}", "yellow")


def _statement(row: Row) -> tuple[str, ...]:
    means = f" = {row['means']}" if row["means"] and row["means"] != row["value"] else ""
    members = f" ({', '.join(row['members'])})" if row.get("members") else ""
    state = f", {row['state']}" if row["state"] else ""
    value = f"{row['value']}{means}{members}{state}" if row["value"] else "not stated"
    return row["what"], value, row["source"], row["other"] or ""


def _promotion(row: Row) -> tuple[str, ...]:
    version = f"{row['version_label']} in {row['state']}"
    return version, _since(row), _minute(row["until"]) or "now", row["signal"]


def _since(promotion: Row) -> str:
    """The source's own date of it, where it has one; else when a sync first saw it."""
    stated, seen = promotion["stated_at"], promotion["since"]
    return f"{_minute(stated)}, stated by the source" if stated and stated <= seen else f"first seen {_minute(seen)}"


def _judged(row: Row) -> tuple[str, ...]:
    return row["label"], row["to"], row["answer"], row["asked_by"], row["judged_at"][:16], row["sentence"]


def _waiver(row: Row) -> tuple[str, ...]:
    until = f"{row['until']}" if row["holds"] else f"{row['until']} (expired)"
    return row["rule"], row["record"] or row["subject"], row["by"], until, row["reason"]


def _verdict(verdict: Row) -> str:
    provisional = " (provisional)" if verdict["provisional"] else ""
    return f"{verdict['verdict']}{provisional}: {verdict['rules'] or 'no rule fails'}"


def _interval(row: Row) -> tuple[str, ...]:
    seen = f"{_minute(row['after'])} .. {_minute(row['seen_at'])}" if row["after"] else _minute(row["seen_at"])
    until = _minute(row["until"]) or (f"still, {_minute(row['last_seen'])}" if row["last_seen"] else "still")
    by = f"{row['signal']} of {row['signal_from']}" if row["signal_from"] else row["signal"]
    return row["label"], row["state"], row["from_state"] or "-", seen, _minute(row["stated_at"]), until, by


def _table(out: Console, title: str, columns: Iterable[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    out.print()
    out.print(table)


def _line(out: Console, text: str, style: str = "") -> None:
    breaks = len(text) - len(text.lstrip("\n"))
    out.print(Text("\n" * breaks + printable(text.lstrip("\n")), style=style))


def _minute(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "")


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)
