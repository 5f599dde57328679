"""Curated fields: what stewards wrote on governed records in the catalog, as the stages hand it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model.tables import CURATED
from .bundle import load_rows, save_tables
from .folder import Folder

_TABLE = "curated"
_DOCUMENT = "curated.json"

# Field of the evidence -> curated field, where the names differ
_CURATED_NAMES = {"use_case": "approved_use"}


@dataclass(frozen=True)
class Curated:
    """rows: by record key, with the columns of CURATED. failure: why the fields could not be read; empty if they were.

    A record of which nothing is known while reading failed is unknown, not empty.
    """

    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    failure: str = ""

    @classmethod
    def unread(cls) -> Curated:
        """For a catalog that holds no record yet: there is nothing to read."""
        return cls()

    def value(self, record_key: str, name: str) -> str | None:
        """The field of that name of the evidence; None if it is empty."""
        value = self.rows.get(record_key, {}).get(_CURATED_NAMES.get(name, name))
        return str(value).strip() or None if value is not None else None

    def read_at(self, record_key: str) -> datetime | None:
        """When the fields of that record were read."""
        return self.rows.get(record_key, {}).get("read_at")

    def reason(self, record_key: str) -> str | None:
        """Why the fields of that record are not current; None if they were read, or there are none to read."""
        row = self.rows.get(record_key)
        if row is None:
            return None
        return row.get("reason") or None

    def save(self, folder: Folder) -> None:
        """Writes the table and the document `curated.json` into the folder."""
        rows = [dict(self.rows[key]) for key in sorted(self.rows)]
        save_tables(folder, {_TABLE: CURATED}, {_TABLE: rows})
        folder.write_json(_DOCUMENT, {"failure": self.failure, "records": len(rows)})

    @classmethod
    def load(cls, folder: Folder) -> Curated:
        """The staged fields."""
        rows = load_rows(folder, _TABLE)
        return cls({row["record_key"]: row for row in rows}, folder.read_json(_DOCUMENT)["failure"])
