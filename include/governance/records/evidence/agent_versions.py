"""Which versions of an agent it is judged by: those that its applications serve, else the latest one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...estate import MergedSnapshots
from ...model import json_text
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ...staging.rows import rows as rows_of

_COLUMNS = ("agent", "version", "is_latest")


class AgentVersions:
    """The versions of all agents that count.

    Args:
        columns: what the rows have besides agent, version and is_latest.
    """

    def __init__(self, merged: MergedSnapshots, columns: Sequence[str] = ()) -> None:
        versions = rows_of(merged.frame(AssetKind.AGENT_VERSION, [*_COLUMNS, *columns]))
        self._latest = _latest_of(versions)
        self._served = _served_of(merged, versions)

    def of(self, agent: str) -> list[Row]:
        """Rows with qualified_name, agent, version, is_latest and those columns, the newest version first.

        An application that names no version serves the latest one.
        """
        return self._served.get(agent) or ([self._latest[agent]] if agent in self._latest else [])

    def agents(self) -> dict[str, str]:
        """By qualified name of each version that counts: its agent."""
        return {row["qualified_name"]: agent for agent in self._latest for row in self.of(agent)}

    def older(self, agent: str) -> tuple[str, str] | None:
        """(the newest version that is served, the latest one) where these are two; None where they are one."""
        newest = next(iter(self.of(agent)), None)
        latest = self._latest.get(agent)
        if newest is None or latest is None or newest["qualified_name"] == latest["qualified_name"]:
            return None
        return str(newest["version"]), str(latest["version"])


def _latest_of(versions: Iterable[Mapping[str, Any]]) -> dict[str, Row]:
    """By agent: the version that its source calls the latest; where it calls none so, that of the highest number."""
    current = (row for row in versions if row["is_latest"] is not False)
    return {row["agent"]: dict(row) for row in sorted(current, key=_recency)}


def _served_of(merged: MergedSnapshots, versions: Sequence[Row]) -> dict[str, list[Row]]:
    """By agent, the listed versions that applications name; nothing where one of them serves the latest, whatever."""
    named: dict[str, set[str | None]] = defaultdict(set)
    for edge in rows_of(merged.edge_frame(Relation.AGENT_SERVED_BY_ENDPOINT, "attributes_json")):
        named[edge["from_name"]].add(json_text.load(edge["attributes_json"]).get("version"))
    served: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(versions, key=_recency, reverse=True):
        if row["version"] in named[row["agent"]] and None not in named[row["agent"]]:
            served[row["agent"]].append(dict(row))
    return served


def _recency(row: Mapping[str, Any]) -> tuple[bool, int, str]:
    version = str(row["version"] or "")
    return bool(row["is_latest"]), int(version) if version.isdecimal() else -1, version
