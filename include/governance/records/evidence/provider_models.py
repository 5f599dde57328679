"""Deployments of providers' models: what no registered version stands behind is governed as the deployment itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from ..states.signals import Signal, Traffic, conflict_with_traffic, decisive, signals_of
from .agent_upstream import edges_to
from .announced_ends import AnnouncedEnds
from .callers import Callers
from .declarations import Asset, Declarations, Tagged
from .deployments import deployments, in_words
from .shared_columns import asset_columns, identity_columns, state_columns, subject_columns
from .traffic import UNDIVIDED

_COLUMNS = ("state", "tags_json", "created_at", "archived", "description", "runs_as", "sku", "capacity")
_MORE = ("content_policy", "upgrade_option", "model_name")
_AT_REST = ("disabled", "deleting", "stopped")


class ProviderModels:
    """All such deployments of all snapshots, in the same two steps as versions."""

    def __init__(
        self,
        estate: Estate,
        declarations: Declarations,
        settings: Settings,
        callers: Callers,
        ends: AnnouncedEnds,
    ) -> None:
        merged = estate.merged
        self._coverage, self._declarations, self._settings = estate.coverage, declarations, settings
        self._callers, self._ends = callers, ends
        self._platforms = {snapshot.source: snapshot.platform for snapshot in estate.snapshots}
        self._models = {
            deployment: models
            for deployment, models in edges_to(merged, Relation.MODEL_DEPLOYED_IN).items()
            if all(qualified_names.is_base_model(model) for model, _ in models)
        }
        self._labels = merged.column(AssetKind.BASE_MODEL, "name")
        self._endpoints = {row["qualified_name"]: row for row in _endpoints(merged)}
        self._rows = _rows(merged, self._models)

    def subjects(self) -> Iterator[Row]:
        """One row with the columns SUBJECTS per deployment."""
        for row in self._rows:
            claim = self._declarations.claim(_asset(row), self._tags(row))
            name = row["qualified_name"]
            yield subject_columns(row, SubjectKind.DEPLOYMENT, claim, name, _key_name(name))

    def evidence(self, identities: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
        """One row with the columns of EVIDENCE per deployment. identities: of `identify`, by qualified name."""
        for row in self._rows:
            yield self._row(row, identities[row["qualified_name"]])

    def _row(self, row: Row, identity: Mapping[str, Any]) -> Row:
        name = row["qualified_name"]
        declared = self._declarations.for_asset(_asset(row), self._tags(row), identity["record_key"])
        steps = self._steps(row)
        callers = self._callers.of(row["endpoint"])
        labels = (self._labels.get(model) or qualified_names.last_segment(model) for model, _ in self._models[name])
        found = {
            **dict.fromkeys(EVIDENCE.names),
            **declared,
            **self._state(row),
            **asset_columns(row, self._platforms[row["source"]]),
            **identity_columns(identity),
            "label": f"deployment {row['name']}",
            "subject_kind": SubjectKind.DEPLOYMENT,
            "deployments": in_words(row),
            "deployments_json": json_text.dump([name]),
            "endpoints_json": json_text.dump([row["endpoint"]] if row["endpoint"] else []),
            "description": row["description"] or declared["description"],
            "secrets_removed": 0,  # what lies open in a deployment is judged where it serves
            "stands_on": ", ".join(dict.fromkeys(labels)) or None,
            "stands_on_json": json_text.dump(steps),
            "content_policy": row["content_policy"],
            "sku": row["sku"],
            "capacity": row["capacity"],
            "upgrade_option": row["upgrade_option"],
            "called_by": ", ".join(caller.name for caller in callers) or None,
            "called_by_json": json_text.dump([caller.qualified_name for caller in callers]),
            "paths": "\n".join(sorted({*(step["kind"] for step in steps), "deployment"})),
            "incomplete_reason": self._coverage.why_listing_incomplete(AssetKind.DEPLOYMENT, name, row["source"]),
        }
        due = self._ends.of([name])
        return found | obligations_of(found, self._settings, self._declarations.today, row["created_at"], due)

    def _state(self, row: Row) -> Row:
        """The columns on its lifecycle state: what an endpoint gives it, or its tags say."""
        signals = self._signals(row)
        signal = decisive(signals)
        percent = _percent(row["share"])
        return {
            **state_columns(signal),
            "traffic": percent,
            "traffic_conflict": conflict_with_traffic(signals, percent),
        }

    def _signals(self, row: Row) -> list[Signal]:
        tags: dict[str, str] = {}
        for _, own in reversed(self._tags(row)):
            tags |= own
        is_at_rest = str(row["state"]).lower() in _AT_REST or not row["endpoint"]
        given = [] if is_at_rest else [self._given(row)]
        lifecycle = self._settings.lifecycle_of(row["source"])
        return signals_of(None, [], tags, lifecycle, traffic=given, archived=row["archived"])

    def _given(self, row: Row) -> Traffic:
        """What its endpoint gives it; since when is known where that splits nothing."""
        endpoint = self._endpoints.get(row["endpoint"], {})
        at = row["created_at"] if endpoint.get("endpoint_type") in UNDIVIDED else None
        label = endpoint.get("name") or row["endpoint"]
        return Traffic(row["endpoint"], label, _percent(row["share"]), _percent(row["mirror"]), at)

    def _steps(self, row: Row) -> list[Row]:
        """Steps {kind, qualified_name, rule} back to the provider's model, and to where it answers."""
        found = [
            {"kind": str(AssetKind.BASE_MODEL), "qualified_name": model, "rule": rule}
            for model, rule in self._models[row["qualified_name"]]
        ]
        if row["endpoint"]:
            answers = {"qualified_name": row["endpoint"], "rule": "endpoint of the deployment"}
            found.append({"kind": str(AssetKind.ENDPOINT), **answers})
        return found

    def _tags(self, row: Row) -> list[Tagged]:
        """The tags that declare something of it, those that count first in front."""
        own, endpoint = row["tags_json"], self._endpoints.get(row["endpoint"] or "", {}).get("tags_json")
        return [("deployment tag", json_text.load(own)), ("endpoint tag", json_text.load(endpoint))]


def _rows(merged: MergedSnapshots, models: Mapping[str, Any]) -> list[Row]:
    """Columns of the deployments that deploy nothing but providers' models, ordered by qualified name."""
    more = merged.frame(AssetKind.DEPLOYMENT, [*_COLUMNS, *_MORE], list(models))
    found = deployments(merged).merge(more, on="qualified_name", how="inner")
    return rows_of(found[found["deployment_type"] != "agent"].sort_values("qualified_name"))


def _endpoints(merged: MergedSnapshots) -> list[Row]:
    return rows_of(merged.frame(AssetKind.ENDPOINT, ["name", "tags_json", "endpoint_type"]))


def _percent(value: float | None) -> int | None:
    return None if value is None else int(value)


def _key_name(name: str) -> str:
    """What a record's key ends with: the path in its account or workspace; of a serverless one that of its endpoint."""
    return qualified_names.below_container(qualified_names.azure_whole(name, "deployment") or name)


def _asset(row: Row) -> Asset:
    return Asset(row["source"], row["name"], (row["qualified_name"],), SubjectKind.DEPLOYMENT)
