"""Changes of lifecycle state: the result of resolving, for the history."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from ..model.tables import STATES, TRANSITIONS
from .bundle import load_tables, save_tables
from .folder import Folder

# States that no source gives: it is not listed any more; it belongs to another record now
GONE, MOVED = "gone", "moved"
_TABLES = {"transitions": TRANSITIONS, "states": STATES}


class LifecycleChanges(NamedTuple):
    """transitions: what this sync saw change (TRANSITIONS). states: the state of every subject after it (STATES)."""

    transitions: pd.DataFrame
    states: pd.DataFrame

    def of_record(self, key: str) -> LifecycleChanges:
        """Only those of one record."""
        return LifecycleChanges(*(table[table["record_key"] == key] for table in self))

    def save(self, folder: Folder) -> None:
        """Writes both tables into the folder."""
        save_tables(folder, _TABLES, self._asdict())

    @classmethod
    def load(cls, folder: Folder) -> LifecycleChanges:
        """The staged tables."""
        return cls(**load_tables(folder, _TABLES))
