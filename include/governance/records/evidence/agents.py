"""Agents: for every agent, its upstream models, what data it is connected to, who owns it, and its state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...config.models import Settings
from ...estate import Estate
from ...lifecycle.obligations import obligations_of
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.rows import Row
from ...model.tables import EVIDENCE
from ...model.vocabularies import CLASSIC_AGENT, SubjectKind
from ...staging.rows import rows as rows_of
from ..states.signals import decisive, signals_of
from .agent_upstream import MODELS, AgentUpstream
from .agent_versions import AgentVersions
from .declarations import Asset, Declarations, Tagged
from .shared_columns import asset_columns, identity_columns, state_columns, subject_columns

_AGENT = ("source", "name", "native_id", "container", "archived", "state", "published", "description", "tags_json")
_MORE = ("secrets_removed", "secrets_where", "created_at", "latest_version", "agent_type", "runs_as")
_VERSION = ("description", "tags_json", "secrets_removed", "secrets_where", "model")
_NOT_LABELLED = (str(AssetKind.AGENT_VERSION), str(AssetKind.CONNECTION), str(AssetKind.AGENT))
_CALLABLE = "enabled: it answers at its project's endpoint"


class Agents:
    """All agents of all snapshots, in the same two steps as versions."""

    def __init__(self, estate: Estate, declarations: Declarations, settings: Settings) -> None:
        self._coverage, self._declarations, self._settings = estate.coverage, declarations, settings
        self._platforms = {snapshot.source: snapshot.platform for snapshot in estate.snapshots}
        merged = estate.merged
        self._rows = sorted(
            rows_of(merged.frame(AssetKind.AGENT, [*_AGENT, *_MORE])), key=lambda row: str(row["qualified_name"])
        )
        if not self._rows:
            return
        self._versions = AgentVersions(merged, _VERSION)
        self._upstream = AgentUpstream(merged, estate.coverage)

    def subjects(self) -> Iterator[Row]:
        """One row with the columns SUBJECTS per agent."""
        for row in self._rows:
            claim = self._declarations.claim(_asset(row), self._tags(row))
            yield subject_columns(row, SubjectKind.AGENT, claim, row["qualified_name"], _key_name(row))

    def evidence(self, identities: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
        """One row with the columns of EVIDENCE per agent. identities: of `identify`, by qualified name."""
        for row in self._rows:
            yield self._row(row, identities[row["qualified_name"]])

    def _row(self, row: Row, identity: Mapping[str, Any]) -> Row:
        name, versions = row["qualified_name"], self._versions.of(row["qualified_name"])
        tagged = self._tags(row)
        declared = self._declarations.for_asset(_asset(row), tagged, identity["record_key"])
        steps = self._upstream.of(name, versions)
        found = {
            **dict.fromkeys(EVIDENCE.names),
            **declared,
            **self._state(row, tagged),
            **asset_columns(row, self._platforms[row["source"]]),
            **identity_columns(identity),
            "label": f"agent {row['name']}",
            "subject_kind": SubjectKind.AGENT,
            "description": _first(versions, "description") or row["description"] or declared["description"],
            "secrets_removed": sum(int(one["secrets_removed"] or 0) for one in (row, *versions)),
            "secrets_where": "; ".join(dict.fromkeys(filter(None, (one["secrets_where"] for one in (row, *versions)))))
            or None,
            "stands_on": self._stands_on(steps),
            "stands_on_json": json_text.dump(steps),
            "missing_deployment": self._upstream.missing_deployment(versions),
            "model_elsewhere": self._upstream.model_elsewhere(versions),
            "paths": "\n".join(sorted({path for step in steps for path in _paths(step)})),
            "incomplete_reason": self._coverage.why_incomplete(name) or self._not_understood(row),
        }
        return found | obligations_of(found, self._settings, self._declarations.today, row["created_at"])

    def _state(self, row: Row, tagged: list[Tagged]) -> Row:
        """The columns on its lifecycle state: what is enabled can be called, published or not."""
        tags: dict[str, str] = {}
        for _, own in reversed(tagged):
            tags |= own
        served, is_enabled = self._upstream.served_by(row["qualified_name"]), row["state"] != "disabled"
        published = self._published(row, served) if is_enabled and (row["published"] or served) else None
        signal = decisive(
            signals_of(
                None,
                [],
                tags,
                self._settings.lifecycle_of(row["source"]),
                archived=row["archived"],
                published=published,
                unpublished=_CALLABLE if is_enabled and not published else None,
            )
        )
        return state_columns(signal)

    def _published(self, row: Row, served: str | None) -> str:
        words = f"published as {self._upstream.label(served)}" if served else "published"
        older = self._versions.older(row["qualified_name"])
        return f"{words}, which serves version {older[0]} while {older[1]} is the latest" if older else words

    def _stands_on(self, steps: list[Row]) -> str | None:
        labels = (self._upstream.label(step["qualified_name"]) for step in steps if step["kind"] not in _NOT_LABELLED)
        return ", ".join(dict.fromkeys(labels)) or None

    def _not_understood(self, row: Row) -> str | None:
        newest = row["latest_version"]
        is_quarantined = newest and self._coverage.was_quarantined(
            qualified_names.azure_part(row["qualified_name"], "versions", newest)
        )
        return f"its latest version {newest} was listed but could not be understood" if is_quarantined else None

    def _tags(self, row: Row) -> list[Tagged]:
        """The tags that declare something of it: its own, its version's, those of the application serving it.

        What an agent's listing says of it is its latest version's: it does not count where an older one is served.
        """
        name = row["qualified_name"]
        texts = [] if self._versions.older(name) else [("agent tag", row["tags_json"])]
        texts += [("agent version tag", version["tags_json"]) for version in self._versions.of(name)]
        served = self._upstream.tags_of(self._upstream.served_by(name))
        return [(origin, json_text.load(text) or {}) for origin, text in [*texts, ("endpoint tag", served)]]


def _first(versions: list[Row], column: str) -> Any:
    return next((version[column] for version in versions if version[column]), None)


def _key_name(row: Row) -> str:
    """What a record's key ends with: its name, which is its id; a classic agent's name is none."""
    return (
        qualified_names.below_container(row["qualified_name"])
        if row["agent_type"] == CLASSIC_AGENT
        else str(row["name"])
    )


def _asset(row: Row) -> Asset:
    return Asset(row["source"], row["name"], (row["qualified_name"],), SubjectKind.AGENT)


def _paths(step: Row) -> list[str]:
    kind = str(step["kind"])
    return [kind, f"deployment/{kind}"] if kind in MODELS else [kind]
