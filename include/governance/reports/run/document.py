"""The run report as data: what the page, the JSON and the text form all show."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ... import __version__
from ...model import json_text
from ...model.read_status import ReadStatus
from ...staging.judgement import Judgement
from ...staging.outcome import Outcome
from ...staging.plan import Change, Key, Plan
from ...staging.records import Records
from ...staging.rows import rows as rows_of
from ...staging.snapshot import DOCUMENT, Snapshot
from ...sync import Run
from .access import access_rows
from .headline import exit_code_of, headline
from .identity import duplicate_rows
from .lifecycle import lifecycle_rows

_MOST_CHANGES = 200
_SEVERITIES = ["critical", "warning", "info"]
_VERDICTS = ["unauditable", "incomplete", "auditable"]
_LONGEST_VALUE = 300
_OF_FINDING = (
    *("subject", "subject_label", "record_key", "sentence", "remedy", "ask"),
    *("waived_until", "waived_by", "waived_reason", "waiver_expired"),
)

Document = dict[str, Any]


def build(run: Run) -> Document:
    """The whole report of one run, JSON-ready. Missing stages (a run that broke off) leave their parts empty."""
    judgement = _loaded(Judgement, run, "judgement", "judgement.json")
    records = _loaded(Records, run, "records", "records.parquet")
    outcome = Outcome.load(run.folder) if run.folder.exists("outcome.json") else None
    plan = Plan.load(run.folder) if run.folder.exists("plan.jsonl") else None
    links = _Links(run)
    document: Document = {
        "run_id": run.run_id,
        "deployment": run.config.settings.deployment,
        "mode": run.mode,
        "started_at": run.started.isoformat(),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
        "config": {"file": str(run.config.path), "fingerprint": run.config.fingerprint()},
        "catalog": {"name": run.config.settings.catalog.name, "url": links.base},
        "sources": [_source(run, source.name) for source in run.config.settings.sources],
        "records": _records(records, judgement, links),
        "access": access_rows(records, judgement, links.to),
        "findings": _findings(judgement, links),
        "duplicates": duplicate_rows(records, links.to),
        "lifecycle": lifecycle_rows(run.folder, links.to),
        "verdicts": _verdict_counts(judgement),
        "rule_errors": judgement.rule_errors if judgement else [],
        "suites": judgement.suites if judgement else "",
        "changes": _changes(plan, links),
        "held_back": plan.held_back if plan else {},
        "older_agent_versions": plan.older_agent_versions if plan else {},
        "outcome": asdict(outcome) if outcome else None,
        "stages": _stages(run),
    }
    document["secrets_removed"] = _summed(source["secrets_removed"] for source in document["sources"])
    document["exit_code"] = exit_code_of(document)
    document["headline"] = headline(document)
    return document


def without_credentials(url: str) -> str:
    """http://user:password@host/x -> http://host/x; a report is read by more people than may log in."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class _Links:
    """Links into the catalog's own UI, for what the ledger knows."""

    def __init__(self, run: Run) -> None:
        try:
            self.base = without_credentials(run.catalog_endpoint().url).rstrip("/")
        except Exception:  # a connection that cannot be looked up must not cost the report
            self.base = ""
        self._guids = run.ledger.guids()
        self._keys = {key.qualified_name: key for key in sorted(self._guids)}

    def to(self, qualified_name: str) -> str | None:
        """To the entity of that name, of whatever type it is."""
        key = self._keys.get(qualified_name)
        return self.of(*key) if key else None

    def of(self, type_name: str, qualified_name: str) -> str | None:
        guid = self._guids.get(Key(type_name, qualified_name))
        return f"{self.base}/index.html#!/detailPage/{guid}?tabActive=lineage" if guid and self.base else None


def _loaded(model: Any, run: Run, name: str, file: str) -> Any:
    folder = run.folder.child(name)
    return model.load(folder) if folder.exists(file) else None


def _source(run: Run, name: str) -> Document:
    folder = run.snapshot_folder(name)
    if not folder.exists(DOCUMENT):
        return {"name": name, "state": "not read", "collections": [], "quarantined": [], "secrets_removed": {}}
    snapshot = Snapshot(folder.path)
    document = snapshot.document
    states = list(snapshot.collections().values())
    return {
        "name": name,
        "platform": document["platform"],
        "address": document["address"],
        "read_at": document["read_at"],
        "calls": document["calls"],
        "retries": document["retries"],
        "seconds": document["seconds"],
        "remaining_reads": document.get("remaining_reads"),
        "state": _worst(states),
        "collections": [asdict(state) for state in states],
        "quarantined": snapshot.quarantine(),
        "secrets_removed": document["secrets_removed"],
    }


def _worst(states: list[Any]) -> str:
    if not states or all(state.state == ReadStatus.FAILED for state in states):
        return "failed"
    return (
        "complete"
        if all(state.state in (ReadStatus.COMPLETE, ReadStatus.UNSUPPORTED) for state in states)
        else "partial"
    )


def _records(records: Records | None, judgement: Judgement | None, links: _Links) -> list[Document]:
    """Worst verdict first, then by name."""
    if records is None or judgement is None:
        return []
    verdicts = {row["subject"]: row for row in rows_of(judgement.verdicts)}
    found = []
    for row in rows_of(records.records):
        verdict = verdicts.get(row["qualified_name"], {})
        found.append(
            {
                **row,
                "state_since": row["state_since"].isoformat() if row["state_since"] else None,
                **{
                    name: verdict.get(name)
                    for name in ("verdict", "provisional", "critical", "warning", "info", "rules")
                },
                "link": links.of("ai_governed_model", row["qualified_name"]),
            }
        )
    order = {verdict: place for place, verdict in enumerate(_VERDICTS)}
    return sorted(found, key=lambda row: (order.get(row["verdict"], len(order)), row["name"]))


def _findings(judgement: Judgement | None, links: _Links) -> list[Document]:
    """Findings grouped by rule, the most severe first."""
    if judgement is None:
        return []
    groups: dict[str, Document] = {}
    for row in rows_of(judgement.findings):
        group = groups.setdefault(row["rule"], {"rule": row["rule"], "severity": row["severity"], "items": []})
        evidence = json_text.load(row["evidence_json"])
        link = links.to(row["subject"])
        group["items"].append({**{name: row[name] for name in _OF_FINDING}, "evidence": evidence, "link": link})
    return sorted(groups.values(), key=lambda group: (_SEVERITIES.index(group["severity"]), group["rule"]))


def _verdict_counts(judgement: Judgement | None) -> Document:
    counts = dict.fromkeys([*_VERDICTS, "provisional"], 0)
    for row in rows_of(judgement.verdicts) if judgement else []:
        if row["subject_kind"] == "record":
            counts[row["verdict"]] += 1
            counts["provisional"] += bool(row["provisional"])
    return counts


def _changes(plan: Plan | None, links: _Links) -> Document:
    if plan is None:
        return {"total": 0, "unchanged": 0, "counts": {}, "shown": []}
    # what moved is worth more to a reader than what is new
    ordered = sorted(plan.changes, key=lambda change: (change.action == "create", change.type_name, change.name))
    return {
        "total": len(plan.changes),
        "unchanged": plan.unchanged,
        "counts": plan.counts(),
        "shown": [_change(change, links) for change in ordered[:_MOST_CHANGES]],
    }


def _change(change: Change, links: _Links) -> Document:
    attributes = [] if change.action == "create" else sorted(change.attributes)
    return {
        "action": change.action,
        "type_name": change.type_name,
        "qualified_name": change.qualified_name,
        "name": change.name,
        "link": links.of(*change.key),
        "attributes": [
            {"name": name, "before": _shown(change.before.get(name)), "after": _shown(change.attributes[name])}
            for name in attributes
        ],
        "add_references": change.add_references if change.action != "create" else {},
        "remove_references": change.remove_references,
        "add_classifications": sorted(change.add_classifications),
        "remove_classifications": change.remove_classifications,
    }


def _shown(value: Any) -> Any:
    text = value if isinstance(value, str) else json_text.dump(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} ..."


def _stages(run: Run) -> list[Document]:
    names = [f"read_{source.name}" for source in run.config.settings.sources]
    files = [f"stages/{name}.json" for name in [*names, "resolve", "judge", "plan", "publish"]]
    return [run.folder.read_json(file) for file in files if run.folder.exists(file)]


def _summed(counters: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for counter in counters:
        for kind, count in counter.items():
            total[kind] = total.get(kind, 0) + count
    return dict(sorted(total.items()))
