"""Agents: for every agent, its upstream models, what data it is connected to, who owns it, and its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...config.models import Settings
from ...estate import Estate, MergedSnapshots
from ...lifecycle.obligations import obligations_of
from ...model import json_text, qualified_names
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from ...model.tables import EVIDENCE
from ...model.vocabularies import SubjectKind
from ...staging.rows import rows as rows_of
from ..identity import SUBJECTS
from ..states.signals import decisive, signals_of
from .declarations import Asset, Declarations, Tagged

_AGENT = ("source", "name", "container", "archived", "state", "published", "description", "tags_json")
_MORE = ("secrets_removed", "secrets_where", "created_at", "latest_version")
_VERSION = ("agent", "version", "is_latest", "description", "tags_json", "secrets_removed", "secrets_where", "model")
_NAMED = (AssetKind.BASE_MODEL, AssetKind.MODEL_VERSION, AssetKind.DATASET, AssetKind.DEPLOYMENT, AssetKind.ENDPOINT)
_MODELS = (str(AssetKind.BASE_MODEL), str(AssetKind.MODEL_VERSION))


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
        self._latest = latest_of(rows_of(merged.frame(AssetKind.AGENT_VERSION, _VERSION)))
        self._upstream = _AgentUpstream(merged)

    def subjects(self) -> Iterator[Row]:
        """One row with the columns SUBJECTS per agent."""
        for row in self._rows:
            name = row["qualified_name"]
            claim = self._declarations.claim(_asset(row), self._tags(row))
            yield {
                **{column: row.get(column) for column in SUBJECTS},
                "kind": SubjectKind.AGENT,
                "container": row["container"] or row["source"],
                "parent_model": name,
                "parent_name": row["name"],
                "label": row["name"],
                "created_ms": row["created_at"].timestamp() * 1000 if row["created_at"] else None,
                "claim_key": claim.key,
                "claim_rule": claim.rule,
                "claim_level": "model" if claim.key else None,
                "is_stale": False,
            }

    def evidence(self, identities: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
        """One row with the columns of EVIDENCE per agent. identities: of `identify`, by qualified name."""
        for row in self._rows:
            yield self._row(row, identities[row["qualified_name"]])

    def _row(self, row: Row, identity: Mapping[str, Any]) -> Row:
        name, latest = row["qualified_name"], self._latest.get(row["qualified_name"], {})
        tagged = self._tags(row)
        declared = self._declarations.for_asset(_asset(row), tagged, identity["record_key"])
        tags: dict[str, str] = {}
        for _, own in reversed(tagged):
            tags |= own
        served = self._upstream.served_by(name)
        published = None
        if row["state"] != "disabled" and (row["published"] or served):
            published = f"published as {self._upstream.label(served)}" if served else "published"
        lifecycle = self._settings.lifecycle_of(row["source"])
        signal = decisive(signals_of(None, [], tags, lifecycle, archived=row["archived"], published=published))
        steps = self._upstream.of(latest.get("qualified_name"))
        if served:
            steps = [
                *steps,
                {"kind": str(AssetKind.ENDPOINT), "qualified_name": served, "rule": "application that serves it"},
            ]
        labels = (self._upstream.label(step["qualified_name"]) for step in steps)
        found = {
            **dict.fromkeys(EVIDENCE.names),
            **declared,
            "qualified_name": name,
            "source": row["source"],
            "platform": self._platforms[row["source"]],
            "container": row["container"],
            "created_at": row["created_at"],
            "archived": row["archived"],
            "record_rule": identity["record_rule"],
            "contradiction": identity["contradiction"],
            "model_name": row["name"],
            "label": f"agent {row['name']}",
            "subject_kind": SubjectKind.AGENT,
            "state": signal.state,
            "state_signal": signal.words,
            "state_from": signal.asset,
            "state_stated_at": signal.at,
            "in_production": signal.state == "production",
            "description": latest.get("description") or row["description"] or declared["description"],
            "secrets_removed": int(row["secrets_removed"] or 0) + int(latest.get("secrets_removed") or 0),
            "secrets_where": "; ".join(dict.fromkeys(filter(None, (row["secrets_where"], latest.get("secrets_where")))))
            or None,
            "stands_on": ", ".join(dict.fromkeys(labels)) or None,
            "stands_on_json": json_text.dump(steps),
            "paths": "\n".join(sorted({path for step in steps for path in _paths(step)})),
            "incomplete_reason": self._coverage.why_incomplete(name) or self._not_understood(row),
        }
        return found | obligations_of(found, self._settings, self._declarations.today, row["created_at"])

    def _not_understood(self, row: Row) -> str | None:
        newest = row["latest_version"]
        is_quarantined = newest and self._coverage.was_quarantined(
            qualified_names.azure_part(row["qualified_name"], "versions", newest)
        )
        return f"its latest version {newest} was listed but could not be understood" if is_quarantined else None

    def _tags(self, row: Row) -> list[Tagged]:
        """The tags that declare something of it: its own, its latest version's, those of the application serving it."""
        latest = self._latest.get(row["qualified_name"], {})
        texts = [("agent tag", row["tags_json"]), ("agent version tag", latest.get("tags_json"))]
        served = self._upstream.tags_of(self._upstream.served_by(row["qualified_name"]))
        return [(origin, json_text.load(text) or {}) for origin, text in [*texts, ("endpoint tag", served)]]


def latest_of(versions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By agent, the row of its latest version: the one that its source calls so, else the highest number.

    Args:
        versions: rows with agent, version (text) and is_latest: None where the source does not say.
    """
    current = (row for row in versions if row["is_latest"] is not False)
    return {row["agent"]: dict(row) for row in sorted(current, key=_recency)}


def _recency(row: Mapping[str, Any]) -> tuple[bool, int, str]:
    version = str(row["version"] or "")
    return bool(row["is_latest"]), int(version) if version.isdecimal() else -1, version


def _asset(row: Row) -> Asset:
    return Asset(row["source"], row["name"], (row["qualified_name"],), is_agent=True)


def _paths(step: Row) -> list[str]:
    kind = str(step["kind"])
    return [kind, f"deployment/{kind}"] if kind in _MODELS else [kind]


class _AgentUpstream:
    """What agent versions reach: endpoint, deployment, model; data; and which application serves an agent."""

    def __init__(self, merged: MergedSnapshots) -> None:
        self._labels: dict[str, str] = {}
        for kind in _NAMED:
            frame = merged.frame(kind, ["name"])
            self._labels |= dict(zip(frame["qualified_name"], frame["name"], strict=True))
        self._kinds = {
            name: str(kind) for kind in (AssetKind.BASE_MODEL, AssetKind.MODEL_VERSION)
            for name in merged.frame(kind, ["name"])["qualified_name"]
        }  # fmt: skip
        endpoints = merged.frame(AssetKind.ENDPOINT, ["tags_json"])
        self._tags = dict(zip(endpoints["qualified_name"], endpoints["tags_json"], strict=True))
        self._endpoints = _edges(merged, Relation.ENDPOINT_USED_BY_AGENT_VERSION)
        self._data = _edges(merged, Relation.DATASET_USED_BY_AGENT_VERSION)
        self._deployments = _edges(merged, Relation.DEPLOYMENT_OF_ENDPOINT)
        self._models = _edges(merged, Relation.MODEL_DEPLOYED_IN)
        served = merged.edge_frame(Relation.AGENT_SERVED_BY_ENDPOINT).drop_duplicates("from_name")
        self._served = dict(zip(served["from_name"], served["to_name"], strict=True))

    def of(self, version: str | None) -> list[Row]:
        """Steps {kind, qualified_name, rule} from one agent version back to models and data."""
        if version is None:
            return []
        found = [_step(AssetKind.DATASET, *edge) for edge in self._data.get(version, ())]
        for endpoint, rule in self._endpoints.get(version, ()):
            found.append(_step(AssetKind.ENDPOINT, endpoint, rule))
            for deployment, how in self._deployments.get(endpoint, ()):
                found.append(_step(AssetKind.DEPLOYMENT, deployment, how))
                for model, by in self._models.get(deployment, ()):
                    found.append({"kind": self._kind(model), "qualified_name": model, "rule": by})
        return found

    def _kind(self, model: str) -> str:
        """Of a model that is listed nowhere: by its name, a provider's or a registered version that is gone."""
        is_base = model.startswith(qualified_names.base_model("", "", "").removesuffix("-/-/-"))
        return self._kinds.get(model, str(AssetKind.BASE_MODEL if is_base else AssetKind.MODEL_VERSION))

    def served_by(self, agent: str) -> str | None:
        return self._served.get(agent)

    def tags_of(self, endpoint: str | None) -> str | None:
        return self._tags.get(endpoint or "")

    def label(self, name: str | None) -> str:
        return self._labels.get(name or "") or qualified_names.last_segment(name or "")


def _edges(merged: MergedSnapshots, kind: Relation) -> dict[str, list[tuple[str, str]]]:
    """to_name -> its (from_name, rule)."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    edges = merged.edge_frame(kind)
    for left, right, rule in zip(edges["from_name"], edges["to_name"], edges["rule"], strict=True):
        found[right].append((left, rule))
    return found


def _step(kind: AssetKind, name: str, rule: str) -> Row:
    return {"kind": str(kind), "qualified_name": name, "rule": rule}
