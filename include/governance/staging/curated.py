"""Curated fields: what stewards wrote on governed records in the catalog, as the stages hand it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from ..model.tables import CURATED
from .folder import Folder

_FILE = "curated.parquet"

# What a statement is called in the evidence, where the catalog's own word differs
_NAMED = {"use_case": "approved_use"}


@dataclass(frozen=True)
class Curated:
    """rows: by record key, with the columns of CURATED. failure: why the fields could not be read; empty if they were.

    A record of which nothing is known while reading failed is unknown, not empty.
    """

    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    failure: str = ""

    @classmethod
    def unread(cls) -> Curated:
        """Where there is nothing to read yet: no record is in the catalog."""
        return cls()

    def value(self, record_key: str, name: str) -> str | None:
        found = self.rows.get(record_key, {}).get(_NAMED.get(name, name))
        return str(found).strip() or None if found is not None else None

    def read_at(self, record_key: str) -> datetime | None:
        return self.rows.get(record_key, {}).get("read_at")

    def reason(self, record_key: str) -> str | None:
        """Why the fields of that record are not those of now; None where they were read, or there are none to read."""
        row = self.rows.get(record_key)
        if row is None:
            return None
        return row.get("reason") or None

    def save(self, folder: Folder) -> None:
        rows = [dict(self.rows[key]) for key in sorted(self.rows)]
        folder.write_table(_FILE, pa.Table.from_pylist(rows, schema=CURATED))
        folder.write_json("curated.json", {"failure": self.failure, "records": len(rows)})

    @classmethod
    def load(cls, folder: Folder) -> Curated:
        """The staged fields; none where the step did not run."""
        rows = folder.read_table(_FILE, CURATED).to_pylist()
        failure = folder.read_json("curated.json")["failure"] if folder.exists("curated.json") else ""
        return cls({row["record_key"]: row for row in rows}, failure)
