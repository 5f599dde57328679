"""Whether versions in use have a signature, where listings do not say so: MLflow 3 states it in the file MLmodel only.

A version's file never changes, so it is read once: what the last snapshot knows is kept.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from ...model.assets import AssetKind
from ...model.rows import Row
from ..carry_forward import CarryForward
from .client import Pager

MOST_BYTES = 4_000_000
_FLAVORS = re.compile(r"^flavors:", re.MULTILINE)
_SIGNATURE = re.compile(r"^signature:([^\r\n]*)", re.MULTILINE)
_NOTHING = ("null", "~", "{}")
_MOST_REFUSALS = 3  # in a row: then the server cannot reach its artifacts, and is not asked further


class Signatures:
    """Of the versions of one read.

    Args:
        pager: asks for the files.
        last: the last snapshot.
        is_on: whether files are read at all.
    """

    def __init__(self, pager: Pager, last: CarryForward, is_on: bool) -> None:
        self._pager, self._is_on, self._refusals = pager, is_on, 0
        self._known = _known(last)

    def of(self, row: Row, in_use: bool) -> str | None:
        """present, absent, or None where it is not known. row: of AssetKind.MODEL_VERSION."""
        known = self._known.get((row["qualified_name"], row["created_at"]))
        needs_file = in_use and self._is_on and row["logged_model_id"] and self._refusals < _MOST_REFUSALS
        if known is not None or not needs_file:
            return known
        content = self._pager.model_file(row["native_id"])
        stated = _stated(content) if content is not None else None
        self._refusals = 0 if stated else self._refusals + 1
        return stated


def _known(last: CarryForward) -> dict[tuple[str, int | None], str]:
    """By name and time of creation: a version made anew under its name is another one."""
    known: dict[tuple[str, int | None], str] = {}
    for batch in last.assets(AssetKind.MODEL_VERSION):
        rows = batch.filter(pc.is_valid(batch.column("signature")))
        made = rows.column("created_at").cast(pa.int64()).to_pylist()
        columns = (rows.column("qualified_name").to_pylist(), made, rows.column("signature").to_pylist())
        known.update(((name, at), signature) for name, at, signature in zip(*columns, strict=True))
    return known


def _stated(content: str) -> str | None:
    """By the keys of the document, which MLflow writes one a line: a parser of YAML can be brought down by a server."""
    if not _FLAVORS.search(content):
        return None  # something else answered
    found = _SIGNATURE.search(content)
    return "present" if found and found[1].strip() not in _NOTHING else "absent"
