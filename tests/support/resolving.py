"""Resolving of snapshots by hand, with settings and a register that say something of everything."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from include.governance.config.models import Settings
from include.governance.config.register import Register
from include.governance.estate import Estate
from include.governance.model.tables import PROMOTIONS
from include.governance.records import Past, resolve
from include.governance.staging.records import Records
from tests.support.estates import MlflowSnapshotBuilder

SETTINGS = Settings.model_validate({"sources": [{"name": "s", "uri": "x"}], "catalog": {"url": "x"}})
NOW = datetime(2026, 3, 1, 2, 17, tzinfo=UTC)
REGISTER = Register.model_validate(
    {
        "people": [{"id": "ana@example.com", "name": "Ana", "known_as": ["ana", "ANA-*"]}],
        "use_cases": [
            {"id": "UC-1", "name": "One", "approved_by": "x", "approved_on": "2026-01-01", "expires": "2026-06-30"},
            {"id": "UC-2", "name": "Two"},
        ],
    }
)
NOTHING_KNOWN = PROMOTIONS.empty_table().to_pandas()


def resolved(
    *estates: MlflowSnapshotBuilder,
    register: Register = REGISTER,
    known: pd.DataFrame = NOTHING_KNOWN,
    now: datetime = NOW,
) -> Records:
    snapshots = [estate.snapshot() for estate in estates]
    return resolve(Estate.of(snapshots), register, SETTINGS, Past(known), now).records
