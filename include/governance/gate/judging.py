"""One judgement on one promotion: the subject is read now, then resolved and judged as a sync would.

What other sources say, and what else the subject's source holds, counts as the last sync has read it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from .. import records, rules
from ..config.models import Settings
from ..config.register import Register
from ..errors import ConfigurationError
from ..estate import Estate
from ..model import json_text, qualified_names
from ..model.rows import Row
from ..model.vocabularies import GOVERNED_STATES, GateAnswer, LifecycleState, Severity
from ..records.states.signals import state_called
from ..rules import Judgement
from ..sources import Subject, SubjectRead, Unread
from ..staging.folder import Folder
from ..staging.records import Records
from ..staging.rows import rows
from ..staging.snapshot import Snapshot
from ..workspace import Workspace
from .answer import AppliedRule, GateFinding, GateJudgement, GateRequest, SourceAge
from .last_sync import LastSync
from .reading import read_in_time

_JUDGING = threading.Lock()  # Great Expectations keeps its present context for the whole process
_SENTENCES = {
    GateAnswer.PROMOTE: "{label} may enter {state}.",
    GateAnswer.REFUSED: "{label} may not enter {state}: {findings}.",
    GateAnswer.CANNOT_TELL: "Whether {label} may enter {state} cannot be told: {unread}",
}


def gate(workspace: Workspace, request: GateRequest, last: LastSync | None = None) -> GateJudgement:
    """Judges one promotion and keeps the judgement.

    Args:
        last: what the last sync left; loaded where it is not given.

    Raises:
        ConfigurationError: no source or state of that name; the source's settings leave the model out.
        StorageError: the judgement could not be kept, so it must not count.
    """
    started = time.perf_counter()
    judgement = _judge(workspace, request, last or LastSync.load(workspace), datetime.now(UTC))
    judgement = replace(judgement, seconds=round(time.perf_counter() - started, 3))
    kept = workspace.gate_judgements.add(judgement.as_json(), judgement.judged_at)
    return replace(judgement, id=kept)


def _judge(workspace: Workspace, request: GateRequest, last: LastSync, now: datetime) -> GateJudgement:
    settings, register = workspace.config.settings, workspace.config.register
    source = workspace.source(request.source)
    state = _state(request.to, settings, source.name)
    others = [snapshot for name, snapshot in last.snapshots.items() if name != source.name]
    never_read = [
        Unread(f"source {one.name}", "no sync has read it yet.", "Run one: python -m include.governance sync.")
        for one in settings.sources
        if one.name != source.name and one.name not in last.snapshots
    ]
    with TemporaryDirectory(prefix="governance-gate-", ignore_cleanup_errors=True) as folder:
        subject = Subject(request.model, request.version)
        before = last.snapshots.get(source.name)
        read = read_in_time(source, subject, Folder(folder), workspace.lookup, before, settings.gate)
        unread = _unread_of(read, source.name, subject)
        if isinstance(read, Unread) or read.name is None:
            judged = None
        else:
            facts = Facts([read.snapshot, *others], read.name, state, now)
            judged = judged_subject(facts, settings, register, last)
            unread = [*unread, *judged.unread]
    return _judgement(request, state, now, judged, [*unread, *never_read], _ages(settings, last))


@dataclass(frozen=True)
class Facts:
    """What is judged: the version of that qualified name as if it were in the state, in an estate, at that time."""

    snapshots: Sequence[Snapshot]
    name: str
    state: str
    now: datetime


@dataclass(frozen=True)
class JudgedSubject:
    """The version's row of evidence, what concerns it among the findings, and what makes them uncertain."""

    row: Row
    findings: list[GateFinding]
    rules: list[rules.Rule]
    unread: list[Unread]
    suites: str


def judged_subject(facts: Facts, settings: Settings, register: Register, last: LastSync) -> JudgedSubject:
    """Resolves and judges with the functions and suites of the sync, and selects what concerns the subject."""
    assumed, estate = {facts.name: facts.state}, Estate.of(facts.snapshots)
    resolved = records.resolve(estate, register, settings, last.past, facts.now, assumed).records
    row = rows(resolved.evidence[resolved.evidence["qualified_name"] == facts.name])[0]
    if all(rule.is_per_row for suite in last.suites for rule in suite.rules):
        resolved = _of_record(resolved, row["record_key"])
    with _JUDGING:
        judgement = rules.judge(resolved, last.suites, register.waivers, facts.now.date(), settings.severities)
    names = _concerned(row)
    found = [finding for finding in rows(judgement.findings) if finding["subject"] in names]
    refusing = Severity.at_least(settings.gate.refuses_from)
    findings = [_finding(finding, refusing) for finding in found if not finding["only_provisional"]]
    findings.sort(key=lambda finding: (not finding.refuses, Severity.rank(finding.severity), finding.rule))
    applied = rules.rules_applied(resolved, last.suites, names)
    return JudgedSubject(
        row, findings, applied, list(_uncertain(row, resolved, judgement, last.suites)), judgement.suites
    )


def _of_record(resolved: Records, key: str) -> Records:
    """The rows of one record: judging the others too costs seconds, and changes nothing for this one."""
    tables = {name: getattr(resolved, name) for name in ("evidence", "access", "serving")}
    own = {name: table[table["record_key"] == key].reset_index(drop=True) for name, table in tables.items()}
    records = resolved.records[resolved.records["key"] == key].reset_index(drop=True)
    return replace(resolved, **own, records=records, health=resolved.health.iloc[:0])


def _state(name: str, settings: Settings, source: str) -> str:
    state = state_called(name, settings.lifecycle_of(source))
    if state is None:
        raise ConfigurationError(
            f"{name!r} is no lifecycle state, and no alias, stage or tag of {source} that means one.",
            f"Give one of: {', '.join(LifecycleState)}; or name it under `lifecycle`.",
        )
    return state


def _unread_of(read: SubjectRead | Unread, source: str, subject: Subject) -> list[Unread]:
    if isinstance(read, Unread):
        return [read]
    if read.name is None and not read.unread:
        what = f"{subject.model} version {subject.version}"
        return [Unread(what, f"{source} has no such version.", "Check its name and number.")]
    return list(read.unread)


def _concerned(row: Row) -> set[str]:
    """Qualified names of the version, its record, and the deployments and endpoints that serve it."""
    serving = (json_text.load(row[column]) or [] for column in ("deployments_json", "endpoints_json"))
    own = {row["qualified_name"], qualified_names.record(row["record_key"])}
    return own.union(*serving)


def _finding(row: Row, refusing: Sequence[Severity]) -> GateFinding:
    until = row["waived_until"]
    return GateFinding(
        rule=row["rule"],
        severity=row["severity"],
        refuses=row["severity"] in refusing and not until,
        subject=row["subject"],
        sentence=row["sentence"],
        remedy=row["remedy"],
        ask=row["ask"],
        evidence=json_text.load(row["evidence_json"]),
        waived=f"waived until {until} by {row['waived_by']}: {row['waived_reason']}" if until else "",
        waiver_expired=row["waiver_expired"] or "",
    )


def _uncertain(row: Row, resolved: Records, judgement: Judgement, suites: Sequence[rules.Suite]) -> Iterator[Unread]:
    """What the judgement rests on and was not read: of the version, of the rest of its record, by rules that failed."""
    evidence = resolved.evidence
    of_record = rows(evidence[(evidence["record_key"] == row["record_key"]) & evidence["state"].isin(GOVERNED_STATES)])
    others = [other for other in of_record if other["source"] != row["source"]]
    for one in (row, *others):
        for reason in filter(None, (one["incomplete_reason"], one["unread_reason"])):
            yield Unread(one["label"], f"{reason}.", "Fix the source, then ask again.")
    if row["run_state"] == "elsewhere":
        what = f"its run {row['run_id']} is on no server that is read, nor is its training data."
        remedy = "Add the server that has the run as a source, or register the version from a run of this one."
        yield Unread(row["label"], what, remedy)
    provisional = {rule.id for suite in suites for rule in suite.rules if rule.makes_provisional}
    known = row["incomplete_reason"] or row["unread_reason"]
    for finding in rows(judgement.findings):
        if finding["subject"] == row["qualified_name"] and finding["rule"] in provisional and not known:
            yield Unread(row["label"], finding["sentence"], finding["remedy"])
    beside = {suite.suite for suite in suites if suite.subject == "source"}
    for error in judgement.rule_errors:
        if error["suite"] not in beside:
            remedy = f"Correct the rule in the suite {error['suite']}."
            yield Unread(f"rule {error['rule']}", f"it could not be run: {error['error']}", remedy)


def _judgement(
    request: GateRequest,
    state: str,
    now: datetime,
    judged: JudgedSubject | None,
    unread: Sequence[Unread],
    ages: Sequence[SourceAge],
) -> GateJudgement:
    findings, row = (judged.findings, judged.row) if judged else ([], {})
    refusing = list(dict.fromkeys(finding.rule for finding in findings if finding.refuses))
    answer = GateAnswer.CANNOT_TELL if unread else GateAnswer.REFUSED if refusing else GateAnswer.PROMOTE
    label = row.get("label") or f"{request.model} version {request.version}"
    reasons = " ".join(dict.fromkeys(f"{one.what}: {one.reason}" for one in unread))
    return GateJudgement(
        answer=answer,
        request=request,
        subject=row.get("qualified_name") or "",
        label=label,
        record=row.get("record_key") or "",
        to=state,
        judged_at=now,
        sentence=_SENTENCES[answer].format(label=label, state=state, findings=", ".join(refusing), unread=reasons),
        suites=judged.suites if judged else "",
        findings=tuple(findings),
        unread=tuple(dict.fromkeys(unread)),
        sources=tuple(ages),
        rules=tuple(AppliedRule(rule.id, rule.severity) for rule in judged.rules) if judged else (),
    )


def _ages(settings: Settings, last: LastSync) -> list[SourceAge]:
    known = {name: snapshot.document.get("read_at") for name, snapshot in last.snapshots.items()}
    return [SourceAge(source.name, known.get(source.name)) for source in settings.sources]
