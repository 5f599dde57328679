"""Governed records with the evidence of every version: what resolving gives to the stages after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from .folder import Folder
from .schemas import ACCESS, EVIDENCE, LINKS, PROMOTIONS, RECORDS

_TABLES = {"evidence": EVIDENCE, "records": RECORDS, "promotions": PROMOTIONS, "links": LINKS, "access": ACCESS}


@dataclass(frozen=True)
class Records:
    """The tables of staged/schemas.py: evidence per version, records, promotions, links; access per endpoint, agent."""

    evidence: pd.DataFrame
    records: pd.DataFrame
    promotions: pd.DataFrame
    links: pd.DataFrame
    access: pd.DataFrame = field(default_factory=lambda: ACCESS.empty_table().to_pandas())

    def save(self, folder: Folder) -> None:
        for name, schema in _TABLES.items():
            table = pa.Table.from_pandas(getattr(self, name), schema=schema, preserve_index=False)
            folder.write_table(f"{name}.parquet", table)

    @classmethod
    def load(cls, folder: Folder) -> Records:
        return cls(
            **{name: folder.read_table(f"{name}.parquet", schema).to_pandas() for name, schema in _TABLES.items()}
        )
