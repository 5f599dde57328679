"""Records. `resolve` is the second stage: from snapshots to one governed record per production model.

Pure: no network, no clock, no database. What it needs of the past and of today is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from ..config.models import Settings
from ..config.register import Register
from ..staged.curated import Curated
from ..staged.records import Records
from ..staged.snapshot import Snapshot
from .access import access_of
from .assemble import links_of, records_of
from .evidence import version_evidence
from .promotions import current_promotions, with_keys
from .transitions import lifecycle_changes

__all__ = ["lifecycle_changes", "resolve", "with_keys"]


def resolve(
    snapshots: Sequence[Snapshot],
    register: Register,
    settings: Settings,
    known_promotions: pd.DataFrame,
    now: datetime,
    curated: Curated | None = None,
) -> Records:
    """One governed record per production model, with the rule behind every link.

    known_promotions: what earlier syncs saw (columns of PROMOTIONS; may be empty). now: this sync's time, UTC.
    curated: what stewards wrote on the records in the catalog.
    """
    evidence = version_evidence(snapshots, register, settings, now.date(), curated)
    promotions = current_promotions(evidence, with_keys(known_promotions, register.renamed()), snapshots, now)
    records = records_of(evidence, promotions)
    access = access_of(snapshots, evidence, register, settings.tags)
    return Records(evidence, records, promotions, links_of(evidence, records), access)
