"""What on-call must know first: the exit code and one headline with the reasons behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .wording import count

Document = dict[str, Any]

_BROKEN = ("partial", "failed")


class Reason(NamedTuple):
    """One thing that is not as it should be. part: the section of the page that tells more."""

    says: str
    remedy: str
    part: str


def exit_code_of(document: Document) -> int:
    """0 done; 1 the run broke off; 3 a source was read only in part or failed; 4 the catalog refused or failed."""
    outcome = document["outcome"]
    if outcome and (outcome["error"] or outcome["refused"]):
        return 4
    if any(source["state"] != "complete" for source in document["sources"]):
        return 3
    if outcome is None:
        return 1
    return 0


def headline(document: Document) -> Document:
    """{level: ok | attention | failed, sentence, details, reasons}. Failures first, then what was not read.

    details: a sentence with its remedy each. reasons: the same in parts, {says, remedy, part}.
    """
    reasons = [*_broken_off(document), *_catalog(document), *_sources(document), *_rules(document)]
    details = [f"{reason.says} {reason.remedy}".strip() for reason in reasons]
    return {
        "level": _level(document, reasons),
        "sentence": details[0] if details else _quiet(document),
        "details": details,
        "reasons": [reason._asdict() for reason in reasons],
    }


def _level(document: Document, reasons: list[Reason]) -> str:
    if document["outcome"] is None or document["exit_code"] in (1, 4):
        return "failed"
    return "attention" if reasons else "ok"


def _broken_off(document: Document) -> Iterator[Reason]:
    """Stages that raised, and a run that ended before anything was published."""
    failed = [stage for stage in document["stages"] if "error" in stage]
    for stage in failed:
        yield Reason(f"The stage {stage['stage']} failed: {stage['error']}", "", "time")
    if document["outcome"] is None:
        remedy = "Mend what failed, then run the sync again." if failed else "See the log of the run's last task."
        yield Reason("The run broke off: nothing was published by it.", remedy, "time")


def _catalog(document: Document) -> Iterator[Reason]:
    outcome = document["outcome"]
    if not outcome:
        return
    if outcome["error"]:
        error, left = outcome["error"], outcome["left"]
        remains = f" {count(left, 'entity is', 'entities are')} left; the next sync goes on there." if left else ""
        yield Reason(f"Publishing stopped: {error['message']}", f"{error['remedy']}{remains}".strip(), "catalog")
    if outcome["refused"]:
        first, total = outcome["refused"][0], len(outcome["refused"])
        which = first["name"] if total == 1 else f"first {first['name']}"
        yield Reason(
            f"The catalog refused {count(total, 'entity', 'entities')}, {which}: {first['reason']}",
            "Mend them at their source; the next sync tries them again.",
            "catalog",
        )
    if outcome["ledger_rebuilt"]:
        yield Reason(f"Note: {outcome['ledger_rebuilt'].rstrip('.')}.", "", "catalog")


def _sources(document: Document) -> Iterator[Reason]:
    told = {stage["stage"] for stage in document["stages"] if "error" in stage}
    for source in document["sources"]:
        name, aside = source["name"], len(source["quarantined"])
        broken = [item for item in source["collections"] if item["state"] in _BROKEN]
        if broken:
            names = ", ".join(f"{item['collection'].replace('_', ' ')} ({item['state']})" for item in broken)
            yield Reason(f"{name} was not read whole: {names}: {broken[0]['reason']}", broken[0]["remedy"], "sources")
        elif source["state"] != "complete" and f"read {name}" not in told:
            yield Reason(f"{name} was not read at all.", "See the log of the task that reads it.", "sources")
        if aside:
            was = count(aside, "record was", "records were")
            yield Reason(f"{name}: {was} set aside, not understood.", "Mend them there.", "quarantined")


def _rules(document: Document) -> Iterator[Reason]:
    for error in document["rule_errors"]:
        yield Reason(
            f"The rule {error['rule']} could not be run ({error['error']}); verdicts are provisional.",
            f"Mend the rule in the suite {error['suite']}.",
            "rules",
        )


def _quiet(document: Document) -> str:
    outcome, verdicts = document["outcome"], document["verdicts"]
    total = sum(verdicts[name] for name in ("unauditable", "incomplete", "auditable"))
    of = f"{count(total, 'governed model')}, {verdicts['unauditable']} of them unauditable"
    if outcome["mode"] == "plan":
        return f"{count(document['changes']['total'], 'change')} planned, nothing written; {of}."
    if outcome["mode"] == "none":
        return f"Nothing changed, nothing written; {of}."
    written = sum(sum(types.values()) for types in outcome["acknowledged"].values())
    return f"{count(written, 'entity', 'entities')} published; {of}."
