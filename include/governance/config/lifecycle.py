"""Which signals of a version or an agent mean which lifecycle state: for all sources, or for one of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import Strict

StateName = Literal["development", "candidate", "staging", "unpublished", "production", "retired"]


class Lifecycle(Strict):
    """Which signal of a version or agent means which lifecycle state. Names are compared without regard to case.

    Where several signals speak, the furthest state counts: what serves production is in production.
    """

    aliases: dict[str, StateName] = {
        "production": "production",
        "champion": "production",
        "staging": "staging",
        "challenger": "candidate",
        "candidate": "candidate",
    }
    stages: dict[str, StateName] = {"Production": "production", "Staging": "staging", "Archived": "retired"}
    tag: str = Field("lifecycle", description="tag that names the state; empty: no tag does")
    tag_values: dict[str, StateName] = Field({}, description="further values of that tag; a state's own name is known")
    traffic: StateName | None = Field("production", description="what takes traffic of an endpoint; null: no signal")
    traffic_from: int = Field(1, ge=1, le=100, description="percent of an endpoint's traffic from which it counts")
    mirror_traffic: StateName | None = Field(None, description="what gets a copy of the traffic; null: no signal")
    archived: StateName | None = Field("retired", description="what its source has archived; null: no signal")
    published: StateName | None = Field("production", description="an enabled agent that is served; null: no signal")
    unpublished: StateName | None = Field(
        "unpublished",
        description="an enabled agent that nothing publishes: it answers at its project's endpoint; null: no signal",
    )
