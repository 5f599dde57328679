"""Answers on a terminal, with rich. What came from a source is shown as text: no markup, no control characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = dict[str, Any]

_WIDTH = 140  # where nobody says how wide the terminal is
_COLOURS = {
    "auditable": "green",
    "incomplete": "yellow",
    "unauditable": "red",
    "critical": "red",
    "warning": "yellow",
    "production": "bold",
}
_VERSIONS_SHOWN = 20


def show_history(document: Row, console: Console | None = None) -> None:
    """The answer for a day, where one was asked, then every state of every version."""
    out = console or _console()
    _line(out, f"Record {document['record']}", "bold")
    if answer := document["on"]:
        _line(out, answer["sentence"])
        rows = [(one["label"], one["state"], one["signal"], one["certainty"]) for one in answer["versions"]]
        _table(out, f"States on {answer['date']} (UTC)", ("version", "state", "by", "how sure"), rows)
    seen = [_interval(one) for one in document["versions"]]
    columns = ("version", "state", "from", "seen (UTC)", "source's date", "until", "by")
    _table(out, "Every state that syncs saw", columns, seen)
    _line(out, f"Not known before {_when(document['known_since'])}, when a sync first saw this record.", "dim")
    _line(out, "A change lies between the sync that last saw the former state and the one that saw the new one.", "dim")


def show_explanation(document: Row, console: Console | None = None) -> None:
    """The record, sentence by sentence, each with its source."""
    out = console or _console()
    record, verdict = document["record"], document["verdict"]
    _line(out, f"{record['name']}  ({record['key']})", "bold")
    _line(
        out, f"{record['qualified_name']}, {record['state']}; as of {_when(document['as_of'])} ({document['run_id']})"
    )
    judged = _verdict(verdict) if verdict else "not judged"
    _line(out, f"Verdict: {judged}; suites {document['suites']}", _COLOURS.get((verdict or {}).get("verdict", ""), ""))
    _table(
        out,
        "Who answers for it, and what for",
        ("what", "said", "by", "others say"),
        [_statement(one) for one in document["statements"]],
    )
    review = [(name, value) for name, value in document["review"].items() if value]
    _table(out, "Review, as curated in the catalog", ("field", "value"), review)
    _versions(out, document["versions"])
    kept = ("promotion", "since", "until", "by")
    _table(out, "Promotions", kept, [_promotion(one) for one in document["promotions"]])
    links = [(one["kind"], one["qualified_name"], one["rule"]) for one in document["links"]]
    _table(out, "What the record stands on", ("kind", "asset", "rule"), links)
    _findings(out, document["findings"])
    waivers = [_waiver(one) for one in document["waivers"]]
    _table(out, "Waivers", ("rule", "for", "by", "until", "reason"), waivers)
    ages = [(one["what"], _when(one["at"]), one["why"] or "read whole") for one in document["last_known"]]
    _table(out, "How old it is", ("what", "known as of", "why"), ages)


def _versions(out: Console, versions: list[Row]) -> None:
    for one in versions[:_VERSIONS_SHOWN]:
        verdict = f"; {_verdict(one['verdict'])}" if one["verdict"] else ""
        head = f"\n{one['label']}: {one['state']} by {one['signal']} of {one['signal_from']}{verdict}"
        _line(out, head, _COLOURS.get(one["state"], ""))
        _line(out, f"  joined to the record by: {one['joined_by']}", "dim")
        for step in one["chain"]:
            state = f", {step['state']}" if step["state"] else ""
            _line(out, f"  {step['step']:14} {step['name'] or ''}{state}")
            _line(out, f"                 {step['qualified_name']}  by: {step['rule']}", "dim")
        if one["incomplete"]:
            _line(out, f"  not read whole: {one['incomplete']}", "yellow")
    if len(versions) > _VERSIONS_SHOWN:
        _line(out, f"\n... {len(versions) - _VERSIONS_SHOWN} more versions: see --json", "dim")


def _findings(out: Console, findings: list[Row]) -> None:
    _line(out, "\nFindings" if findings else "\nNo findings.", "bold")
    for one in findings:
        _line(out, f"  {one['severity']:8} {one['rule']}: {one['sentence']}", _COLOURS.get(one["severity"], ""))
        _line(out, f"           on {one['subject']}; seen: {one['evidence_json']}", "dim")
        _line(out, f"           Remedy: {one['remedy']} Ask: {one['ask']}")
        if one["waived"]:
            _line(out, f"           {one['waived']}", "cyan")
        if one["waiver_expired"]:
            _line(out, f"           expired: {one['waiver_expired']}", "yellow")


def _statement(one: Row) -> tuple[str, ...]:
    means = f" = {one['means']}" if one["means"] and one["means"] != one["value"] else ""
    members = f" ({', '.join(one['members'])})" if one.get("members") else ""
    state = f", {one['state']}" if one["state"] else ""
    value = f"{one['value']}{means}{members}{state}" if one["value"] else "nobody says"
    return one["what"], value, one["source"], one["other"] or ""


def _promotion(one: Row) -> tuple[str, ...]:
    return f"{one['version_label']} in {one['state']}", _when(one["since"]), _when(one["until"]) or "now", one["signal"]


def _waiver(one: Row) -> tuple[str, ...]:
    until = f"{one['until']}" if one["holds"] else f"{one['until']} (expired)"
    return one["rule"], one["record"] or one["subject"], one["by"], until, one["reason"]


def _verdict(verdict: Row) -> str:
    provisional = " (provisional)" if verdict["provisional"] else ""
    return f"{verdict['verdict']}{provisional}: {verdict['rules'] or 'no rule fails'}"


def _interval(one: Row) -> tuple[str, ...]:
    seen = f"{_when(one['after'])} .. {_when(one['seen_at'])}" if one["after"] else _when(one["seen_at"])
    until = _when(one["until"]) or (f"still, {_when(one['last_seen'])}" if one["last_seen"] else "still")
    by = f"{one['signal']} of {one['signal_from']}" if one["signal_from"] else one["signal"]
    return one["label"], one["state"], one["from_state"] or "(first seen)", seen, _when(one["stated_at"]), until, by


def _table(out: Console, title: str, columns: Iterable[str], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_printable(cell)) for cell in row))
    out.print()
    out.print(table)


def _line(out: Console, text: str, style: str = "") -> None:
    breaks = len(text) - len(text.lstrip("\n"))
    out.print(Text("\n" * breaks + _printable(text.lstrip("\n")), style=style))


def _printable(value: Any) -> str:
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else " " for char in text)


def _when(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value or "")


def _console() -> Console:
    found = Console(highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(highlight=False, width=_WIDTH)
