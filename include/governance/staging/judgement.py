"""Findings and verdicts: the result of judging, for the stages after it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from ..model.tables import FINDINGS, VERDICTS
from .bundle import load_tables, save_tables
from .folder import Folder

_TABLES = {"findings": FINDINGS, "verdicts": VERDICTS}


@dataclass(frozen=True)
class Judgement:
    """findings, verdicts: the tables FINDINGS and VERDICTS. rule_errors: rules that could not be run, with the reason.

    suites: name, version and content hash of the suites that were run.
    """

    findings: pd.DataFrame
    verdicts: pd.DataFrame
    rule_errors: list[dict[str, str]] = field(default_factory=list)
    suites: str = ""

    def save(self, folder: Folder) -> None:
        """Writes both tables and the document `judgement.json` into the folder."""
        save_tables(folder, _TABLES, vars(self))
        folder.write_json("judgement.json", {"rule_errors": self.rule_errors, "suites": self.suites})

    @classmethod
    def load(cls, folder: Folder) -> Judgement:
        """The staged judgement."""
        tables = load_tables(folder, _TABLES)
        return cls(tables["findings"], tables["verdicts"], **folder.read_json("judgement.json"))
