"""Jobs: rows of every type, known or not, and what a job says it used and produced.

Shape: {id, name, properties {jobType, displayName, experimentName, status, computeId, componentId, environmentId,
isArchived, tags, properties, services, inputs, outputs}, systemData}. AutoML keeps its data in `taskDetails`,
fine-tuning data and parent model in `fineTuningDetails`, a sweep its environment in `trial`, a pipeline its nodes in
`jobs`; every leaf is optional.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...model import json_text, qualified_names
from ...model.rows import Row
from ..azure.fields import ArmFields, last_segment, resource_id
from ..fields import identity, mapping, note_unparsed, objects, part, text, word
from .containers import Container

_COMMITS = ("azureml.git.commit", "mlflow.source.git.commit")
_REPOSITORIES = ("azureml.git.repository_uri", "mlflow.source.git.repoURL")
_SCRIPTS = ("mlflow.source.name", "azureml.script")
_PARENT_PROPERTIES = ("azureml.pipelinerunid", "azureml.parentrunid", "mlflow.parentrunid")  # in lower case
_KEPT = ("taskDetails.taskType", "fineTuningDetails.taskType", "objective", "limits", "resources", "queueSettings")
_MODEL_TYPES = {"mlflow_model", "custom_model", "triton_model"}
# AutoML's and fine-tuning's data, which is under no `inputs`: section, field, what the data is for
_DATA_FIELDS = [
    ("taskDetails", "trainingData", "training"),
    ("taskDetails", "validationData", "validation"),
    ("taskDetails", "testData", "test"),
    ("fineTuningDetails", "trainingData", "training"),
    ("fineTuningDetails", "validationData", "validation"),
]
_CONTEXT_WORDS = {
    **dict.fromkeys(("valid", "validation", "val", "eval", "evaluation"), "validation"),
    **dict.fromkeys(("test", "testing", "holdout"), "test"),
}


# What is not kept of a job, and may hold secrets all the same: field, what a name in it is the name of
_LOOKED_AT = (
    ("environmentVariables", "environment variable"),
    ("command", "command"),
    ("outputs", "output"),
    ("trial", "sweep"),
    ("jobs", "pipeline step"),
    ("taskDetails", "AutoML task"),
    ("fineTuningDetails", "fine-tuning"),
    ("services", "service"),
)


class Use(NamedTuple):
    """One thing that a job reads. reference: as it states it. context: training, validation, test."""

    name: str
    reference: str
    is_model: bool
    context: str


class Output(NamedTuple):
    """One thing that a job writes. asset, version: of the registered asset it becomes, if any."""

    name: str
    uri: str | None
    is_model: bool
    asset: str | None
    version: str | None


class Node(NamedTuple):
    """One step of a pipeline, as its definition has it."""

    name: str
    component: str | None


def job_row(item: Mapping[str, Any], workspace: Container, fields: ArmFields) -> Row:
    """A row of Kind.RUN without its relations, metrics and MLflow parameters. Raises Malformed."""
    native_id, name, properties = resource_id(item), identity(item, "name"), part(item, "properties")
    stated = part(properties, "properties")
    placed = fields.placed(
        item, workspace.qualified_name, fields.text(_studio(properties)) or workspace.link("runs", name)
    )
    created_at, created_by = placed.pop("created_at"), placed["created_by"]
    _look(properties, fields)
    del placed["updated_at"]
    return fields.row(
        qualified_name=qualified_names.azure(native_id),
        native_id=name,
        name=fields.text(properties.get("displayName")) or fields.text(name),
        experiment=qualified_names.azure(workspace.id, "experiments", experiment_name(properties)),
        status=fields.text(properties.get("status")),
        lifecycle_stage="active",
        started_at=created_at,
        user=created_by,
        artifact_uri=fields.text(_artifacts(properties)),
        parent_run_id=parent_of(properties),
        git_commit=fields.text(_first(stated, _COMMITS)),
        git_repository=fields.text(_first(stated, _REPOSITORIES)),
        code_source=fields.text(_first(stated, _SCRIPTS) or _code(properties)),
        params_json=fields.tags(_literals(properties), "parameter"),
        metrics_json=json_text.dump({}),
        dataset_count=0,
        job_type=fields.text(str(properties.get("jobType") or "unknown").lower()),
        compute=fields.text(_compute(properties)),
        properties_json=fields.document(_kept(properties, stated)),
        **placed,
    )


def experiment_name(properties: Mapping[str, Any]) -> str:
    """The experiment of a job; without one, it is in Default."""
    return text(properties.get("experimentName")) or "Default"


def uses(properties: Mapping[str, Any]) -> Iterator[Use]:
    """Data and models that the job reads. Bindings within a pipeline and literals are none. Raises Malformed."""
    for name, stated in _objects(properties, "inputs"):
        reference = _reference(stated)
        if reference:
            yield Use(name, reference, _is_model(stated, "jobInputType"), _context(name))
    for section, field, context in _DATA_FIELDS:
        data = _below(properties, f"{section}.{field}")
        reference = _reference(data) if isinstance(data, dict) else data
        if isinstance(reference, str) and reference:
            yield Use(field, reference, False, context)


def parent_model(properties: Mapping[str, Any]) -> str | None:
    """What a fine-tuning job started from: fineTuningDetails.model.uri."""
    details = properties.get("fineTuningDetails")
    model = details.get("model") if isinstance(details, dict) else None
    if isinstance(model, dict):
        return _reference(model)
    return model if isinstance(model, str) and model else None


def outputs(properties: Mapping[str, Any]) -> Iterator[Output]:
    """Raises Malformed."""
    for name, stated in _objects(properties, "outputs"):
        yield Output(
            name,
            text(stated.get("uri")),
            _is_model(stated, "jobOutputType"),
            text(stated.get("assetName")),
            text(stated.get("assetVersion")),
        )


def nodes(properties: Mapping[str, Any]) -> Iterator[Node]:
    """A pipeline's steps with their components (static: the child runs are jobs of their own)."""
    for name, stated in objects(properties, "jobs"):
        component = word(stated, "componentId") or stated.get("component")
        yield Node(name, component if isinstance(component, str) else None)


def environment_of(properties: Mapping[str, Any]) -> str | None:
    """The environment that a job refers to, or its trial."""
    for holder in (properties, properties.get("trial")):
        if isinstance(holder, dict) and isinstance(holder.get("environmentId"), str):
            return str(holder["environmentId"])
    return None


def parent_of(properties: Mapping[str, Any]) -> str | None:
    """Name of the job that this one is a step of, if the listing states it."""
    stated, tags = properties.get("properties"), properties.get("tags")
    parent = text(properties.get("parentJobName"))
    for holder in (stated, tags):
        if not parent and isinstance(holder, dict):
            parent = text(_first({str(key).lower(): value for key, value in holder.items()}, _PARENT_PROPERTIES))
    return parent


def _look(properties: Mapping[str, Any], fields: ArmFields) -> None:
    for field, origin in _LOOKED_AT:
        fields.look(origin, properties.get(field))
    literals = _literals(properties)
    stated = {name: value for name, value in _objects(properties, "inputs") if name not in literals}
    fields.look("input", stated)


def _kept(properties: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: value for key in _KEPT if (value := _below(properties, key))}
    kept["properties"] = {key: value for key, value in stated.items() if len(str(value)) <= 1_000} or None
    identity_type = _below(properties, "identity.identityType")
    kept["runs as"] = identity_type
    kept["nodes"] = {node.name: node.component for node in nodes(properties)} or None
    unversioned = [out.asset for out in outputs(properties) if out.asset and not out.version]
    kept["output assets without a version"] = sorted(unversioned) or None
    return {key: value for key, value in kept.items() if value}


def _below(record: Mapping[str, Any], path: str) -> Any:
    value: Any = record
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _objects(properties: Mapping[str, Any], field: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    part(properties, field)
    yield from objects(properties, field)


def _reference(stated: Mapping[str, Any]) -> str | None:
    for field in ("uri", "path", "assetId", "value"):
        if field == "value" and str(stated.get("jobInputType")).lower() == "literal":
            return None
        value = word(stated, field)
        if value and not value.lstrip().startswith("${{"):
            return value
    return None


def _is_model(stated: Mapping[str, Any], field: str) -> bool:
    return str(stated.get(field) or stated.get("type") or "").lower() in _MODEL_TYPES


def _context(name: str) -> str:
    """What an input is for, by the words of its name; training where it says nothing else."""
    words = re.findall("[a-z]+", name.lower())
    return next((_CONTEXT_WORDS[word] for word in words if word in _CONTEXT_WORDS), "training")


def _literals(properties: Mapping[str, Any]) -> dict[str, Any]:
    literals = {
        name: stated.get("value")
        for name, stated in _objects(properties, "inputs")
        if str(stated.get("jobInputType")).lower() == "literal"
    }
    return {name: value for name, value in literals.items() if value is not None}


def _artifacts(properties: Mapping[str, Any]) -> str | None:
    return next((out.uri for out in outputs(properties) if out.name == "default"), None)


def _code(properties: Mapping[str, Any]) -> str | None:
    return word(properties, "codeId") or word(mapping(properties, "trial"), "codeId") or None


def _compute(properties: Mapping[str, Any]) -> str | None:
    """The compute's name; the whole id of a virtual cluster."""
    stated = word(properties, "computeId")
    if not stated or stated.lower().endswith("/computes/"):
        return None
    return last_segment(stated) if "/computes/" in stated.lower() else stated or None


def _studio(properties: Mapping[str, Any]) -> str | None:
    address = word(mapping(mapping(properties, "services"), "Studio"), "endpoint")
    if address and not address.startswith("https://"):
        note_unparsed("endpoint", address)
        return None
    return address or None


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((record[key] for key in keys if record.get(key)), None)
