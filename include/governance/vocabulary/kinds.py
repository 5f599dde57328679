"""What a snapshot may hold: asset kinds, relation kinds and the columns of every table.

A column ending in `_json` is a JSON text with sorted keys. Timestamps are UTC, milliseconds. `None` means not stated.
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

TEXT = pa.string()
COUNT = pa.int64()
WHEN = pa.timestamp("ms", tz="UTC")
FLAG = pa.bool_()


class Kind(StrEnum):
    SOURCE = "source"
    EXPERIMENT = "experiment"
    RUN = "run"
    DATASET = "dataset"
    LOGGED_MODEL = "logged_model"
    MODEL = "model"
    MODEL_VERSION = "model_version"
    PROMPT = "prompt"


class State(StrEnum):
    """How much of one collection was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class Mode(StrEnum):
    """full: the whole listing. incremental: what moved since the last snapshot, the rest carried over from it."""

    FULL = "full"
    INCREMENTAL = "incremental"


class Relation(StrEnum):
    """Typed edges, read from left to right: `from_name` kind `to_name`."""

    RUN_IN_EXPERIMENT = "run_in_experiment"
    CHILD_OF_RUN = "child_of_run"
    DATASET_USED_BY_RUN = "dataset_used_by_run"
    LOGGED_MODEL_USED_BY_RUN = "logged_model_used_by_run"
    RUN_PRODUCED_LOGGED_MODEL = "run_produced_logged_model"
    RUN_PRODUCED_VERSION = "run_produced_version"
    VERSION_OF_MODEL = "version_of_model"
    VERSION_FROM_LOGGED_MODEL = "version_from_logged_model"
    VERSION_COPIED_FROM = "version_copied_from"


COLLECTION_OF = {
    Kind.EXPERIMENT: "experiments",
    Kind.RUN: "runs",
    Kind.DATASET: "runs",
    Kind.LOGGED_MODEL: "logged_models",
    Kind.MODEL: "registered_models",
    Kind.MODEL_VERSION: "model_versions",
    Kind.PROMPT: "prompts",
}

_COMMON = [("qualified_name", TEXT), ("source", TEXT), ("native_id", TEXT), ("name", TEXT), ("secrets_removed", COUNT)]

_COLUMNS: dict[Kind, list[tuple[str, pa.DataType]]] = {
    Kind.SOURCE: [("platform", TEXT), ("address", TEXT), ("workspace", TEXT)],
    Kind.EXPERIMENT: [
        ("lifecycle_stage", TEXT),
        ("artifact_location", TEXT),
        ("description", TEXT),
        ("created_at", WHEN),
        ("updated_at", WHEN),
        ("tags_json", TEXT),
    ],
    Kind.RUN: [
        ("experiment", TEXT),
        ("status", TEXT),
        ("lifecycle_stage", TEXT),
        ("started_at", WHEN),
        ("ended_at", WHEN),
        ("user", TEXT),
        ("artifact_uri", TEXT),
        ("parent_run_id", TEXT),
        ("description", TEXT),
        ("git_commit", TEXT),
        ("code_source", TEXT),
        ("params_json", TEXT),
        ("metrics_json", TEXT),
        ("tags_json", TEXT),
        ("dataset_count", COUNT),
        ("signature", TEXT),
    ],
    Kind.DATASET: [
        ("digest", TEXT),
        ("source_type", TEXT),
        ("source_uri", TEXT),
        ("schema_json", TEXT),
        ("profile_json", TEXT),
    ],
    Kind.LOGGED_MODEL: [
        ("experiment", TEXT),
        ("source_run_id", TEXT),
        ("status", TEXT),
        ("model_type", TEXT),
        ("artifact_uri", TEXT),
        ("created_at", WHEN),
        ("updated_at", WHEN),
        ("creator", TEXT),
        ("params_json", TEXT),
        ("metrics_json", TEXT),
        ("tags_json", TEXT),
    ],
    Kind.MODEL: [
        ("description", TEXT),
        ("created_at", WHEN),
        ("updated_at", WHEN),
        ("tags_json", TEXT),
        ("aliases_json", TEXT),
    ],
    Kind.MODEL_VERSION: [
        ("model", TEXT),
        ("model_name", TEXT),
        ("version", COUNT),
        ("stage", TEXT),
        ("status", TEXT),
        ("description", TEXT),
        ("user", TEXT),
        ("created_at", WHEN),
        ("updated_at", WHEN),
        ("run_id", TEXT),
        ("run_link", TEXT),
        ("source_uri", TEXT),
        ("logged_model_id", TEXT),
        ("tags_json", TEXT),
        ("aliases_json", TEXT),
    ],
    Kind.PROMPT: [("description", TEXT), ("created_at", WHEN), ("updated_at", WHEN), ("tags_json", TEXT)],
}

ASSETS: dict[Kind, pa.Schema] = {kind: pa.schema(_COMMON + columns) for kind, columns in _COLUMNS.items()}

RELATIONS = pa.schema(
    [
        ("kind", TEXT),
        ("from_name", TEXT),
        ("to_name", TEXT),
        ("rule", TEXT),
        ("heuristic", FLAG),
        ("stated_by", TEXT),  # the asset whose record says so; carried over together with it
        ("attributes_json", TEXT),
    ]
)

COLLECTIONS = pa.schema(
    [
        ("source", TEXT),
        ("collection", TEXT),
        ("state", TEXT),
        ("mode", TEXT),
        ("seen", COUNT),
        ("carried", COUNT),
        ("filtered", COUNT),
        ("quarantined", COUNT),
        ("pages", COUNT),
        ("reason", TEXT),
        ("remedy", TEXT),
    ]
)

QUARANTINE = pa.schema([("source", TEXT), ("collection", TEXT), ("native_id", TEXT), ("reason", TEXT)])
