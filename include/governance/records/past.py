"""What earlier syncs left: resolving compares with it and keeps what cannot be read now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from ..model.tables import PROMOTIONS, STATES
from ..model.timestamps import to_millis
from ..model.vocabularies import SubjectKind
from ..staging.curated import Curated
from ..staging.records import Records


@dataclass(frozen=True)
class Past:
    """Empty at the first sync.

    Attributes:
        promotions: all known ones (columns of PROMOTIONS).
        states: the lifecycle states after the last sync (columns of STATES).
        records: what the last sync resolved, or None.
        curated: what stewards wrote on the records in the catalog.
        published: by record key, the attributes of its entity that the catalog has acknowledged.
    """

    promotions: pd.DataFrame = field(default_factory=lambda: PROMOTIONS.empty_table().to_pandas())
    states: pd.DataFrame = field(default_factory=lambda: STATES.empty_table().to_pandas())
    records: Records | None = None
    curated: Curated | None = None
    published: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def renamed(self, keys: Mapping[str, str]) -> Past:
        """The same under the keys that records have now. keys: former key -> present key."""
        return replace(self, promotions=_with_keys(self.promotions, keys), states=_with_keys(self.states, keys))

    def record_keys(self) -> dict[str, tuple[str, int]]:
        """By version or agent: the key of its record, and since when it is in its state (epoch ms)."""
        versions = self.states[self.states["subject_kind"] == SubjectKind.VERSION]
        since = versions["since"].map(to_millis)
        return dict(zip(versions["subject"], zip(versions["record_key"], since, strict=True), strict=True))


def _with_keys(table: pd.DataFrame, keys: Mapping[str, str]) -> pd.DataFrame:
    return table.assign(record_key=table["record_key"].replace(dict(keys))) if keys else table
