"""The catalog's types as data: what the plan maps to and what the catalog is taught.

Types may only ever grow by optional attributes: an Atlas refuses every other change (Apache Atlas v2 REST, types).
Supertypes are settled in the first version of a type: adding one later empties the lineage of what is there.
"""

from __future__ import annotations

from typing import NamedTuple

SERVICE_TYPE = "ai_governance"
TYPE_VERSION = "1.0"

STRING, INT, DATE, BOOLEAN = "string", "int", "date", "boolean"
STRINGS, STRING_MAP = "array<string>", "map<string,string>"


class EntityType(NamedTuple):
    """One entity type: its supertype, what it stands for, its attributes (name -> Atlas type, all optional)."""

    super_type: str
    description: str
    attributes: dict[str, str]


_TAGGED = {"tags": STRING_MAP, "link": STRING}
_DATED = {"created_at": DATE, "updated_at": DATE}
_VERDICT = {
    "verdict": STRING,
    "verdict_provisional": BOOLEAN,
    "critical_findings": INT,
    "warning_findings": INT,
    "findings": STRINGS,
    "suites": STRING,
}

ENTITY_TYPES: dict[str, EntityType] = {
    "ai_governance_deployment": EntityType(
        "Asset", "Marks a catalog as kept in step by one installation", {"marker_id": STRING}
    ),
    "ai_source": EntityType(
        "Asset",
        "Tracking server, workspace, hub or Foundry account",
        {"platform": STRING, "address": STRING, "workspace": STRING},
    ),
    "ai_use_case": EntityType(
        "Asset",
        "Approved business use",
        {
            "use_case_id": STRING,
            "approval": STRING,
            "approved_by": STRING,
            "approved_on": STRING,
            "expires": STRING,
            "risk_tier": STRING,
        },
    ),
    "ai_experiment": EntityType(
        "Asset",
        "Experiment, with run counts and dates",
        {
            "experiment_id": STRING,
            "lifecycle_stage": STRING,
            "artifact_location": STRING,
            "run_count": INT,
            "published_run_count": INT,
            **_DATED,
            **_TAGGED,
        },
    ),
    "ai_dataset": EntityType(
        "DataSet",
        "Training or evaluation data the catalog has no asset for",
        {"digest": STRING, "source_type": STRING, "source_uri": STRING, "schema": STRING, "profile": STRING},
    ),
    "ai_model": EntityType(
        "DataSet", "Registered model, the container of its versions", {"aliases": STRING_MAP, **_DATED, **_TAGGED}
    ),
    "ai_model_version": EntityType(
        "DataSet",
        "One immutable version of a registered model",
        {
            "version": INT,
            "lifecycle_state": STRING,
            "lifecycle_signal": STRING,
            "stage": STRING,
            "aliases": STRINGS,
            "run_id": STRING,
            "lineage_rule": STRING,
            "training_data": STRING,
            "source_uri": STRING,
            "metrics": STRING_MAP,
            "signature": STRING,
            "registered_by": STRING,
            **_VERDICT,
            **_DATED,
            **_TAGGED,
        },
    ),
    "ai_training_run": EntityType(
        "Process",
        "Training run or job",
        {
            "run_id": STRING,
            "status": STRING,
            "lifecycle_stage": STRING,
            "started_at": DATE,
            "ended_at": DATE,
            "user": STRING,
            "git_commit": STRING,
            "code_source": STRING,
            "artifact_uri": STRING,
            "params": STRING_MAP,
            "metrics": STRING_MAP,
            **_TAGGED,
        },
    ),
    "ai_governed_model": EntityType(
        "DataSet",
        "The governed record of one production model",
        {
            "record_key": STRING,
            "lifecycle_state": STRING,
            "production_versions": STRING,
            "training_data": STRING,
            "use_case_id": STRING,
            "use_case_approval": STRING,
            "risk_tier": STRING,
            "sources": STRING,
            **_VERDICT,
        },
    ),
    "ai_promotion": EntityType(
        "Process",
        "One version standing in a lifecycle state for a record",
        {"state": STRING, "signal": STRING, "since": DATE, "until": DATE, "verdict": STRING},
    ),
}


class End(NamedTuple):
    """One end of a relationship: the type, its attribute that shows the other side, and whether it holds many."""

    type_name: str
    attribute: str
    many: bool = True
    container: bool = False


class RelationshipType(NamedTuple):
    category: str
    end1: End
    end2: End


def _holds(container: str, parts: str, part: str, whole: str) -> RelationshipType:
    return RelationshipType("AGGREGATION", End(container, parts, container=True), End(part, whole, many=False))


def _stands_on(attribute: str, type_name: str) -> RelationshipType:
    return RelationshipType("ASSOCIATION", End("ai_governed_model", attribute), End(type_name, "governed_models"))


RELATIONSHIP_TYPES: dict[str, RelationshipType] = {
    "ai_source_experiments": _holds("ai_source", "experiments", "ai_experiment", "source"),
    "ai_source_models": _holds("ai_source", "models", "ai_model", "source"),
    "ai_experiment_runs": _holds("ai_experiment", "runs", "ai_training_run", "experiment"),
    "ai_run_child_runs": _holds("ai_training_run", "child_runs", "ai_training_run", "parent_run"),
    "ai_model_versions": _holds("ai_model", "versions", "ai_model_version", "model"),
    "ai_governed_model_promotions": _holds("ai_governed_model", "promotions", "ai_promotion", "governed_model"),
    "ai_governed_model_models": _stands_on("models", "ai_model"),
    "ai_governed_model_versions": _stands_on("versions", "ai_model_version"),
    "ai_governed_model_runs": _stands_on("runs", "ai_training_run"),
    "ai_governed_model_experiments": _stands_on("experiments", "ai_experiment"),
    "ai_governed_model_datasets": _stands_on("datasets", "ai_dataset"),
    "ai_use_case_governed_models": RelationshipType(
        "ASSOCIATION", End("ai_governed_model", "use_case", many=False), End("ai_use_case", "governed_models")
    ),
}

# Atlas' own: every Process has them
_PROCESS_INPUTS = RelationshipType(
    "AGGREGATION", End("Process", "inputs", container=True), End("DataSet", "inputToProcesses")
)
_PROCESS_OUTPUTS = RelationshipType(
    "AGGREGATION", End("Process", "outputs", container=True), End("DataSet", "outputFromProcesses")
)
_PROCESSES = {name for name, entity_type in ENTITY_TYPES.items() if entity_type.super_type == "Process"}


class Reference(NamedTuple):
    """How an attribute of an entity refers to others: the relationship, which end the entity is, one or many."""

    relationship: str
    is_end1: bool
    many: bool


def _references() -> dict[tuple[str, str], Reference]:
    found: dict[tuple[str, str], Reference] = {}
    for name, relationship in RELATIONSHIP_TYPES.items():
        for end, is_end1 in ((relationship.end1, True), (relationship.end2, False)):
            found[end.type_name, end.attribute] = Reference(name, is_end1, end.many)
    for process in _PROCESSES:
        found[process, "inputs"] = Reference("dataset_process_inputs", True, True)
        found[process, "outputs"] = Reference("process_dataset_outputs", True, True)
    return found


REFERENCES = _references()

# Short names without a prefix: Atlas' search results show about eight characters of them
CLASSIFICATIONS: dict[str, str] = {
    "auditable": "Traced from experiment, run and dataset to an owner and an approved use",
    "incomplete": "Traceable, with warnings to mend",
    "unauditable": "At least one critical expectation fails: it cannot be traced or nobody answers for it",
    "training data unknown": "No training data is recorded",
    "owner missing": "Nobody owns it",
    "secret removed": "A secret stood in its metadata and was not published",
    "missing from source": "A complete listing of its source did not have it any more",
}
