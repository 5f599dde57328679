"""Datasets, indexes and evaluations of a project, and the data that an agent's tools name.

Shapes: dataset {name, version, type, dataUri, connectionName, description, tags}; index {name, version, type
(AzureSearch ...), connectionName, indexName, description, tags}; evaluation rule {id, displayName, enabled, action
{type, evalId}, filter {agentName}, eventType, systemData}; evaluation {id, name, created_at, metadata,
testing_criteria [{type, name}]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model import qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, when
from ..fields import flag, identity, objects, part, word
from .containers import Container

_TYPES = {"datasets": "dataset", "indexes": "index"}


def dataset_row(
    item: Mapping[str, Any], project: Container, collection: str, address: str | None, fields: ArmFields
) -> Row:
    """A row of Kind.DATASET for the latest version of a dataset or an index. Raises Malformed.

    address: of an index, where its connection says so.
    """
    name = identity(item, "name")
    return fields.row(
        qualified_name=qualified_names.azure(project.id, collection, name),
        native_id=project.below(collection, name),
        name=fields.text(name),
        source_type=fields.text(item.get("type")) or _TYPES[collection],
        source_uri=fields.text(item.get("dataUri") or address),
        version=fields.text(item.get("version")),
        container=project.qualified_name,
        link=project.link("resource/data" if collection == "datasets" else "resource/indexes"),
        archived=False,
        created_by=None,
        description=fields.text(item.get("description")),
        tags_json=fields.tags(item.get("tags")),
    )


def used_row(qualified_name: str, name: str, kind: str, uri: str | None, project: Container, fields: ArmFields) -> Row:
    """A row of Kind.DATASET for data that only a tool names: an index behind a connection, a vector store."""
    return fields.row(
        qualified_name=qualified_name,
        native_id=fields.text(uri or name),
        name=fields.text(name),
        source_type=kind,
        source_uri=fields.text(uri),
        container=project.qualified_name,
        archived=False,
    )


def rule_row(item: Mapping[str, Any], project: Container, fields: ArmFields) -> Row:
    """A row of Kind.EVALUATION for an evaluation rule. Raises Malformed."""
    native_id = identity(item, "id")
    agent = word(part(item, "filter"), "agentName")
    system, enabled = part(item, "systemData"), flag(item, "enabled")
    return fields.row(
        qualified_name=qualified_names.azure(project.id, "evaluationrules", native_id.rsplit("/", 1)[-1]),
        native_id=native_id,
        name=fields.text(item.get("displayName")) or fields.text(native_id.rsplit("/", 1)[-1]),
        state=("enabled" if enabled else "disabled") if enabled is not None else None,
        subject=qualified_names.azure(project.id, "agents", agent) if agent else None,
        properties_json=fields.document({"action": item.get("action"), "eventType": item.get("eventType")}),
        container=project.qualified_name,
        link=project.link("resource/evaluations"),
        archived=False,
        created_by=fields.text(system.get("createdBy")),
        created_at=when(system, "createdAt"),
        updated_at=when(system, "lastModifiedAt"),
        description=fields.text(item.get("description")),
        tags_json=fields.tags(None),
    )


def evaluation_row(item: Mapping[str, Any], project: Container, fields: ArmFields) -> Row:
    """A row of Kind.EVALUATION for an evaluation's definition. Raises Malformed."""
    native_id = identity(item, "id")
    kept = [one for _, one in objects(item, "testing_criteria")]
    tests = [{key: one[key] for key in ("type", "name", "evaluator_name") if one.get(key)} for one in kept]
    return fields.row(
        qualified_name=qualified_names.azure(project.id, "evals", native_id.rsplit("/", 1)[-1]),
        native_id=native_id,
        name=fields.text(item.get("name")) or fields.text(native_id.rsplit("/", 1)[-1]),
        state=fields.text(item.get("status")),
        properties_json=fields.document({"testing_criteria": tests} if tests else None),
        container=project.qualified_name,
        link=project.link("resource/evaluations"),
        archived=False,
        created_at=when(item, "created_at"),
        tags_json=fields.tags(item.get("metadata")),
    )
