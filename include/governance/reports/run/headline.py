"""What on-call must know first: the exit code and one headline with the reasons behind it and what to do."""

from __future__ import annotations

from typing import Any, NamedTuple

from .collections import broken

Document = dict[str, Any]

_MOST_NAMED = 2


class Problem(NamedTuple):
    """One sentence on what is wrong, one on what to do about it."""

    sentence: str
    remedy: str = ""


def exit_code_of(document: Document) -> int:
    """0 done; 1 the run broke off; 3 a source was read only in part or failed; 4 the catalog refused or failed."""
    outcome = document["outcome"]
    if outcome and (outcome["error"] or outcome["refused"]):
        return 4
    if outcome is None and any("error" in stage for stage in document["stages"] if not _reads(stage)):
        return 1
    if any(source["state"] != "complete" for source in document["sources"]):
        return 3
    return 1 if outcome is None else 0


def headline(document: Document) -> Document:
    """{level: ok | attention | failed, sentence, details, problems}. The catalog first, then stages, then sources.

    problems: [{sentence, remedy}], the first one is the headline. details: the same as plain sentences.
    """
    problems = [*_catalog(document), *_stages(document), *_sources(document), *_rules(document)]
    return {
        "level": _level(document, problems),
        "sentence": problems[0].sentence if problems else _quiet(document),
        "details": [f"{problem.sentence} {problem.remedy}".strip() for problem in problems],
        "problems": [problem._asdict() for problem in problems],
    }


def _level(document: Document, problems: list[Problem]) -> str:
    states = [source["state"] for source in document["sources"]]
    nothing_read = bool(states) and all(state in ("failed", "not read") for state in states)
    if document["outcome"] is None or nothing_read or document["exit_code"] in (1, 4):
        return "failed"
    return "attention" if problems else "ok"


def _catalog(document: Document) -> list[Problem]:
    outcome = document["outcome"]
    if not outcome:
        return []
    found = []
    if outcome["error"]:
        error = outcome["error"]
        left = f"{_count(outcome['left'], 'entity is', 'entities are')} left; the next sync goes on there."
        remedy = " ".join(part for part in (error.get("remedy", ""), left if outcome["left"] else "") if part)
        found.append(Problem(f"Publishing stopped: {_sentence(error['message'])}", remedy))
    if outcome["refused"]:
        first = outcome["refused"][0]
        count = _count(len(outcome["refused"]), "entity", "entities")
        found.append(
            Problem(
                f"The catalog refused {count}, first {first['name']}: {_sentence(first['reason'])}",
                "Mend what the reasons name; the next sync tries them again.",
            )
        )
    if outcome["ledger_rebuilt"]:
        found.append(Problem(f"Note: {_sentence(outcome['ledger_rebuilt'])}"))
    return found


def _stages(document: Document) -> list[Problem]:
    failed = [stage for stage in document["stages"] if "error" in stage]
    if not failed and document["outcome"] is None:
        last = document["stages"][-1]["stage"] if document["stages"] else ""
        after = f"after the stage {last}" if last else "before its first stage"
        return [
            Problem(
                f"The run broke off {after}: nothing was published.",
                "Look into the task log, then run it again: what the catalog has stays as it is.",
            )
        ]
    return [Problem(f"The stage {stage['stage']} failed: {_sentence(stage['error'])}") for stage in failed]


def _sources(document: Document) -> list[Problem]:
    found = []
    for source in document["sources"]:
        said = broken(source["collections"])
        if said:
            first = next(item for item in source["collections"] if item["state"] in ("partial", "failed"))
            names = ", ".join(said[:_MOST_NAMED])
            if len(said) > _MOST_NAMED:
                names += f" and {len(said) - _MOST_NAMED} more"
            found.append(
                Problem(
                    f"{source['name']} was not read whole: {names}: {_sentence(first['reason'])}",
                    first["remedy"],
                )
            )
        elif source["state"] == "not read":
            found.append(Problem(f"{source['name']} was not read at all."))
        if source["quarantined"]:
            count = len(source["quarantined"])
            verb = "was" if count == 1 else "were"
            found.append(
                Problem(
                    f"{source['name']}: {_count(count, 'record', 'records')} {verb} set aside, not understood.",
                    "See Set aside for each id and reason; all the others were taken.",
                )
            )
    return found


def _rules(document: Document) -> list[Problem]:
    return [
        Problem(
            f"The rule {error['rule']} could not be run ({error['error']}); verdicts are provisional.",
            f"Mend the rule in the suite {error.get('suite') or 'it stands in'}.",
        )
        for error in document["rule_errors"]
    ]


def _quiet(document: Document) -> str:
    outcome, verdicts = document["outcome"], document["verdicts"]
    total = sum(verdicts[name] for name in ("unauditable", "incomplete", "auditable"))
    of = f"{_count(total, 'governed model', 'governed models')}, {verdicts['unauditable']} of them unauditable"
    if outcome["mode"] == "plan":
        changes = _count(document["changes"]["total"], "change", "changes")
        return f"{changes} planned, nothing written; {of}."
    if outcome["mode"] == "none":
        return f"Nothing changed, nothing written; {of}."
    written = sum(sum(types.values()) for types in outcome["acknowledged"].values())
    return f"{_count(written, 'entity', 'entities')} published; {of}."


def _reads(stage: Document) -> bool:
    return str(stage["stage"]).startswith("read ")


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _sentence(text: str) -> str:
    """Ends in a full stop, once."""
    stripped = str(text).strip()
    return stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."
