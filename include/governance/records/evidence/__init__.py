"""Evidence: one row per model version and agent of all sources, under the record that it belongs to.

What could not be read this time stays as it was known last, and says since when: a record never shrinks by a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd

from ...config.models import Settings
from ...config.register import Register
from ...model.tables import EVIDENCE
from ...staging.curated import Curated
from ...staging.rows import rows as rows_of
from ...staging.snapshot import Snapshot
from ..identity import SUBJECTS, identify
from .agents import Agents
from .completeness import Reading
from .declarations import Declarations
from .stale_evidence import StaleEvidence
from .tables import Tables
from .versions import Versions

Known = Mapping[str, tuple[str, int]]


def evidence_of(
    snapshots: Sequence[Snapshot],
    register: Register,
    settings: Settings,
    now: datetime,
    curated: Curated | None = None,
    before: pd.DataFrame | None = None,
    known: Known | None = None,
) -> pd.DataFrame:
    """The columns of EVIDENCE, ordered by qualified name.

    before: the evidence of the last sync. known: by qualified name, the record's key after it, and since when (ms).
    """
    tables, reading = Tables(snapshots), Reading(*snapshots)
    statements = Declarations.from_settings(register, settings, now.date(), curated)
    parts = (Versions(tables, reading, statements, settings), Agents(tables, reading, statements, settings))
    subjects = [row for part in parts for row in part.subjects()]
    last = StaleEvidence(before, snapshots, reading, now, (source.name for source in settings.sources))
    carried = last.missing({row["qualified_name"] for row in subjects})
    frame = pd.DataFrame([*subjects, *last.subjects(carried)], columns=list(SUBJECTS))
    found = {row["qualified_name"]: row for row in rows_of(identify(frame, register, known or {}))}
    rows = [last.held({**row, "last_read": now}) for part in parts for row in part.evidence(found)]
    rows += [last.carried(row, found[row["qualified_name"]]) for row in carried]
    if not rows:
        return EVIDENCE.empty_table().to_pandas()
    evidence = pd.DataFrame(rows, columns=EVIDENCE.names).sort_values("qualified_name", ignore_index=True)
    for column in ("last_read", "state_stated_at"):
        evidence[column] = pd.to_datetime(evidence[column], utc=True).astype("datetime64[ms, UTC]")
    return evidence
