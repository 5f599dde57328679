"""Changes of lifecycle state: what resolving gives to the history."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from ..model.tables import STATES, TRANSITIONS
from .bundle import load_tables, save_tables
from .folder import Folder

# States of no source: it is not listed any more; it stands for another record now
GONE, MOVED = "gone", "moved"
_TABLES = {"transitions": TRANSITIONS, "states": STATES}


class LifecycleChanges(NamedTuple):
    """transitions: what this sync saw change (TRANSITIONS). states: where everything stands after it (STATES)."""

    transitions: pd.DataFrame
    states: pd.DataFrame

    def save(self, folder: Folder) -> None:
        save_tables(folder, _TABLES, self._asdict())

    @classmethod
    def load(cls, folder: Folder) -> LifecycleChanges:
        return cls(**load_tables(folder, _TABLES))
