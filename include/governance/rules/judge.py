"""Findings and verdicts from the records and the configured suites."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa

from ..config.register import Waiver
from ..model import json_text
from ..model.rows import Row
from ..model.tables import COUNT, FINDINGS, VERDICTS
from ..model.vocabularies import Severity, SubjectKind, Verdict
from ..staging.judgement import Judgement
from ..staging.records import Records
from ..staging.rows import plain, timestamps
from ..staging.rows import rows as rows_of
from .engine import RuleResult, run_rules
from .suites import TABLES, Rule, Suite, suites_fingerprint
from .waivers import WaiverIndex

_NOT_STATED = "unknown"
_NOBODY = "platform team (no owner is registered: name one in the register)"


def judge(
    records: Records,
    suites: Sequence[Suite],
    waivers: Sequence[Waiver] = (),
    today: date | None = None,
    severities: Mapping[Any, Mapping[str, Severity]] = MappingProxyType({}),
) -> Judgement:
    """Findings with evidence and remedy; verdicts on all versions, agents and deployments in scope and all records.

    A version is unauditable with a critical finding, incomplete with a warning, else auditable; a record is what its
    production versions are together. A rule that errors is reported and makes the verdicts it would have judged
    provisional: it is never taken for failing data.

    Args:
        waivers: the register's. A finding that one covers stays visible and does not count.
        today: the day on which waivers must be in force; by default the present one, UTC.
        severities: by lifecycle state, what counts there instead of a rule's severity: by the rule's id, else by that.
    """
    waiver_index = WaiverIndex(waivers, today or datetime.now(UTC).date())
    findings: list[Row] = []
    errors: list[dict[str, str]] = []
    judged: set[str] = set()
    provisional: set[str] = set()
    tables = _tables(records)
    for suite in suites:
        rows = _in_scope(tables[suite.subject], suite)
        if suite.subject == "version":
            judged.update(rows["qualified_name"])
        by_name = {row["qualified_name"]: row for row in rows_of(rows)}
        for result in run_rules(suite.rules, _typed(rows, TABLES[suite.subject])):
            if result.error:
                errors.append({"suite": suite.suite, "rule": result.rule.id, "error": result.error})
                provisional.update(by_name)
            findings += [waiver_index.apply(_finding(result, by_name[name], severities)) for name in result.failing]
            if result.rule.makes_provisional:
                provisional.update(result.failing)
    table = pd.DataFrame(findings, columns=FINDINGS.names).sort_values(["rule", "subject"], ignore_index=True)
    evidence = tables["version"]
    subjects = evidence[evidence["qualified_name"].isin(judged)]
    verdicts = _verdicts(subjects, records.records, findings, provisional, suites_fingerprint(suites))
    verdicts["evidence_as_of"] = timestamps(pd.Series(_read_at(verdicts, subjects), index=verdicts.index, dtype=object))
    return Judgement(table, verdicts, errors, suites_fingerprint(suites))


def rules_applied(records: Records, suites: Sequence[Suite], names: Collection[str]) -> list[Rule]:
    """The rules that `judge` runs on any of the subjects with these qualified names, in the order of the suites."""
    tables, applied = _tables(records), list[Rule]()
    for suite in suites:
        rows = _in_scope(tables[suite.subject], suite)
        rows = rows[rows["qualified_name"].isin(names)]
        applied += [rule for rule in suite.rules if len(rule.rows(rows))]
    return applied


def _tables(records: Records) -> dict[str, pd.DataFrame]:
    """By subject of a suite, the rows that it judges."""
    return {
        "version": plain(records.evidence),
        "record": plain(records.records).assign(record_key=records.records["key"]),
        "deployment": plain(records.serving),
        "access": plain(records.access),
        "source": plain(records.health),
    }


def _in_scope(rows: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    for column, values in suite.scope.conditions().items():
        rows = rows[rows[column].isin(values)]
    return rows


def _typed(rows: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """Counts as numbers, so that comparisons in expectations work on columns with gaps."""
    counts = [field.name for field in schema if field.type == COUNT]
    return rows.assign(**{name: pd.to_numeric(rows[name]).astype("float64") for name in counts})


def _finding(result: RuleResult, row: Row, severities: Mapping[Any, Mapping[str, Severity]]) -> Row:
    rule = result.rule
    in_state = severities.get(row.get("state") or "", {})
    columns = {name: _NOT_STATED if value is None else value for name, value in row.items()}
    return {
        "rule": rule.id,
        "severity": in_state.get(rule.id) or in_state.get(rule.severity, rule.severity),
        "subject": row["qualified_name"],
        "subject_label": row["label"],
        "record_key": row["record_key"],
        "sentence": rule.message.format_map(columns),
        "remedy": rule.remedy.format_map(columns),
        "ask": _contact(rule, row),
        "evidence_json": json_text.dump({name: _plain(row[name]) for name in rule.evidence}),
        "only_provisional": rule.makes_provisional and rule.severity == Severity.INFO,
    }


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _contact(rule: Rule, row: Row) -> str:
    if rule.contact != "owner":
        return rule.contact
    return row["owner_name"] or row["owner_stated"] or _NOBODY


def _verdicts(
    subjects: pd.DataFrame, records: pd.DataFrame, findings: Sequence[Row], provisional: set[str], suites: str
) -> pd.DataFrame:
    by_subject, by_record = _by(findings, "subject"), _by(findings, "record_key")
    rows = [
        _verdict(name, SubjectKind.VERSION, record_key, by_subject.get(name, ())) | {"provisional": name in provisional}
        for name, record_key in zip(subjects["qualified_name"], subjects["record_key"], strict=True)
    ]
    provisional_records = {row["record_key"] for row in rows if row["provisional"]}
    judged = {row["record_key"] for row in rows}
    rows += [
        _verdict(name, SubjectKind.RECORD, key, by_record.get(key, ())) | {"provisional": key in provisional_records}
        for name, key in zip(records["qualified_name"], records["key"], strict=True)
        if key in judged
    ]
    return pd.DataFrame([row | {"suites": suites} for row in rows], columns=VERDICTS.names)


def _by(findings: Sequence[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in findings:
        groups[row[column]].append(row)
    return groups


def _read_at(verdicts: pd.DataFrame, evidence: pd.DataFrame) -> list[datetime | None]:
    """When what each verdict stands on was last read, where that was not in this sync: the oldest of a record's."""
    unread = evidence[evidence["unread_reason"].notna()]
    oldest = {
        **dict(zip(unread["qualified_name"], unread["last_read"], strict=True)),
        **unread.groupby("record_key")["last_read"].min().to_dict(),
    }
    columns = (verdicts["subject"], verdicts["record_key"], verdicts["subject_kind"])
    named = zip(*columns, strict=True)
    return [oldest.get(key if kind == SubjectKind.RECORD else subject) for subject, key, kind in named]


def _verdict(subject: str, kind: SubjectKind, record_key: str, findings: Sequence[Row]) -> Row:
    counted = [row for row in findings if not row["waived_until"] and not row["only_provisional"]]
    severities = Counter(row["severity"] for row in counted)
    return {
        "subject": subject,
        "subject_kind": kind,
        "record_key": record_key,
        "verdict": Verdict.of(severities),
        **{str(severity): severities[severity] for severity in Severity},
        "rules": ", ".join(sorted({row["rule"] for row in counted})),
        "waived": ", ".join(sorted({row["rule"] for row in findings if row["waived_until"]})),
    }
