"""What on-call must know first: the exit code and one headline with the reasons behind it."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]


def exit_code_of(document: Document) -> int:
    """0 done; 3 a source was read only in part or failed; 4 the catalog refused or failed."""
    outcome = document["outcome"]
    if outcome and (outcome["error"] or outcome["refused"]):
        return 4
    if any(source["state"] != "complete" for source in document["sources"]):
        return 3
    if outcome is None:
        return 1
    return 0


def headline(document: Document) -> Document:
    """{level: ok | attention | failed, sentence, details}. Failures first, then what was not read, then verdicts."""
    details = [*_catalog(document), *_sources(document), *_stages(document), *_rules(document)]
    level = "failed" if document["exit_code"] in (1, 4) else "attention" if details else "ok"
    return {"level": level, "sentence": details[0] if details else _quiet(document), "details": details}


def _catalog(document: Document) -> list[str]:
    outcome = document["outcome"]
    if not outcome:
        return []
    found = []
    if outcome["error"]:
        error = outcome["error"]
        left = f" {outcome['left']} entities are left; the next sync goes on there." if outcome["left"] else ""
        found.append(f"Publishing stopped: {error['message']} {error['remedy']}{left}")
    if outcome["refused"]:
        first = outcome["refused"][0]
        count = len(outcome["refused"])
        found.append(f"The catalog refused {count} entities, first {first['name']}: {first['reason']}")
    if outcome["ledger_rebuilt"]:
        found.append(f"Note: {outcome['ledger_rebuilt']}.")
    return found


def _sources(document: Document) -> list[str]:
    found = []
    for source in document["sources"]:
        broken = [item for item in source["collections"] if item["state"] in ("partial", "failed")]
        if broken:
            names = ", ".join(f"{item['collection']} ({item['state']})" for item in broken)
            found.append(f"{source['name']} was not read whole: {names}: {broken[0]['reason']} {broken[0]['remedy']}")
        elif source["state"] == "not read":
            found.append(f"{source['name']} was not read at all.")
        if source["quarantined"]:
            found.append(f"{source['name']}: {len(source['quarantined'])} records were set aside, not understood.")
    return found


def _stages(document: Document) -> list[str]:
    return [f"The stage {stage['stage']} failed: {stage['error']}" for stage in document["stages"] if "error" in stage]


def _rules(document: Document) -> list[str]:
    return [
        f"The rule {error['rule']} could not be run ({error['error']}); verdicts are provisional."
        for error in document["rule_errors"]
    ]


def _quiet(document: Document) -> str:
    outcome, verdicts = document["outcome"], document["verdicts"]
    total = sum(verdicts[name] for name in ("unauditable", "incomplete", "auditable"))
    of = f"{total} governed models, {verdicts['unauditable']} of them unauditable"
    if outcome and outcome["mode"] == "plan":
        return f"{document['changes']['total']} changes planned, nothing written; {of}."
    if outcome and outcome["mode"] == "none":
        return f"Nothing changed, nothing written; {of}."
    written = sum(sum(types.values()) for types in outcome["acknowledged"].values()) if outcome else 0
    return f"{written} entities published; {of}."
