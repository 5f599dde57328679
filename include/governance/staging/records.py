"""Governed records with the evidence of every version: what resolving gives to the stages after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from ..model.tables import ACCESS, EVIDENCE, HEALTH, LINKS, PROMOTIONS, RECORDS, SERVING
from .folder import Folder

_TABLES = {"evidence": EVIDENCE, "records": RECORDS, "promotions": PROMOTIONS, "links": LINKS}
_TABLES |= {"access": ACCESS, "serving": SERVING, "health": HEALTH}


@dataclass(frozen=True)
class Records:
    """The tables of staged/schemas.py.

    evidence per version and agent, records, promotions, links; access per endpoint, deployment and agent; serving per
    deployment and published agent; health per collection.
    """

    evidence: pd.DataFrame
    records: pd.DataFrame
    promotions: pd.DataFrame
    links: pd.DataFrame
    access: pd.DataFrame = field(default_factory=lambda: ACCESS.empty_table().to_pandas())
    serving: pd.DataFrame = field(default_factory=lambda: SERVING.empty_table().to_pandas())
    health: pd.DataFrame = field(default_factory=lambda: HEALTH.empty_table().to_pandas())

    def save(self, folder: Folder) -> None:
        for name, schema in _TABLES.items():
            table = pa.Table.from_pandas(getattr(self, name), schema=schema, preserve_index=False)
            folder.write_table(f"{name}.parquet", table)

    @classmethod
    def load(cls, folder: Folder) -> Records:
        return cls(
            **{name: folder.read_table(f"{name}.parquet", schema).to_pandas() for name, schema in _TABLES.items()}
        )
