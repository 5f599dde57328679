"""The table of all cases."""

from __future__ import annotations

from tests.golden.cases import (
    access,
    agents,
    deployments,
    identity,
    lineage,
    obligations,
    provider_models,
    readings,
    servers,
    versions,
    waivers,
)
from tests.golden.world import Case

PARTS = (
    versions,
    agents,
    access,
    deployments,
    lineage,
    servers,
    readings,
    identity,
    obligations,
    waivers,
    provider_models,
)
CASES: list[Case] = [case for part in PARTS for case in part.cases()]
