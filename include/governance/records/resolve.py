"""Records. `resolve` is the second stage: from snapshots to one governed record per production model.

Pure: no network, no clock, no database. What it needs of the past and of today is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from ..config.models import Settings
from ..config.register import Register
from ..staging.curated import Curated
from ..staging.records import Records
from ..staging.snapshot import Snapshot
from .access import access_of
from .deployments import serving_of
from .evidence import evidence_of
from .evidence.completeness import Reading
from .evidence.tables import Tables
from .governed import links_of, records_of
from .health import health_of
from .states.promotions import current_promotions, with_keys


def resolve(
    snapshots: Sequence[Snapshot],
    register: Register,
    settings: Settings,
    known_promotions: pd.DataFrame,
    now: datetime,
    curated: Curated | None = None,
    before: Records | None = None,
    known_states: pd.DataFrame | None = None,
) -> Records:
    """One governed record per production model and published agent, with the rule behind every link.

    known_promotions: what earlier syncs saw (columns of PROMOTIONS; may be empty). now: this sync's time, UTC.
    curated: what stewards wrote on the records in the catalog. before: what the last sync resolved: it stands for what
    cannot be read now. known_states: where everything stood (columns of STATES): records keep their keys.
    """
    renamed = register.renamed()
    evidence = evidence_of(
        snapshots, register, settings, now, curated, before.evidence if before else None, _keys(known_states, renamed)
    )
    promotions = current_promotions(evidence, with_keys(known_promotions, renamed), snapshots, now)
    records = records_of(evidence, promotions, register)
    return Records(
        evidence,
        records,
        promotions,
        links_of(evidence, records),
        access_of(snapshots, evidence, register, settings.tags),
        serving_of(Tables(snapshots), Reading(*snapshots), evidence),
        health_of(snapshots, before.health if before else None),
    )


def _keys(states: pd.DataFrame | None, renamed: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """By version or agent: the key of its record, under its present name, and since when it stands so (ms)."""
    if states is None or states.empty:
        return {}
    standing = with_keys(states[states["subject_kind"] == "version"], renamed)
    since = standing["since"].map(lambda when: int(when.timestamp() * 1000))
    return dict(zip(standing["subject"], zip(standing["record_key"], since, strict=True), strict=True))
