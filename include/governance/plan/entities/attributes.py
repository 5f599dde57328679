"""How assets become catalog entities: one table per kind, target attribute <- source column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...model import json_text
from ...model.assets import AssetKind

_MOST_ENTRIES = 200
_LONGEST_ENTRY = 500
_LONGEST_NAME = 500


class TextLimits:
    """Cuts what a catalog page cannot show. A cut text says how long it was."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def text(self, value: Any) -> str | None:
        """A text attribute, cut to the configured length."""
        return None if value is None else _cut(str(value), self.longest)

    def mapping(self, value: str | None) -> dict[str, str] | None:
        """A JSON object as a map of texts, at most 200 entries."""
        entries = json_text.load(value)
        kept = {key: _cut(_plain(item), _LONGEST_ENTRY) for key, item in sorted(entries.items())[:_MOST_ENTRIES]}
        if len(entries) > _MOST_ENTRIES:
            kept["..."] = f"{len(entries) - _MOST_ENTRIES} more at the source"
        return kept or None


def name_of(value: Any) -> str:
    """The name of an entity, cut to what the catalog shows."""
    return _cut(str(value), _LONGEST_NAME)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ... (cut, {len(text)} characters)"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json_text.dump(value)


def milliseconds(value: Any) -> int | None:
    """A timestamp as Atlas takes dates: epoch milliseconds."""
    return None if value is None else int(value.timestamp() * 1000)


class Column(NamedTuple):
    """Where an attribute comes from and what it is made into: text, date, int, map, list, yes (a flag in words)."""

    name: str
    kind: str = "text"


def column(name: str, kind: str = "text") -> Column:
    """An attribute that is a column of the asset table."""
    return Column(name, kind)


_TAGS = {"tags": column("tags_json", "map")}
_DATES = {"created_at": column("created_at", "date"), "updated_at": column("updated_at", "date")}

_LINK = {"link": column("link")}
_CREATED = {"created_by": column("created_by"), **_DATES}
_PROPERTIES = {"properties": column("properties_json", "map")}
_TEXT = {"description": column("description"), **_TAGS, **_LINK}
_IDENTITY = {
    "runs_as": column("runs_as"),
    "caller_auth": column("caller_auth"),
    "static_keys": column("static_keys", "yes"),
    "public_network": column("public_network"),
}
_ACCESS = {
    "owner": column("owner"),
    **_IDENTITY,
    "rights": column("rights_json", "list"),
    "widest_right": column("widest_right"),
    "access_unknown": column("access_unknown"),
    "static_connections": column("static_connections"),
}
_CONTAINER = {
    "platform": column("platform"),
    "address": column("address"),
    "subtype": column("subtype"),
    "location": column("location"),
    **{part: column(f"{part}_json", "list") for part in ("schedules", "datastores", "content_policies", "evaluations")},
    **_IDENTITY,
    **_PROPERTIES,
    **_CREATED,
    **_TEXT,
}

ATTRIBUTES: dict[AssetKind, dict[str, Column]] = {
    AssetKind.SOURCE: {"workspace": column("workspace"), **_CONTAINER},
    AssetKind.PROJECT: _CONTAINER,
    AssetKind.EXPERIMENT: {
        "experiment_id": column("native_id"),
        "lifecycle_stage": column("lifecycle_stage"),
        "artifact_location": column("artifact_location"),
        "run_count": column("run_count", "int"),
        "published_run_count": column("published_run_count", "int"),
        **_CREATED,
        **_TEXT,
    },
    AssetKind.DATASET: {
        "digest": column("digest"),
        "source_type": column("source_type"),
        "source_uri": column("source_uri"),
        "schema": column("schema_json"),
        "profile": column("profile_json"),
        "version_name": column("version"),
        "datastore": column("datastore"),
        **_CREATED,
        **_TEXT,
    },
    AssetKind.MODEL: {
        "aliases": column("aliases_json", "map"),
        "owner": column("owner"),
        **_CREATED,
        **_TEXT,
    },
    AssetKind.MODEL_VERSION: {
        "owner": column("owner"),
        "version": column("version", "int"),
        "version_name": column("version_name"),
        "model_type": column("model_type"),
        "lifecycle_state": column("state"),
        "lifecycle_signal": column("state_signal"),
        "stage": column("stage"),
        "aliases": column("aliases_json", "list"),
        "run_id": column("run_id"),
        "lineage_rule": column("lineage"),
        "training_data": column("training_data"),
        "source_uri": column("source_uri"),
        "metrics": column("metrics_json", "map"),
        "signature": column("signature"),
        "registered_by": column("user"),
        **_PROPERTIES,
        **_DATES,
        **_TEXT,
    },
    AssetKind.BASE_MODEL: {
        "publisher": column("publisher"),
        "format": column("format"),
        "model_name": column("model_name"),
        "version_name": column("version"),
        "description": column("description"),
        **_PROPERTIES,
        **_LINK,
    },
    AssetKind.RUN: {
        "run_id": column("native_id"),
        "owner": column("user"),
        "user": column("user"),
        "job_type": column("job_type"),
        "status": column("status"),
        "lifecycle_stage": column("lifecycle_stage"),
        "started_at": column("started_at", "date"),
        "ended_at": column("ended_at", "date"),
        "git_commit": column("git_commit"),
        "git_repository": column("git_repository"),
        "code_source": column("code_source"),
        "environment": column("environment"),
        "component": column("component"),
        "compute": column("compute"),
        "artifact_uri": column("artifact_uri"),
        "params": column("params_json", "map"),
        "metrics": column("metrics_json", "map"),
        **_PROPERTIES,
        **_TEXT,
    },
    AssetKind.ENDPOINT: {
        "endpoint_type": column("endpoint_type"),
        "address": column("address"),
        "state": column("state"),
        "traffic": column("traffic_json", "map"),
        "mirror_traffic": column("mirror_traffic_json", "map"),
        "location": column("location"),
        **_ACCESS,
        **_PROPERTIES,
        **_CREATED,
        **_TEXT,
    },
    AssetKind.DEPLOYMENT: {
        "deployment_type": column("deployment_type"),
        "state": column("state"),
        "traffic": column("traffic_share"),
        "mirror_traffic": column("mirror_share"),
        "model_reference": column("model_reference"),
        "model_name": column("model_name"),
        "model_version": column("model_version"),
        "model_format": column("model_format"),
        "model_publisher": column("model_publisher"),
        "lineage_rule": column("lineage"),
        "sku": column("sku"),
        "capacity": column("capacity"),
        "content_policy": column("content_policy"),
        "upgrade_option": column("upgrade_option"),
        "retires_on": column("retires_on"),
        "successor": column("successor"),
        "environment": column("environment"),
        "compute": column("compute"),
        **_ACCESS,
        **_PROPERTIES,
        **_CREATED,
        **_TEXT,
    },
    AssetKind.AGENT: {
        "agent_type": column("agent_type"),
        "state": column("state"),
        "published": column("published", "yes"),
        "latest_version": column("latest_version"),
        "blueprint": column("blueprint"),
        "evaluations": column("evaluations_json", "list"),
        **_ACCESS,
        **_PROPERTIES,
        **_CREATED,
        **_TEXT,
    },
    AssetKind.AGENT_VERSION: {
        "version_name": column("version"),
        "agent_type": column("agent_type"),
        "latest": column("is_latest", "yes"),
        "model": column("model"),
        "tools": column("tools_texts_json", "list"),
        "instructions": column("instructions"),
        "instructions_length": column("instructions_length", "count"),
        "instructions_hash": column("instructions_hash"),
        **_PROPERTIES,
        **_CREATED,
        **_TEXT,
    },
    AssetKind.CONNECTION: {
        "category": column("category"),
        "auth_type": column("auth_type"),
        "credential": column("credential"),
        "target": column("target"),
        "shared": column("shared", "yes"),
        **_PROPERTIES,
        **_CREATED,
        **_LINK,
    },
}


def attributes(kind: AssetKind, row: Mapping[str, Any], cut: TextLimits) -> dict[str, Any]:
    """The entity's attributes from the row, `None` where the source states nothing."""
    made: dict[str, Callable[[Any], Any]] = {
        "text": cut.text,
        "int": lambda value: int(value or 0),
        "count": lambda value: None if value is None else int(value),
        "yes": lambda value: None if value is None else "yes" if value else "no",
        "date": milliseconds,
        "map": cut.mapping,
        "list": lambda value: json_text.load(value) or None,
    }
    return {target: made[source.kind](row.get(source.name)) for target, source in ATTRIBUTES[kind].items()}
