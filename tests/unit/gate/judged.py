"""One version judged by the gate, in memory: what the last sync had, and what the server says now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from include.governance import rules
from include.governance.config.models import MlflowSource, Settings
from include.governance.estate import Estate
from include.governance.gate.judging import Facts, JudgedSubject, judged_subject
from include.governance.gate.last_sync import LastSync
from include.governance.records import Past, resolve
from include.governance.sources import Subject, SubjectRead
from include.governance.sources.mlflow.read import read_mlflow
from include.governance.sources.mlflow.subject import read_subject
from include.governance.staging.folder import Folder
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.support.judging import SHIPPED
from tests.support.mlflow_facts import MlflowFacts
from tests.support.resolving import REGISTER

SETTINGS = Settings.model_validate({"sources": [{"name": "s", "uri": "http://x"}], "catalog": {"url": "x"}})
NOW = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)
SUITES = rules.load_suites(SHIPPED)
NOTHING = Past()


def source(**options: Any) -> MlflowSource:
    return MlflowSource(name="s", uri="http://x", **options)


def listed(facts: MlflowFacts, folder: Path, **options: Any) -> Snapshot:
    """What a sync reads."""
    return read_mlflow(source(**options), facts, Folder(mkdtemp(dir=folder)), None, "http://x")


def asked(facts: MlflowFacts, folder: Path, last: Snapshot | None, subject: Subject, **options: Any) -> SubjectRead:
    """What the gate reads."""
    return read_subject(source(**options), subject, facts, Folder(mkdtemp(dir=folder)), last, "http://x")


def by_gate(snapshot: Snapshot, name: str, state: str = "production", past: Past = NOTHING) -> JudgedSubject:
    last = LastSync("", {}, past, SUITES)
    return judged_subject(Facts([snapshot], name, state, NOW), SETTINGS, REGISTER, last)


def at_night(snapshot: Snapshot, name: str, past: Past = NOTHING) -> list[Mapping[str, Any]]:
    """The findings of a sync on that version."""
    resolved = resolve(Estate.of([snapshot]), REGISTER, SETTINGS, past, NOW).records
    judgement = rules.judge(resolved, SUITES, REGISTER.waivers, NOW.date(), SETTINGS.severities)
    return [row for row in rows(judgement.findings) if row["subject"] == name]
