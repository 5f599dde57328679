"""The report on one screen, for a terminal and a task log."""

from __future__ import annotations

import textwrap

from ...model.terminal_text import printable
from .access import AccessRow
from .collections import totals
from .differences import Reconciled
from .document import Document
from .findings import FindingGroup
from .headline import Headline, Level, rest_of
from .since_last import SinceLast
from .sources import ReadSource, Source

_WIDTH = 120
_MOST_PROBLEMS = 4
_MOST_SOURCES = 6
_MOST_RECORDS = 8
_MOST_FINDINGS = 8
_MOST_ACCESS = 3
_MOST_DIFFERENCES = 20
_LABEL = 10
_CUT = " ..."
_MARK = {Level.OK: "OK", Level.FINDINGS: "CRITICAL FINDINGS", Level.ATTENTION: "ATTENTION", Level.FAILED: "FAILED"}


def render(document: Document, path: str = "") -> str:
    """Plain text, at most 50 lines of 120 columns; only `path` is never cut. Control characters are left out."""
    lines = [
        *_headline(document.headline),
        "",
        *_labelled("Run", f"{document.run_id} ({document.mode}), {document.started_at}"),
        *(_labelled("Applied", f"the plan of {document.applied_plan}") if document.applied_plan else ()),
        *_since_last(document.since_last),
        *(_differences(document.reconciled) if document.reconciled else _what_was_read(document)),
        *_catalog(document),
        *_labelled("Time", ", ".join(f"{stage.stage} {stage.seconds:.1f} s" for stage in document.stages)),
    ]
    fitted = [_fitted(line) for line in lines]
    return "\n".join([*fitted, f"{'Report':{_LABEL}}{printable(path)}"] if path else fitted)


def _headline(headline: Headline) -> list[str]:
    """The number of further problems stays where the first one is cut."""
    lines = _wrapped(f"{_MARK[headline.level]}: ", headline.sentence)
    if lines[-1].endswith(_CUT) and (rest := rest_of(headline.problems)):
        lines.append(f" {rest}")
    for index, problem in enumerate(headline.problems[:_MOST_PROBLEMS]):
        if index:
            lines += _wrapped("  also: ", problem.sentence, most=2)
        if problem.remedy:
            lines += _wrapped("  do:   ", problem.remedy, most=2)
    hidden = headline.problems[_MOST_PROBLEMS:]
    return lines + _rest(len(hidden), "problems or notes" if any(item.is_note for item in hidden) else "problems")


def _what_was_read(document: Document) -> list[str]:
    return [
        *_sources(document.sources),
        *_records(document),
        *_access(document.access),
        *_findings(document.findings),
    ]


def _differences(reconciled: Reconciled) -> list[str]:
    """What is put right first."""
    rows = reconciled.differences
    lines = _labelled("Compared", f"{reconciled.compared:,} entities; {len(rows):,} differences")
    lines += _labelled("Kept", f"{len(rows) - reconciled.open:,} of them stay as they are in the catalog")
    for row in rows[:_MOST_DIFFERENCES]:
        what = f"{row.what}{f' {row.attribute}' if row.attribute else ''}{'' if row.is_healed else '; stays'}"
        if row.relations:
            what += f", with {len(row.relations):,} relations to it"
        lines.append(f"  {_cut(row.name, 40):40} {what}")
    return lines + _rest(len(rows) - _MOST_DIFFERENCES, "differences")


def _sources(sources: list[Source]) -> list[str]:
    lines: list[str] = []
    for source in sources[:_MOST_SOURCES]:
        seen = ", ".join(totals(source.collections))
        lines += _labelled("Source", f"{source.name[:40]}: {_how_read(source)}{'; ' if seen else ''}{seen}")
    return lines + _rest(len(sources) - _MOST_SOURCES, "sources")


def _how_read(source: Source) -> str:
    if source.asked_for:
        return f"{source.state}, {source.calls:,} calls" if isinstance(source, ReadSource) else str(source.state)
    if not isinstance(source, ReadSource):
        return "not asked for in this run, and no earlier read of it counts"
    return f"not asked for in this run; as read on {source.read_at or 'an earlier day'} ({source.state})"


def _since_last(since: SinceLast) -> list[str]:
    if since.is_first:
        return []
    worse = sum(row.is_worse for row in since.verdicts)
    findings = f"new findings: {len(since.new_findings):,}, gone: {len(since.gone_findings):,}"
    return _labelled("Since", f"{findings}; verdicts moved: {len(since.verdicts):,}, to the worse: {worse:,}")


def _access(rows: list[AccessRow]) -> list[str]:
    """The widest rights first: only those that break a rule, the others are counted."""
    if not rows:
        return []
    wide = [row for row in rows if row.rules]
    lines = _labelled("Access", f"{len(rows):,} endpoints, deployments and agents, {len(wide):,} of them with findings")
    for row in wide[:_MOST_ACCESS]:
        reach = f"at least {row.widest_right}" if row.widest_right else row.unknown_reason or "no right known"
        lines.append(f"  {row.kind:12} {_cut(row.label or row.qualified_name, 40):40} {reach}")
    return lines + _rest(len(wide) - _MOST_ACCESS, "of them")


def _records(document: Document) -> list[str]:
    verdicts, records = document.verdicts, document.records
    counts = f"{verdicts.auditable} auditable, {verdicts.incomplete} incomplete, {verdicts.unauditable} unauditable"
    if verdicts.provisional:
        counts += f", {verdicts.provisional} of them provisional"
    lines = _labelled("Records", counts if records else "none")
    for record in records[:_MOST_RECORDS]:
        owner = record.owner_name or record.owner_stated or "no owner"
        verdict = str(record.verdict or "not judged")
        lines.append(f"  {verdict:12} {_cut(record.name, 40):40} {_cut(owner, 28):28} {record.rules or ''}")
    return lines + _rest(len(records) - _MOST_RECORDS, "records")


def _findings(groups: list[FindingGroup]) -> list[str]:
    lines = _labelled("Findings", str(sum(len(group.items) for group in groups)) if groups else "none")
    lines += [
        f"  {group.severity:12} {_cut(group.rule, 40):40} {len(group.items):5}" for group in groups[:_MOST_FINDINGS]
    ]
    return lines + _rest(len(groups) - _MOST_FINDINGS, "rules")


def _catalog(document: Document) -> list[str]:
    changes, outcome = document.changes, document.outcome
    planned = ", ".join(f"{sum(types.values()):,} {action}" for action, types in changes.counts.items()) or "nothing"
    omitted = "".join(f", {count:,} {kind}" for kind, count in changes.omitted_counts.items())
    lines = _labelled("Plan", f"{planned}; {changes.unchanged:,} unchanged{omitted}")
    if outcome:
        text = f"{outcome.writes} writes, {outcome.calls} calls, {len(outcome.refused)} refused"
        metered = f", {outcome.operations:,} metered operations" if outcome.operations else ""
        edited = f", {len(outcome.edited)} attributes changed on both sides" if outcome.edited else ""
        merged = f", {len(outcome.merged):,} duplicates merged" if outcome.merged else ""
        lines += _labelled("Catalog", f"{text}, {outcome.left} left{merged}{edited}{metered}")
    else:
        lines += _labelled("Catalog", "nothing was sent")
    if document.reconciled:
        return lines
    held, secrets = sum(document.held_back.values()), sum(document.secrets_removed.values())
    older = sum(document.older_agent_versions.values())
    versions = f"{older:,} older agent versions, " if older else ""
    return lines + _labelled("Kept out", f"{held:,} runs without evidence, {versions}{secrets:,} secrets")


def _labelled(label: str, text: str, most: int = 2) -> list[str]:
    return _wrapped(f"{label:{_LABEL}}", text or "none", most)


def _wrapped(head: str, text: str, most: int = 3) -> list[str]:
    """The text after its head, in at most so many lines, the further ones under the text."""
    return textwrap.wrap(
        printable(text),
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        max_lines=most,
        placeholder=_CUT,
        break_on_hyphens=False,
    ) or [head.rstrip()]


def _rest(hidden: int, of: str) -> list[str]:
    return [f"  ... {hidden:,} more {of} in the report"] if hidden > 0 else []


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _fitted(line: str) -> str:
    return _cut(printable(line).rstrip(), _WIDTH)
