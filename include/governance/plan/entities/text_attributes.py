"""Assets that the catalog holds as texts of others: environments, components, policies, schedules, datastores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...estate import MergedSnapshots
from ...model import json_text
from ...model.assets import AssetKind
from ...model.relations import Relation
from ...model.rows import Row
from . import display_names


class Details:
    """Text attributes of entities that are derived from other assets."""

    def __init__(self, merged: MergedSnapshots) -> None:
        self._merged = merged
        self._called = {
            row["qualified_name"]: display_names.versioned(row)
            for kind in (AssetKind.ENVIRONMENT, AssetKind.COMPONENT, AssetKind.CONTENT_POLICY, AssetKind.DATASTORE)
            for _, row in merged.rows(kind)
        }
        self._parts = {
            "schedules": self._grouped(AssetKind.SCHEDULE, _schedule, "container"),
            "datastores": self._grouped(AssetKind.DATASTORE, _datastore, "container"),
            "content_policies": self._grouped(AssetKind.CONTENT_POLICY, _policy, "container"),
            "evaluations": self._grouped(AssetKind.EVALUATION, _evaluation, "container"),
        }
        self._evaluations = self._grouped(AssetKind.EVALUATION, _evaluation, "subject")
        self._model_rules: dict[str, str] = {}
        for edge in merged.edges(Relation.MODEL_DEPLOYED_IN):
            self._model_rules.setdefault(edge["to_name"], edge["rule"])

    def of_container(self, row: Row) -> Row:
        """Schedules, datastores, content policies and evaluations of a workspace, account or project."""
        texts = {part: texts.get(row["qualified_name"]) for part, texts in self._parts.items()}
        return {f"{part}_json": json_text.dump(sorted(found)) if found else None for part, found in texts.items()} | {
            "static_keys": row.get("static_keys")
        }

    def of_run(self, row: Row) -> Row:
        """Environment and component of a run."""
        return {
            "environment": self._named(row, Relation.ENVIRONMENT_USED_BY_RUN, "environment"),
            "component": self._named(row, Relation.COMPONENT_USED_BY_RUN, "component"),
        }

    def of_dataset(self, row: Row) -> Row:
        """The datastores that hold a dataset."""
        stores = self._merged.ends(Relation.DATASET_IN_DATASTORE, False).get(row["qualified_name"], ())
        return {"datastore": ", ".join(sorted(self._called.get(store, store) for store in stores)) or None}

    def of_deployment(self, row: Row) -> Row:
        """Environment, content policy, lineage rule and traffic of a deployment."""
        return {
            "environment": self._named(row, Relation.ENVIRONMENT_USED_BY_DEPLOYMENT, "environment"),
            "content_policy": self._named(row, Relation.CONTENT_POLICY_OF_DEPLOYMENT, "content_policy"),
            "lineage": self._model_rules.get(row["qualified_name"], "no registered or base model is known"),
            "traffic_share": _percent(row["traffic"]),
            "mirror_share": _percent(row["mirror_traffic"]),
        }

    def of_agent(self, row: Row) -> Row:
        """Evaluations of an agent."""
        found = self._evaluations.get(row["qualified_name"])
        return {"evaluations_json": json_text.dump(sorted(found)) if found else None}

    def of_agent_version(self, row: Row) -> Row:
        """Tools of an agent version."""
        return {"tools_texts_json": json_text.dump(display_names.tools(row["tools_json"]))}

    def _named(self, row: Row, relation: Relation, column: str) -> str | None:
        """The names of what the relation leads to, else the row's own column."""
        used = self._merged.ends(relation, True).get(row["qualified_name"]) or _stated(row.get(column))
        return ", ".join(sorted({self._called.get(name, name) for name in used})) or None

    def _grouped(self, kind: AssetKind, text: Any, by: str) -> dict[str, set[str]]:
        groups: dict[str, set[str]] = {}
        for _, row in self._merged.rows(kind):
            if row.get(by):
                groups.setdefault(row[by], set()).add(text(row))
        return groups


def _stated(value: str | None) -> Iterable[str]:
    return [value] if value else []


def _percent(value: int | None) -> str | None:
    return None if value is None else f"{value}%"


def _schedule(row: Row) -> str:
    enabled = {True: "", False: " (disabled)"}.get(row["enabled"], "")
    return ": ".join(part for part in (f"{display_names.name(row)}{enabled}", row["trigger"], row["action"]) if part)


def _datastore(row: Row) -> str:
    return ": ".join(part for part in (display_names.name(row), row["storage_uri"]) if part)


def _policy(row: Row) -> str:
    mode = f" ({row['mode']})" if row["mode"] else ""
    base = f", based on {row['base_policy']}" if row["base_policy"] else ""
    return f"{display_names.name(row)}{mode}{base}"


def _evaluation(row: Row) -> str:
    return f"{display_names.name(row)} ({row['state']})" if row["state"] else display_names.name(row)
