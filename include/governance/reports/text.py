"""The report on one screen, for a terminal and a task log."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

_MOST_RECORDS = 12
_MOST_FINDINGS = 10


def render(document: Document, place: str = "") -> str:
    """Plain text, at most about 50 lines. Text of the sources is shown without control characters."""
    lines = [f"{_MARK[document['headline']['level']]} {document['headline']['sentence']}"]
    lines += [f"  also: {detail}" for detail in document["headline"]["details"][1:5]]
    lines += ["", f"Run {document['run_id']} ({document['mode']}), {document['started_at']}"]
    lines += [_source(source) for source in document["sources"]]
    lines += _records(document)
    lines += _findings(document)
    lines += _changes(document)
    lines += [f"Time      {', '.join(_stage(stage) for stage in document['stages'])}"]
    if place:
        lines += [f"Report    {place}"]
    return "\n".join(_printable(line) for line in lines)


_MARK = {"ok": "OK:", "attention": "ATTENTION:", "failed": "FAILED:"}


def _source(source: Document) -> str:
    seen = ", ".join(
        f"{item['seen'] + item['carried']} {item['collection'].replace('_', ' ')}"
        + ("" if item["state"] == "complete" else f" ({item['state']})")
        for item in source["collections"]
    )
    return f"Source    {source['name']}: {source['state']}; {seen}; {source.get('calls', 0)} calls"


def _records(document: Document) -> list[str]:
    verdicts = document["verdicts"]
    lines = [
        "Records   "
        + ", ".join(f"{verdicts[name]} {name}" for name in ("auditable", "incomplete", "unauditable"))
        + (f", {verdicts['provisional']} provisional" if verdicts["provisional"] else "")
    ]
    for record in document["records"][:_MOST_RECORDS]:
        owner = record["owner_name"] or record["owner_stated"] or "no owner"
        lines.append(f"  {record['verdict'] or 'not judged':12} {record['name'][:36]:36} {owner[:30]}")
    hidden = len(document["records"]) - _MOST_RECORDS
    return [*lines, f"  ... {hidden} more in the report"] if hidden > 0 else lines


def _findings(document: Document) -> list[str]:
    lines = ["Findings"] if document["findings"] else ["Findings  none"]
    for group in document["findings"][:_MOST_FINDINGS]:
        lines.append(f"  {group['severity']:9} {group['rule']:34} {len(group['items'])}")
    return lines


def _changes(document: Document) -> list[str]:
    counts, outcome = document["changes"]["counts"], document["outcome"] or {}
    planned = ", ".join(f"{sum(types.values())} {action}" for action, types in counts.items()) or "nothing"
    lines = [f"Plan      {planned}; {document['changes']['unchanged']} unchanged"]
    if outcome:
        lines.append(
            f"Catalog   {outcome.get('writes', 0)} writes, {outcome.get('calls', 0)} calls, "
            f"{len(outcome.get('refused', []))} refused, {outcome.get('left', 0)} left"
        )
    held = sum(document["held_back"].values())
    secrets = sum(document["secrets_removed"].values())
    return [*lines, f"Kept out  {held} runs without evidence, {secrets} secrets"]


def _stage(stage: Document) -> str:
    return f"{stage['stage']} {stage['seconds']:.1f} s"


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else " " for char in line)
