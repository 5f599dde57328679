"""Findings and verdicts: what judging gives to the stages after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from ..model.tables import FINDINGS, VERDICTS
from .folder import Folder


@dataclass(frozen=True)
class Judgement:
    """findings, verdicts: the tables of vocabulary/tables.py. rule_errors: rules that could not be run, with why."""

    findings: pd.DataFrame
    verdicts: pd.DataFrame
    rule_errors: list[dict[str, str]] = field(default_factory=list)
    suites: str = ""

    def save(self, folder: Folder) -> None:
        for name, schema in (("findings", FINDINGS), ("verdicts", VERDICTS)):
            table = pa.Table.from_pandas(getattr(self, name), schema=schema, preserve_index=False)
            folder.write_table(f"{name}.parquet", table)
        folder.write_json("judgement.json", {"rule_errors": self.rule_errors, "suites": self.suites})

    @classmethod
    def load(cls, folder: Folder) -> Judgement:
        tables = (
            folder.read_table(f"{name}.parquet", schema).to_pandas()
            for name, schema in (("findings", FINDINGS), ("verdicts", VERDICTS))
        )
        return cls(*tables, **folder.read_json("judgement.json"))
