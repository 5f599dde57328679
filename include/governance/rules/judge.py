"""Findings and verdicts from the records and the configured suites."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from ..config.register import Waiver
from ..model import json_text
from ..model.tables import FINDINGS, VERDICTS
from ..staging.judgement import Judgement
from ..staging.records import Records
from ..staging.rows import plain
from ..staging.rows import rows as rows_of
from .engine import RuleResult, run_rules
from .suites import SEVERITIES, Rule, Suite, stamp
from .waivers import WaiverIndex

_UNSAID = "unknown"
_NUMBERS = ("secrets_removed", "share", "lost", "rows", "rows_before", "traffic")


def judge(
    records: Records, suites: Sequence[Suite], waivers: Sequence[Waiver] = (), today: date | None = None
) -> Judgement:
    """Findings with evidence and remedy, and verdicts for every version and agent in scope and every record.

    A version is unauditable with a critical finding, incomplete with a warning, else auditable; a record is what its
    production versions are together. A rule that errors is reported and makes the verdicts it would have judged
    provisional: it is never taken for failing data. waivers: the register's; a finding that one covers on that day (by
    default the present one, UTC) stays visible and does not count.
    """
    evidence = plain(records.evidence)
    excused = WaiverIndex(waivers, today or datetime.now(UTC).date())
    findings: list[dict[str, Any]] = []
    errors: list[dict[str, str]] = []
    judged: set[str] = set()
    provisional: set[str] = set()
    tables = {
        "version": evidence,
        "record": plain(records.records).assign(record_key=records.records["key"]),
        "deployment": plain(records.serving),
        "access": plain(records.access),
        "source": plain(records.health),
    }
    for suite in suites:
        rows = _in_scope(tables[suite.subject], suite)
        if suite.subject == "version":
            judged.update(rows["qualified_name"])
        by_name = {row["qualified_name"]: row for row in rows_of(rows)}
        for result in run_rules(suite.rules, _typed(rows)):
            if result.error:
                errors.append({"suite": suite.suite, "rule": result.rule.id, "error": result.error})
                provisional.update(by_name)
            found = [excused(_finding(result, by_name[name])) for name in result.failing]
            findings += found
            if result.rule.makes_provisional:
                provisional.update(result.failing)
    table = pd.DataFrame(findings, columns=FINDINGS.names).sort_values(["rule", "subject"], ignore_index=True)
    subjects = evidence[evidence["qualified_name"].isin(judged)]
    verdicts = _verdicts(subjects, records.records, table, provisional, stamp(suites))
    return Judgement(table, verdicts, errors, stamp(suites))


def _in_scope(rows: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    for column, wanted in suite.scope.conditions().items():
        rows = rows[rows[column].isin(wanted)]
    return rows


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts as numbers, so that comparisons in expectations work on columns with gaps."""
    counts = [name for name in rows.columns if name.endswith("_count") or name in _NUMBERS]
    return rows.assign(**{name: pd.to_numeric(rows[name]).astype("float64") for name in counts})


def _finding(result: RuleResult, row: dict[str, Any]) -> dict[str, Any]:
    rule = result.rule
    shown = {name: _UNSAID if value is None else value for name, value in row.items()}
    return {
        "rule": rule.id,
        "severity": rule.severity,
        "subject": row["qualified_name"],
        "subject_label": row["label"],
        "record_key": row["record_key"],
        "sentence": rule.says.format_map(shown),
        "remedy": rule.remedy.format_map(shown),
        "ask": _asked(rule, row),
        "evidence_json": json_text.dump({name: row[name] for name in rule.evidence}),
    }


def _asked(rule: Rule, row: dict[str, Any]) -> str:
    if rule.ask != "owner":
        return rule.ask
    return row["owner_name"] or row["owner_stated"] or "platform team (no owner is known)"


def _verdicts(
    subjects: pd.DataFrame, records: pd.DataFrame, findings: pd.DataFrame, provisional: set[str], suites: str
) -> pd.DataFrame:
    by_subject = dict(tuple(findings.groupby("subject")))
    by_record = dict(tuple(findings.groupby("record_key")))
    none = findings.iloc[:0]
    rows = [
        _verdict(row["qualified_name"], "version", row["record_key"], by_subject.get(row["qualified_name"], none))
        | {"provisional": row["qualified_name"] in provisional}
        for row in subjects.to_dict("records")
    ]
    shaky = {row["record_key"] for row in rows if row["provisional"]}
    judged = {row["record_key"] for row in rows}
    rows += [
        _verdict(row["qualified_name"], "record", row["key"], by_record.get(row["key"], none))
        | {"provisional": row["key"] in shaky}
        for row in records.to_dict("records")
        if row["key"] in judged
    ]
    return pd.DataFrame([row | {"suites": suites} for row in rows], columns=VERDICTS.names)


def _verdict(subject: str, kind: str, record_key: str, findings: pd.DataFrame) -> dict[str, Any]:
    waived = findings["waived_until"].notna()
    set_aside = ", ".join(sorted(set(findings.loc[waived, "rule"])))
    findings = findings[~waived]
    counts = {severity: int((findings["severity"] == severity).sum()) for severity in SEVERITIES}
    verdict = "unauditable" if counts["critical"] else "incomplete" if counts["warning"] else "auditable"
    rules = ", ".join(sorted(set(findings["rule"])))
    return {
        "subject": subject,
        "subject_kind": kind,
        "record_key": record_key,
        "verdict": verdict,
        **counts,
        "rules": rules,
        "waived": set_aside,
    }
