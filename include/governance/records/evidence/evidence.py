"""The evidence of all that is governed: versions, agents, deployments of providers' models.

In two steps: what identifies them, then, by their keys, their rows. What could not be read this time is kept as it was
last, and says since when: a record never shrinks by a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pandas as pd

from ...config.models import Settings
from ...config.register import Register
from ...estate import Estate
from ...model.tables import EVIDENCE
from ...staging.rows import rows as rows_of
from ...staging.rows import timestamps
from ..identity import SUBJECTS
from ..past import Past
from ..states.ended_signals import EndedSignals
from .agents import Agents
from .announced_ends import AnnouncedEnds
from .callers import Callers
from .declarations import Declarations
from .provider_models import ProviderModels
from .stale_evidence import StaleEvidence
from .versions import Versions


class Evidence:
    """Of one sync. `subjects` come first; `rows` takes the keys that identifying gave them."""

    def __init__(
        self,
        estate: Estate,
        register: Register,
        settings: Settings,
        past: Past,
        ended: EndedSignals,
        now: datetime,
        assumed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        declarations = Declarations.from_settings(register, settings, now.date(), past.curated)
        callers = Callers(estate.merged)
        ends = AnnouncedEnds(estate.merged, callers, settings.retirement.provider_days, declarations.today)
        before = past.records.evidence if past.records else None
        self._parts = (
            Versions(estate, declarations, settings, ends, before, assumed),
            Agents(estate, declarations, settings),
            ProviderModels(estate, declarations, settings, callers, ends),
        )
        self._stale = StaleEvidence(before, estate.coverage, ended, now, (source.name for source in settings.sources))
        self._carried: list[dict[str, Any]] = []
        self._now = now

    def subjects(self) -> pd.DataFrame:
        """One row with the columns SUBJECTS for each of them, also for those that were not read this time."""
        subjects = [row for part in self._parts for row in part.subjects()]
        self._carried = self._stale.missing({row["qualified_name"] for row in subjects})
        return pd.DataFrame([*subjects, *self._stale.subjects(self._carried)], columns=list(SUBJECTS))

    def rows(self, identities: pd.DataFrame) -> pd.DataFrame:
        """The columns of EVIDENCE, ordered by qualified name. identities: what `identify` made of the subjects."""
        by_name = {row["qualified_name"]: row for row in rows_of(identities)}
        rows = [
            self._stale.held(self._stale.known({**row, "last_read": self._now, "unread_reason": None}))
            for part in self._parts
            for row in part.evidence(by_name)
        ]
        rows += [self._stale.carried(row, by_name[row["qualified_name"]]) for row in self._carried]
        if not rows:
            nothing: pd.DataFrame = EVIDENCE.empty_table().to_pandas()
            return nothing
        evidence = pd.DataFrame(rows, columns=EVIDENCE.names).sort_values("qualified_name", ignore_index=True)
        for column in ("last_read", "state_stated_at", "created_at"):
            evidence[column] = timestamps(evidence[column])
        return evidence
