"""Records. `resolve` is the second stage: from the estate to one governed record per production model.

Pure: no network, no clock, no database. What it needs of the past and of today is handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from ..config.models import Settings
from ..config.register import Register
from ..estate import Estate
from ..staging.folder import Folder
from ..staging.lifecycle import LifecycleChanges
from ..staging.records import Records
from .access import access_of
from .deployments import serving_of
from .evidence import Evidence
from .governed import links_of, records_of
from .health import health_of
from .identity import identify
from .past import Past
from .relations import resolved_relations
from .states.ended_signals import EndedSignals
from .states.promotions import current_promotions
from .states.transitions import lifecycle_changes


class Resolved(NamedTuple):
    """The governed records with their evidence, and what changed in their lifecycle since the last sync."""

    records: Records
    lifecycle: LifecycleChanges

    def save(self, folder: Folder) -> None:
        """Stages both below the folder of the sync."""
        self.records.save(folder.child("records"))
        self.lifecycle.save(folder)


def resolve(
    estate: Estate,
    register: Register,
    settings: Settings,
    past: Past,
    now: datetime,
    assumed: Mapping[str, str] = MappingProxyType({}),
) -> Resolved:
    """One governed record per production model and published agent, with the rule behind every link.

    Args:
        estate: all that this sync has read.
        past: what earlier syncs left; records keep their keys by it.
        now: this sync's time, UTC.
        assumed: by version, a lifecycle state that it is taken to be in besides what its source says.
    """
    past, ended = past.renamed(register.renamed()), EndedSignals(estate.coverage)

    # 1. Identity: which versions and agents are one record
    candidates = Evidence(estate, register, settings, past, ended, now, assumed)
    identities = identify(candidates.subjects(), register, past.record_keys())

    # 2. Evidence: what is known of each of them
    evidence = candidates.rows(identities)

    # 3. States: what is in production since when, and what changed
    promotions = current_promotions(evidence, past.promotions, ended, now)
    records = records_of(evidence, promotions, register, past.published)
    changes = lifecycle_changes(evidence, records, promotions, past.states, ended, now)

    resolved = Records(
        evidence,
        records,
        promotions,
        links_of(evidence, records),
        access_of(estate, evidence, register, settings.tags, past.records.access if past.records else None),
        serving_of(estate, evidence),
        health_of(estate.snapshots, past.records.health if past.records else None),
        resolved_relations(evidence),
    )
    return Resolved(resolved, changes)
