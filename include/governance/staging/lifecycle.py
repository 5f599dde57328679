"""Changes of lifecycle state: what resolving gives to the history."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from ..model.tables import STATES, TRANSITIONS
from .folder import Folder

# States of no source: it is not listed any more; it stands for another record now
GONE, MOVED = "gone", "moved"
_TABLES = {"transitions": TRANSITIONS, "states": STATES}


class LifecycleChanges(NamedTuple):
    """transitions: what this sync saw change (TRANSITIONS). states: where everything stands after it (STATES)."""

    transitions: pd.DataFrame
    states: pd.DataFrame

    def save(self, folder: Folder) -> None:
        for frame, (name, schema) in zip(self, _TABLES.items(), strict=True):
            folder.write_table(f"{name}.parquet", pa.Table.from_pandas(frame, schema=schema, preserve_index=False))

    @classmethod
    def load(cls, folder: Folder) -> LifecycleChanges:
        return cls(*(folder.read_table(f"{name}.parquet", schema).to_pandas() for name, schema in _TABLES.items()))
