"""Governed records with the evidence of every version: the result of resolving, for the stages after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ..model.tables import ACCESS, EVIDENCE, HEALTH, LINKS, PROMOTIONS, RECORDS, RELATIONS, SERVING
from .bundle import load_tables, save_tables
from .folder import Folder

_TABLES = {"evidence": EVIDENCE, "records": RECORDS, "promotions": PROMOTIONS, "links": LINKS}
_TABLES |= {"access": ACCESS, "serving": SERVING, "health": HEALTH, "relations": RELATIONS}


@dataclass(frozen=True)
class Records:
    """The tables of model/tables/stages.py.

    evidence per version and agent, records, promotions, links; access per endpoint, deployment and agent; serving per
    deployment and published agent; health per collection; relations that no source states but resolving found.
    """

    evidence: pd.DataFrame
    records: pd.DataFrame
    promotions: pd.DataFrame
    links: pd.DataFrame
    access: pd.DataFrame = field(default_factory=lambda: ACCESS.empty_table().to_pandas())
    serving: pd.DataFrame = field(default_factory=lambda: SERVING.empty_table().to_pandas())
    health: pd.DataFrame = field(default_factory=lambda: HEALTH.empty_table().to_pandas())
    relations: pd.DataFrame = field(default_factory=lambda: RELATIONS.empty_table().to_pandas())

    def save(self, folder: Folder) -> None:
        """Writes all tables into the folder."""
        save_tables(folder, _TABLES, vars(self))

    @classmethod
    def load(cls, folder: Folder) -> Records:
        """The staged tables."""
        return cls(**load_tables(folder, _TABLES))
