"""One record with its evidence, from the staged tables of the last sync: each statement with its source."""

from __future__ import annotations

from datetime import date

import pandas as pd

from ..config import Configuration
from ..config.register import Register, Waiver
from ..errors import ConfigurationError
from ..estate import MergedSnapshots
from ..model import qualified_names
from ..model.curated_fields import CURATED_METADATA
from ..model.read_status import BROKEN_OFF
from ..model.rows import Row
from ..staging.curated import Curated
from ..staging.judgement import Judgement
from ..staging.lifecycle import GONE
from ..staging.records import Records
from ..staging.rows import rows
from ..staging.snapshot import Snapshot
from ..sync import Sync
from ..workspace import Workspace
from .evidence_chain import EvidenceChains
from .records import last_judged, record_key

_STATEMENTS = {"owner": "owner_stated", "use_case": "use_case", "risk_tier": "risk_tier"}
_NOT_ASKED = "the last run was told not to read it"
_MOST_JUDGEMENTS = 10
_REVIEW = ("reviewed_by", "reviewed_on", "next_review", "exception_until")


def explain(workspace: Workspace, asked: str) -> Row:
    """The record with its evidence, as of the last sync that judged records; JSON-ready.

    Args:
        asked: The record's key, a former key, its qualified name, or its name where only one record has it.

    Raises:
        ConfigurationError: No sync has judged records yet, or the record is unknown; then with keys that look like it.
    """
    sync = _last_judged(workspace)
    config, register = workspace.config, workspace.config.register
    records = Records.load(sync.folder.child("records"))
    judgement = Judgement.load(sync.folder.child("judgement"))
    key = record_key(workspace, asked)
    record = _record(records, key)
    versions = _rows_of(records.evidence, key)
    versions.sort(key=lambda row: (not row["in_production"], -(row["version"] or 0), row["qualified_name"]))
    curated = Curated.load(sync.folder)
    findings = _rows_of(judgement.findings, key)
    changes, _ = workspace.lifecycle_history.of_record([key])
    return {
        "run_id": sync.sync_id,
        "as_of": sync.started,
        "record": record,
        "verdict": _verdict(judgement, record["qualified_name"]),
        "suites": judgement.suites,
        "statements": _statements(versions, record, config),
        "review": {name: curated.value(key, name) for name in _REVIEW},
        "versions": _versions(sync, versions, judgement),
        "links": _rows_of(records.links, key),
        "promotions": _with_stated_dates(_rows_of(records.promotions, key), changes),
        "access": _rows_of(records.access, key),
        "findings": [_finding(row) for row in findings],
        "waivers": _waivers(register, key, {row["subject"] for row in findings}, sync.started.date()),
        "gate": workspace.gate_judgements.of_record([key], _MOST_JUDGEMENTS),
        "last_known": _last_known(sync, versions, curated, key),
    }


def _last_judged(workspace: Workspace) -> Sync:
    sync = last_judged(workspace)
    if sync is None:
        raise ConfigurationError(
            "no run has judged records yet, or its staged files are gone.",
            "Run one first: python -m include.governance sync (or plan).",
        )
    return sync


def _rows_of(table: pd.DataFrame, key: str) -> list[Row]:
    """The rows of one record."""
    return rows(table[table["record_key"] == key])


def _record(records: Records, key: str) -> Row:
    found = rows(records.records[records.records["key"] == key])
    if not found:
        raise ConfigurationError(
            f"the last run has no record {key!r}; an earlier one had.",
            f"See what is kept of it: python -m include.governance history {key}.",
        )
    return found[0]


def _statements(versions: list[Row], record: Row, config: Configuration) -> list[Row]:
    """Owner, business use and risk tier of the leading version: the value that counts, its origin, other values."""
    if not versions:
        return []
    lead = versions[0]
    assets = [name for name in (lead["qualified_name"], lead["model"]) if name]
    of_asset = config.register.entry_of(lead["source"], lead["model_name"], assets, lead["subject_kind"])
    entries = [entry for entry in (of_asset, config.register.entry_of_record(record["key"])) if entry is not None]
    statements = []
    for field, column in _STATEMENTS.items():
        registered = next((entry.identity for entry in entries if getattr(entry, field)), "")
        origin = lead[f"{field}_from"]
        statements.append(
            {
                "what": field,
                "value": lead[column],
                "means": lead["owner_name"] if field == "owner" else lead.get(f"{field}_name"),
                "state": lead["use_case_state"] if field == "use_case" else None,
                "from": origin,
                "source": _source_of(origin, field, lead, record, config, registered),
                "other": lead[f"{field}_other"],
            }
        )
    owner = config.register.person(str(lead["owner"])) if lead["owner"] else None
    statements[0]["members"] = owner.members if owner else []
    return statements


def _source_of(origin: str | None, field: str, lead: Row, record: Row, config: Configuration, registered: str) -> str:
    """Where a reader can look the statement up."""
    tag = getattr(config.settings.tags, field)
    assets = {"version tag": lead["qualified_name"], "model tag": lead["model"], "run tag": lead["run"]}
    assets |= {"agent tag": lead["qualified_name"], "deployment tag": lead["qualified_name"]}
    if origin == "register":
        return f"{config.path.parent / config.settings.register_file}: {registered}"
    if origin == "catalog":
        return f"{CURATED_METADATA} on {record['qualified_name']} in catalog {config.settings.catalog.name}"
    if origin == "use case":
        return qualified_names.use_case(str(lead["use_case"]))
    if origin:
        return f"{origin} {tag} of {assets.get(origin) or lead['state_from'] or lead['qualified_name']}"
    return ""


def _versions(sync: Sync, versions: list[Row], judgement: Judgement) -> list[Row]:
    chains = EvidenceChains(MergedSnapshots(sync.snapshots()))
    return [
        {
            "label": row["label"],
            "qualified_name": row["qualified_name"],
            "state": row["state"],
            "signal": row["state_signal"],
            "signal_from": row["state_from"] or row["qualified_name"],
            "joined_by": row["record_rule"],
            "verdict": _verdict(judgement, row["qualified_name"]),
            "chain": chains.of(row) if row["in_production"] or len(versions) == 1 else [],
            "incomplete": row["incomplete_reason"],
        }
        for row in versions
    ]


def _with_stated_dates(promotions: list[Row], changes: list[Row]) -> list[Row]:
    """With `stated_at`: the source's own date of what `since` says when a sync first saw it; None where it has none."""
    stated = {(row["subject"], row["to_state"], row["seen_at"]): row["stated_at"] for row in changes}
    return [{**row, "stated_at": stated.get((row["version"], row["state"], row["since"]))} for row in promotions]


def _verdict(judgement: Judgement, subject: str) -> Row | None:
    verdicts = rows(judgement.verdicts[judgement.verdicts["subject"] == subject])
    return verdicts[0] if verdicts else None


def _finding(row: Row) -> Row:
    until, by, why = (row[f"waived_{part}"] for part in ("until", "by", "reason"))
    return {**row, "waived": f"waived until {until} by {by}: {why}" if until else None}


def _waivers(register: Register, key: str, subjects: set[str], today: date) -> list[Row]:
    """Those that cover this record or its findings; expired ones stay listed."""

    def concerns(waiver: Waiver) -> bool:
        return any(waiver.covers(waiver.rule, key, subject) for subject in subjects or {""})

    return [
        {**waiver.model_dump(), "holds": waiver.is_active(today)} for waiver in register.waivers if concerns(waiver)
    ]


def _last_known(sync: Sync, versions: list[Row], curated: Curated, key: str) -> list[Row]:
    """How old each part is, and why it is not newer."""
    sources = {row["source"] for row in versions}
    ages = [_age_of_source(snapshot) for snapshot in sync.snapshots() if snapshot.source in sources]
    if curated.read_at(key) or curated.reason(key):
        why = curated.reason(key) or ""
        ages.append({"what": "curated fields of the catalog", "at": curated.read_at(key), "why": why})
    return ages + (_unconfirmed(sync, versions, key) if sync.writes else [])


def _age_of_source(snapshot: Snapshot) -> Row:
    states = snapshot.collections().values()
    reasons = [_NOT_ASKED] if snapshot.kept else []
    reasons += [f"{state.collection} {state.state}: {state.reason}" for state in states if state.state in BROKEN_OFF]
    return {"what": f"source {snapshot.source}", "at": snapshot.document.get("read_at"), "why": "; ".join(reasons)}


def _unconfirmed(sync: Sync, versions: list[Row], key: str) -> list[Row]:
    """States that the last sync did not confirm; they count as they were last seen."""
    _, states = sync.workspace.lifecycle_history.of_record([key])
    source_of = {row["qualified_name"]: {row["source"]} for row in versions}
    all_of_record = {row["source"] for row in versions}
    return [
        {
            "what": f"state of {row['label']}: {row['state']}",
            "at": row["last_seen"],
            "why": _why_unconfirmed(sync, source_of.get(row["subject"], all_of_record)),
        }
        for row in states
        if row["last_seen"] < sync.started and row["state"] != GONE
    ]


def _why_unconfirmed(sync: Sync, sources: set[str]) -> str:
    """Args: sources: those that could show the state."""
    not_asked = sorted(source for source in sources if not sync.reads(source))
    if not not_asked:
        return "the listings that would show it could not be read completely since"
    of_them = f"the last run was told not to read {', '.join(not_asked)}"
    if len(not_asked) == len(sources):
        return of_them
    return f"{of_them}, and the other listings that would show it could not be read completely since"
