"""What stands in a staged snapshot, in forms that compare well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from include.governance.model.assets import AssetKind
from include.governance.staging.snapshot import DOCUMENT, Snapshot


def names(snapshot: Snapshot, kind: AssetKind) -> set[str]:
    """Qualified names of all assets of a kind."""
    return set(snapshot.assets(kind, ["qualified_name"])["qualified_name"].to_pylist())


def rows(snapshot: Snapshot, kind: AssetKind, key: str = "native_id") -> dict[str, dict[str, Any]]:
    """Rows of a kind by one of their columns."""
    return {row[key]: row for row in snapshot.assets(kind).to_pylist()}


def edges(snapshot: Snapshot) -> set[tuple[str, ...]]:
    """(kind, from, to, rule) of all relations."""
    columns = ["kind", "from_name", "to_name", "rule"]
    return {tuple(row[column] for column in columns) for row in snapshot.relations(columns).to_pylist()}


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """(file, all its cells as one text) of every staged file."""
    for file in sorted(folder.rglob("*")):
        if file.suffix == ".parquet":
            yield file.name, str(pq.read_table(file).to_pylist())
        elif file.is_file():
            yield file.name, file.read_text(encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every staged table; the document is left out, since it holds times."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != DOCUMENT)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}
