"""Which agents call an endpoint: those that can be called themselves, by the versions that they are judged by."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from ...estate import MergedSnapshots
from ...model.assets import AssetKind
from ...model.relations import Relation
from .agent_upstream import edges_to
from .agent_versions import AgentVersions


class Caller(NamedTuple):
    """An agent."""

    name: str
    qualified_name: str


class Callers:
    """The callers of all endpoints."""

    def __init__(self, merged: MergedSnapshots) -> None:
        agents = {row["qualified_name"]: row for _, row in merged.rows(AssetKind.AGENT, ["name", "state", "archived"])}
        called = edges_to(merged, Relation.ENDPOINT_USED_BY_AGENT_VERSION)
        self._of: dict[str, set[Caller]] = defaultdict(set)
        for version, agent in AgentVersions(merged).agents().items():
            row = agents.get(agent)
            if row is not None and row["state"] != "disabled" and not row["archived"]:
                for endpoint, _ in called.get(version, ()):
                    self._of[endpoint].add(Caller(str(row["name"]), agent))

    def of(self, endpoint: str | None) -> list[Caller]:
        """By name. endpoint: qualified name."""
        return sorted(self._of.get(endpoint or "", ()))
