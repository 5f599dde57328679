"""One record with all that it rests on, from the staged tables of the last run: each statement with its source."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..config import Configuration
from ..config.register import Register, Waiver
from ..errors import ConfigurationError
from ..model import qualified_names
from ..model.curated_fields import CURATED_METADATA
from ..model.read_status import ReadStatus
from ..staging.curated import Curated
from ..staging.judgement import Judgement
from ..staging.lifecycle import GONE
from ..staging.records import Records
from ..staging.rows import rows as rows_of
from ..state.lifecycle import LifecycleHistory
from ..sync import Run
from .evidence_chain import Chains
from .suggestions import unknown_record

Row = dict[str, Any]

_LOOKED_AT = 200  # runs back: those that broke off before judging are passed over
_STATEMENTS = {"owner": "owner_stated", "use_case": "use_case", "risk_tier": "risk_tier"}
_REVIEW = ("reviewed_by", "reviewed_on", "next_review", "exception_until")


def explain(config: Configuration, asked: str) -> Row:
    """The record, JSON-ready. asked: its key, its qualified name, or its name where only one has that.

    Raises ConfigurationError where no run was judged yet, or, with the keys that look like it, where it is not known.
    """
    run = _last_judged(config)
    records = Records.load(run.folder.child("records"))
    judgement = Judgement.load(run.folder.child("judgement"))
    record = _found(records, config.register, asked)
    key, today = record["key"], run.started.date()
    versions = rows_of(records.evidence[records.evidence["record_key"] == key])
    versions.sort(key=lambda row: (not row["in_production"], -(row["version"] or 0), row["qualified_name"]))
    curated = Curated.load(run.folder)
    findings = rows_of(judgement.findings[judgement.findings["record_key"] == key])
    return {
        "run_id": run.run_id,
        "as_of": run.started,
        "record": record,
        "verdict": _verdict(judgement, record["qualified_name"]),
        "suites": judgement.suites,
        "statements": _statements(versions, record, config),
        "review": {name: curated.value(key, name) for name in _REVIEW},
        "versions": _versions(run, versions, judgement),
        "links": rows_of(records.links[records.links["record_key"] == key]),
        "promotions": rows_of(records.promotions[records.promotions["record_key"] == key]),
        "access": rows_of(records.access[records.access["record_key"] == key]),
        "findings": [_finding(row) for row in findings],
        "waivers": _waivers(config.register, key, {row["subject"] for row in findings}, today),
        "last_known": _last_known(run, versions, curated, key),
    }


def _last_judged(config: Configuration) -> Run:
    runs = Run(config, "explain").history.runs(_LOOKED_AT)
    for row in runs:
        run = Run(config, row["run_id"])
        if run.folder.exists("judgement/judgement.json"):
            return run.resume()
    raise ConfigurationError(
        "no run has judged records yet, or its staged files are gone.",
        "Run one first: python -m include.governance sync (or plan).",
    )


def _found(records: Records, register: Register, asked: str) -> Row:
    renamed = register.renamed().get(asked, asked)
    rows = rows_of(records.records)
    for field, value in (("key", renamed), ("qualified_name", asked), ("name", asked)):
        found = [row for row in rows if row[field] == value]
        if len(found) == 1:
            return found[0]
    named_so = [row["key"] for row in rows if row["name"] == asked]
    if named_so:
        raise ConfigurationError(
            f"{len(named_so)} records are named {asked!r}.", f"Give a key: {', '.join(named_so[:5])}."
        )
    raise unknown_record(asked, [row["key"] for row in rows])


def _statements(versions: list[Row], record: Row, config: Configuration) -> list[Row]:
    """Owner, business use, risk tier of the leading version: the word that counts, its place, and the other words."""
    if not versions:
        return []
    lead = versions[0]
    is_agent = lead["subject_kind"] == "agent"
    assets = (lead["qualified_name"],) if is_agent else (lead["qualified_name"], lead["model"])
    entry = config.register.entry_of(lead["source"], lead["model_name"], assets, agent=is_agent)
    entries = [one for one in (entry, config.register.entry_of_record(record["key"])) if one is not None]
    made = []
    for field, column in _STATEMENTS.items():
        registered = next((one.identity for one in entries if getattr(one, field)), "")
        place = lead[f"{field}_from"]
        made.append(
            {
                "what": field,
                "value": lead[column],
                "means": lead["owner_name"] if field == "owner" else lead.get(f"{field}_name"),
                "state": lead["use_case_state"] if field == "use_case" else None,
                "from": place,
                "source": _source_of(place, field, lead, record, config, registered),
                "other": lead[f"{field}_other"],
            }
        )
    owner = config.register.person(str(lead["owner"])) if lead["owner"] else None
    made[0]["members"] = owner.members if owner else []
    return made


def _source_of(place: str | None, field: str, lead: Row, record: Row, config: Configuration, registered: str) -> str:
    """Where a person finds that statement."""
    tag = getattr(config.settings.tags, field)
    assets = {"version tag": lead["qualified_name"], "model tag": lead["model"], "run tag": lead["run"]}
    assets |= {"agent tag": lead["qualified_name"]}
    if place == "register":
        return f"{config.path.parent / config.settings.register_file}: {registered}"
    if place == "catalog":
        return f"{CURATED_METADATA} on {record['qualified_name']} in catalog {config.settings.catalog.name}"
    if place == "use case":
        return qualified_names.use_case(str(lead["use_case"]))
    if place:
        return f"{place} {tag} of {assets.get(place) or lead['state_from'] or lead['qualified_name']}"
    return ""


def _versions(run: Run, versions: list[Row], judgement: Judgement) -> list[Row]:
    chains = Chains(run.snapshots())
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


def _verdict(judgement: Judgement, subject: str) -> Row | None:
    found = judgement.verdicts[judgement.verdicts["subject"] == subject]
    return next(iter(rows_of(found)), None)


def _finding(row: Row) -> Row:
    until, by, why = (row[f"waived_{part}"] for part in ("until", "by", "reason"))
    return {**row, "waived": f"waived until {until} by {by}: {why}" if until else None}


def _waivers(register: Register, key: str, subjects: set[str], today: date) -> list[Row]:
    """Those that speak of this record or of what was found on it; expired ones stay listed."""

    def concerns(waiver: Waiver) -> bool:
        return any(waiver.covers(waiver.rule, key, subject) for subject in subjects or {""})

    return [{**waiver.model_dump(), "holds": waiver.holds(today)} for waiver in register.waivers if concerns(waiver)]


def _last_known(run: Run, versions: list[Row], curated: Curated, key: str) -> list[Row]:
    """How old each part of what is known is, and why it is not newer."""
    sources = {row["source"] for row in versions}
    made = []
    for snapshot in run.snapshots():
        if snapshot.source in sources:
            states = snapshot.collections().values()
            not_whole = [state for state in states if state.state not in (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED)]
            why = "; ".join(f"{state.collection} {state.state}: {state.reason}" for state in not_whole)
            made.append({"what": f"source {snapshot.source}", "at": snapshot.document.get("read_at"), "why": why})
    if curated.read_at(key) or curated.reason(key):
        why = curated.reason(key) or ""
        made.append({"what": "curated fields of the catalog", "at": curated.read_at(key), "why": why})
    return made + (_unconfirmed(run, key) if run.mode == "publish" else [])


def _unconfirmed(run: Run, key: str) -> list[Row]:
    """States that the last run could not see: what stood before stands."""
    _, standing = LifecycleHistory(run.engine).of_record([key])
    why = "the listings that would show it were not read whole since"
    return [
        {"what": f"state of {row['label']}: {row['state']}", "at": row["last_seen"], "why": why}
        for row in standing
        if row["last_seen"] < run.started and row["state"] != GONE
    ]
