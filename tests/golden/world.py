"""Cases, and the estate that all of them make together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from include.governance.config.loader import PROJECT
from include.governance.config.models import Settings
from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.records import Past, resolve
from include.governance.rules import judge, load_suites
from include.governance.staging.judgement import Judgement
from include.governance.staging.records import Records
from include.governance.staging.rows import rows
from include.governance.staging.snapshot import Snapshot
from tests.golden.azure_ml import AzureMl
from tests.golden.foundry import Foundry
from tests.golden.mlflow import Mlflow
from tests.golden.sources import Source

NOW = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {
        "sources": [
            {"name": "any", "uri": "x"},
            {"name": "told-registry", "uri": "x", "runs_from": "told-runs"},
            {"name": "told-runs", "uri": "x"},
        ],
        "catalog": {"url": "x"},
        "policies": [{"risk_tier": ["High"], "policies": ["Model risk policy", "Fair lending"]}],
        "retirement": {"after_days": 3_650},
    }
)
SUITES = load_suites(sorted((PROJECT / "include" / "config" / "suites").glob("*.yaml")))
_APPROVED = {"approved_by": "Board", "approved_on": "2025-01-01"}
REGISTER: dict[str, list[dict[str, Any]]] = {
    "people": [
        {"id": "ana@example.com", "name": "Ana", "known_as": ["ana"]},
        {"id": "tom@example.com", "name": "Tom", "known_as": ["tom"]},
        {"id": "team-risk", "name": "Risk", "group": True, "known_as": ["risk-*"]},
    ],
    "use_cases": [
        {"id": "UC-APPROVED", "name": "Approved", **_APPROVED, "expires": "2099-12-31"},
        {"id": "UC-OTHER", "name": "Another approved one", **_APPROVED},
        {"id": "UC-EXPIRED", "name": "Expired", **_APPROVED, "expires": "2026-02-28"},
        {"id": "UC-PROPOSED", "name": "Proposed"},
        {"id": "UC-FUTURE", "name": "Future", "approved_by": "Board", "approved_on": "2026-03-02"},
    ],
}


class Label(NamedTuple):
    """One finding that there must be. subject: what a person calls it, as the finding does."""

    rule: str
    subject: str


class EstateBuilder:
    """The sources of one reading, made as cases ask for them."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}

    def mlflow(self, name: str = "mlflow") -> Mlflow:
        return self._source(name, Mlflow)

    def azure_ml(self, name: str = "azureml", **options: Any) -> AzureMl:
        return self._source(name, AzureMl, **options)

    def foundry(self, name: str = "foundry", **options: Any) -> Foundry:
        return self._source(name, Foundry, **options)

    def snapshots(self, folder: Path, shuffle: int = 0) -> list[Snapshot]:
        return [source.snapshot(folder, shuffle) for source in self.sources.values()]

    def _source(self, name: str, kind: Callable[..., Any], **options: Any) -> Any:
        if name not in self.sources:
            self.sources[name] = kind(name, **options)
        return self.sources[name]


@dataclass(frozen=True)
class Case:
    """One story. All that it adds is named after it, so that no two cases touch.

    platforms: where its labels count as shown. before: what the last sync read; the same where nothing is stated.
    verdicts: by label of a version, agent or record: "auditable", "unauditable, provisional" ... waived, expired: which
    of its labels are excused, or were until lately. register: sections that it adds.
    """

    name: str
    platforms: frozenset[str]
    build: Callable[[EstateBuilder], Any]
    labels: frozenset[Label] = frozenset()
    verdicts: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[EstateBuilder], Any] | None = None
    register: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    waived: frozenset[Label] = frozenset()
    expired: frozenset[Label] = frozenset()


def labels(found: Mapping[str, Iterable[str]]) -> frozenset[Label]:
    """From subject -> rules."""
    return frozenset(Label(rule, subject) for subject, rules in found.items() for rule in rules)


class Judged(NamedTuple):
    records: Records
    judgement: Judgement

    def findings(self) -> list[dict[str, Any]]:
        return rows(self.judgement.findings)

    def labels(self) -> set[Label]:
        return {Label(row["rule"], row["subject_label"]) for row in self.findings()}

    def verdicts(self) -> dict[str, str]:
        """By label of the version, agent or record."""
        tables = (self.records.evidence, self.records.records)
        titles = {row["qualified_name"]: row["label"] for table in tables for row in rows(table)}
        return {
            titles[row["subject"]]: row["verdict"] + (", provisional" if row["provisional"] else "")
            for row in rows(self.judgement.verdicts)
        }


def register_of(cases: Sequence[Case]) -> Register:
    sections = {name: list(entries) for name, entries in REGISTER.items()}
    for case in cases:
        for name, entries in case.register.items():
            sections.setdefault(name, []).extend(entries)
    return Register.model_validate(sections)


class Synced(NamedTuple):
    """What a sync left: its records, and where everything stood."""

    records: Records
    states: pd.DataFrame


def first_sync(cases: Sequence[Case], folder: Path) -> Synced:
    """The day before, as the cases say that it was."""
    world = EstateBuilder()
    for case in cases:
        (case.before or case.build)(world)
    snapshots, then = world.snapshots(folder / "before"), NOW - timedelta(days=1)
    resolved = resolve(Estate.of(snapshots), register_of(cases), SETTINGS, Past(), then)
    return Synced(resolved.records, resolved.lifecycle.states)


def judged(cases: Sequence[Case], before: Synced, folder: Path, *, shuffle: int = 0) -> Judged:
    """All those cases as one estate, resolved with what the first sync left, and judged.

    shuffle: another order of the rows of every table, with the snapshots in the reverse order.
    """
    world, register = EstateBuilder(), register_of(cases)
    for case in cases:
        case.build(world)
    snapshots = world.snapshots(folder / "now", shuffle)
    if shuffle:
        snapshots.reverse()
    last, states = before
    past = Past(last.promotions, states, last)
    found = resolve(Estate.of(snapshots), register, SETTINGS, past, NOW).records
    return Judged(found, judge(found, SUITES, register.waivers, NOW.date(), SETTINGS.severities))


def owner_of(cases: Sequence[Case], *texts: str | None) -> str:
    """The name of the case that a finding speaks of: the longest that one of its texts holds; "" where none does."""
    lowered = [text.lower() for text in texts if text]
    fitting = [case.name for case in cases if any(case.name.lower() in text for text in lowered)]
    return max(fitting, key=len, default="")
