"""How a verdict shows on an entity: attributes a person reads, classifications a searcher filters on."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ...config.models import Publish
from ...model.rows import Row
from ...model.sentences import as_sentence
from ...model.vocabularies import Verdict
from ...staging.judgement import Judgement
from ...staging.rows import rows
from .attributes import TextLimits, milliseconds

_CLASSIFICATION_OF_RULE = {
    "lineage.dataset.missing": "training data unknown",
    "ownership.owner.missing": "owner missing",
    "identity.suspected_duplicate": "suspected duplicate",
    "review.overdue": "review overdue",
    "retirement.due": "retirement due",
}
_NO_OWNER = "No owner is registered: name one in the register, or in the field owner of ai_governance on this record."
_MOST_FINDINGS = 200
VERDICT_CLASSIFICATIONS = frozenset({*Verdict, *_CLASSIFICATION_OF_RULE.values()})


def published_judgement(judgement: Judgement, settings: Publish) -> Judgement:
    """The judgement as the catalog shows it: without the mark of what an earlier sync read, where settings say so."""
    if settings.provisional:
        return judgement
    is_old = judgement.verdicts["evidence_as_of"].notna()
    provisional = judgement.verdicts["provisional"].astype(bool) & ~is_old
    unmarked = judgement.verdicts.assign(provisional=provisional, evidence_as_of=None)
    return replace(judgement, verdicts=unmarked)


def verdict_attributes(verdict: Row | None, findings: pd.DataFrame | None, cut: TextLimits) -> Row:
    """The attributes of a judged entity; nothing for one that no suite judged."""
    if verdict is None:
        return {}
    stated = rows(findings[~findings["only_provisional"].astype(bool)]) if findings is not None else []
    lines = sorted({str(cut.text(_in_words(row))) for row in stated})
    if len(lines) > _MOST_FINDINGS:
        lines[_MOST_FINDINGS:] = [f"... {len(lines) - _MOST_FINDINGS} more: see the run report"]
    return {
        "verdict": verdict["verdict"],
        "verdict_provisional": bool(verdict["provisional"]),
        "evidence_as_of": milliseconds(verdict["evidence_as_of"]),
        "critical_findings": int(verdict["critical"]),
        "warning_findings": int(verdict["warning"]),
        "findings": lines or None,
        "suites": verdict["suites"],
    }


def _in_words(finding: Row) -> str:
    """What is wrong, a waiver, what to do, whom to ask: one line, as the catalog's pages show it."""
    until, by, why = (finding[f"waived_{part}"] for part in ("until", "by", "reason"))
    parts = (
        f"{finding['rule']}: {finding['sentence']}",
        f"Waived until {until} by {by}: {as_sentence(why)}" if until else "",
        f"To do: {as_sentence(finding['remedy'])}" if finding["remedy"] else "",
        f"Ask: {as_sentence(finding['ask'])}" if finding["ask"] else "",
    )
    return " ".join(part for part in parts if part)


def classifications_of(verdict: Row | None) -> list[str]:
    """The classifications that follow from a verdict and the rules that failed."""
    if verdict is None:
        return []
    failed = verdict["rules"].split(", ")
    return [verdict["verdict"], *(name for rule, name in _CLASSIFICATION_OF_RULE.items() if rule in failed)]


def record_description(verdict: Row | None, owner: str | None, description: str | None) -> str | None:
    """Verdict, broken rules and a missing owner before the description: search results show the beginning of it.

    Of a record that is not judged only the description: where it has none, that attribute is a curator's.
    """
    if verdict is None:
        return description
    word = verdict["verdict"].capitalize() + (" (provisional)" if verdict["provisional"] else "")
    broken = f": {verdict['rules']}" if verdict["rules"] else ""
    nobody = "" if owner else f" {_NO_OWNER}"
    return f"{word}{broken}.{nobody} {description or 'No description.'}"
