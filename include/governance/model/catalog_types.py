"""The catalog's types as data: what the plan maps to, and what is created in the catalog; texts: catalog_texts.py.

Types may only ever grow by optional attributes: an Atlas refuses every other change (Apache Atlas v2 REST, types).
Supertypes are settled in the first version of a type: adding one later empties the lineage of what is there.
"""

from __future__ import annotations

from typing import NamedTuple

SERVICE_TYPE = "ai_governance"
# Of every asset type of Atlas: what we do not state in them is a curator's
SHARED_ATTRIBUTES = frozenset({"description", "owner", "displayName"})

STRING, INT, DATE, BOOLEAN = "string", "int", "date", "boolean"
STRINGS, STRING_MAP = "array<string>", "map<string,string>"


class EntityType(NamedTuple):
    """One entity type: its supertype, its description, its attributes (name -> Atlas type, all optional)."""

    super_type: str
    description: str
    attributes: dict[str, str]


_TAGGED = {"tags": STRING_MAP, "link": STRING}
_DATED = {"created_at": DATE, "updated_at": DATE}
_CREATED = {"created_by": STRING, **_DATED}
_VERDICT = {
    "verdict": STRING,
    "verdict_provisional": BOOLEAN,
    "evidence_as_of": DATE,
    "critical_findings": INT,
    "warning_findings": INT,
    "findings": STRINGS,
    "suites": STRING,
}
# What may be unknown is text: Atlas shows an absent number as 0 and an absent flag as false
_ACCESS = {
    "runs_as": STRING,
    "caller_auth": STRING,
    "static_keys": STRING,
    "public_network": STRING,
    "rights": STRINGS,
    "widest_right": STRING,
    "access_unknown": STRING,
}
_CONTAINER = {
    "subtype": STRING,
    "location": STRING,
    "schedules": STRINGS,
    "datastores": STRINGS,
    "content_policies": STRINGS,
    "evaluations": STRINGS,
    "properties": STRING_MAP,
    **_ACCESS,
    **_CREATED,
    **_TAGGED,
}

ENTITY_TYPES: dict[str, EntityType] = {
    "ai_governance_deployment": EntityType(
        "Asset",
        "Marks a catalog as kept in step by one installation, and says who writes into it now",
        {"marker_id": STRING, "ledger_revision": INT, "lease_holder": STRING, "lease_until": DATE},
    ),
    "ai_source": EntityType(
        "Asset",
        "Tracking server, workspace, hub, registry or Foundry account",
        {"platform": STRING, "address": STRING, "workspace": STRING, **_CONTAINER},
    ),
    "ai_project": EntityType(
        "Asset",
        "Foundry project, Azure ML project workspace",
        {"platform": STRING, "address": STRING, **_CONTAINER},
    ),
    "ai_connection": EntityType(
        "Asset",
        "What a source or project may reach, and with which kind of credential; never the credential",
        {
            "category": STRING,
            "auth_type": STRING,
            "credential": STRING,
            "target": STRING,
            "shared": STRING,
            "properties": STRING_MAP,
            "link": STRING,
            **_CREATED,
        },
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
            "created_by": STRING,
            **_DATED,
            **_TAGGED,
        },
    ),
    "ai_dataset": EntityType(
        "DataSet",
        "Training or evaluation data, or an index, that the catalog has no asset for",
        {
            "digest": STRING,
            "source_type": STRING,
            "source_uri": STRING,
            "schema": STRING,
            "profile": STRING,
            "version_name": STRING,
            "datastore": STRING,
            **_CREATED,
            **_TAGGED,
        },
    ),
    "ai_model": EntityType(
        "DataSet",
        "Registered model, the container of its versions",
        {"aliases": STRING_MAP, "created_by": STRING, **_DATED, **_TAGGED},
    ),
    "ai_model_version": EntityType(
        "DataSet",
        "One immutable version of a registered model",
        {
            "version": INT,
            "version_name": STRING,
            "model_type": STRING,
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
            "properties": STRING_MAP,
            **_VERDICT,
            **_DATED,
            **_TAGGED,
        },
    ),
    "ai_base_model": EntityType(
        "DataSet",
        "Foundation model of a provider",
        {
            "publisher": STRING,
            "format": STRING,
            "model_name": STRING,
            "version_name": STRING,
            "properties": STRING_MAP,
            "link": STRING,
        },
    ),
    "ai_training_run": EntityType(
        "Process",
        "Training run or job",
        {
            "run_id": STRING,
            "job_type": STRING,
            "status": STRING,
            "lifecycle_stage": STRING,
            "started_at": DATE,
            "ended_at": DATE,
            "user": STRING,
            "git_commit": STRING,
            "git_repository": STRING,
            "code_source": STRING,
            "environment": STRING,
            "component": STRING,
            "compute": STRING,
            "artifact_uri": STRING,
            "params": STRING_MAP,
            "metrics": STRING_MAP,
            "properties": STRING_MAP,
            **_TAGGED,
        },
    ),
    "ai_endpoint": EntityType(
        "DataSet",
        "The stable address that callers use, with its traffic split",
        {
            "endpoint_type": STRING,
            "address": STRING,
            "state": STRING,
            "traffic": STRING_MAP,
            "mirror_traffic": STRING_MAP,
            "location": STRING,
            "static_connections": STRING,
            "properties": STRING_MAP,
            **_ACCESS,
            **_VERDICT,
            **_CREATED,
            **_TAGGED,
        },
    ),
    "ai_deployment": EntityType(
        "Process",
        "A model version or base model given compute",
        {
            "deployment_type": STRING,
            "state": STRING,
            "traffic": STRING,
            "mirror_traffic": STRING,
            "model_reference": STRING,
            "model_name": STRING,
            "model_version": STRING,
            "model_format": STRING,
            "model_publisher": STRING,
            "lineage_rule": STRING,
            "sku": STRING,
            "capacity": STRING,
            "content_policy": STRING,
            "upgrade_option": STRING,
            "retires_on": STRING,
            "successor": STRING,
            "environment": STRING,
            "compute": STRING,
            "static_connections": STRING,
            "properties": STRING_MAP,
            **_ACCESS,
            **_VERDICT,
            **_CREATED,
            **_TAGGED,
        },
    ),
    "ai_agent": EntityType(
        "DataSet",
        "An agent: what it runs as, and what it may reach",
        {
            "agent_type": STRING,
            "state": STRING,
            "published": STRING,
            "latest_version": STRING,
            "blueprint": STRING,
            "static_connections": STRING,
            "evaluations": STRINGS,
            "properties": STRING_MAP,
            **_ACCESS,
            **_VERDICT,
            **_CREATED,
            **_TAGGED,
        },
    ),
    "ai_agent_version": EntityType(
        "Process",
        "One definition of an agent: its model, tools and connected data",
        {
            "version_name": STRING,
            "agent_type": STRING,
            "latest": STRING,
            "model": STRING,
            "tools": STRINGS,
            "instructions": STRING,
            "instructions_length": INT,
            "instructions_hash": STRING,
            "properties": STRING_MAP,
            **_CREATED,
            **_TAGGED,
        },
    ),
    "ai_governed_model": EntityType(
        "DataSet",
        "The governed record of one production model",
        {
            "record_key": STRING,
            "lifecycle_state": STRING,
            "state_since": DATE,
            "suspected_duplicates": STRING,
            "contradictions": STRING,
            "production_versions": STRING,
            "training_data": STRING,
            "use_case_id": STRING,
            "use_case_approval": STRING,
            "risk_tier": STRING,
            "sources": STRING,
            "stands_on": STRING,
            "runs_as": STRING,
            "content_policy": STRING,
            "capacity": STRING,
            "upgrade_option": STRING,
            "called_by": STRING,
            **_VERDICT,
        },
    ),
    "ai_promotion": EntityType(
        "Process",
        "One version standing in a lifecycle state for a record",
        {
            "state": STRING,
            "signal": STRING,
            "since": DATE,
            "until": DATE,
            "verdict": STRING,
            "waived_rules": STRING,
        },
    ),
}

# The installation that writes an entity: another one leaves it alone
MANAGED_BY = "managed_by"
for _entity_type in ENTITY_TYPES.values():
    if "marker_id" not in _entity_type.attributes:
        _entity_type.attributes[MANAGED_BY] = STRING


class End(NamedTuple):
    """One end of a relationship: the type, its attribute that shows the other side, and whether it holds many."""

    type_name: str
    attribute: str
    many: bool = True
    container: bool = False


class RelationshipType(NamedTuple):
    """stated_by_end1: which end says that the edge is there; the other only shows it."""

    category: str
    end1: End
    end2: End
    stated_by_end1: bool = True


def _holds(container: str, parts: str, part: str, whole: str) -> RelationshipType:
    end1, end2 = End(container, parts, container=True), End(part, whole, many=False)
    return RelationshipType("AGGREGATION", end1, end2, stated_by_end1=False)


def _relates(type_name: str, attribute: str, other: str, back: str, many: bool = True) -> RelationshipType:
    return RelationshipType("ASSOCIATION", End(type_name, attribute, many=many), End(other, back))


def _depends_on(attribute: str, type_name: str) -> RelationshipType:
    return _relates("ai_governed_model", attribute, type_name, "governed_models")


# Assets in a source, or in a project of one
_PARTS = {
    "experiments": "ai_experiment",
    "models": "ai_model",
    "datasets": "ai_dataset",
    "endpoints": "ai_endpoint",
    "agents": "ai_agent",
    "connections": "ai_connection",
}

RELATIONSHIP_TYPES: dict[str, RelationshipType] = {
    "ai_source_projects": _holds("ai_source", "projects", "ai_project", "source"),
    **{f"ai_source_{parts}": _holds("ai_source", parts, part, "source") for parts, part in _PARTS.items()},
    **{f"ai_project_{parts}": _holds("ai_project", parts, part, "project") for parts, part in _PARTS.items()},
    "ai_experiment_runs": _holds("ai_experiment", "runs", "ai_training_run", "experiment"),
    "ai_run_child_runs": _holds("ai_training_run", "child_runs", "ai_training_run", "parent_run"),
    "ai_model_versions": _holds("ai_model", "versions", "ai_model_version", "model"),
    "ai_model_version_copies": _relates("ai_model_version", "copied_from", "ai_model_version", "copies", many=False),
    "ai_endpoint_deployments": _holds("ai_endpoint", "deployments", "ai_deployment", "endpoint"),
    "ai_agent_versions": _holds("ai_agent", "versions", "ai_agent_version", "agent"),
    "ai_agent_endpoints": _relates("ai_agent", "endpoints", "ai_endpoint", "agents"),
    "ai_agent_version_connections": _relates("ai_agent_version", "connections", "ai_connection", "agent_versions"),
    "ai_governed_model_promotions": _holds("ai_governed_model", "promotions", "ai_promotion", "governed_model"),
    "ai_governed_model_models": _depends_on("models", "ai_model"),
    "ai_governed_model_versions": _depends_on("versions", "ai_model_version"),
    "ai_governed_model_runs": _depends_on("runs", "ai_training_run"),
    "ai_governed_model_experiments": _depends_on("experiments", "ai_experiment"),
    "ai_governed_model_datasets": _depends_on("datasets", "ai_dataset"),
    "ai_governed_model_base_models": _depends_on("base_models", "ai_base_model"),
    "ai_governed_model_deployments": _depends_on("deployments", "ai_deployment"),
    "ai_governed_model_endpoints": _depends_on("endpoints", "ai_endpoint"),
    "ai_governed_model_agents": _depends_on("agents", "ai_agent"),
    "ai_governed_model_agent_versions": _depends_on("agent_versions", "ai_agent_version"),
    "ai_governed_model_connections": _depends_on("connections", "ai_connection"),
    "ai_use_case_governed_models": _relates(
        "ai_governed_model", "use_case", "ai_use_case", "governed_models", many=False
    ),
}

LINEAGE = ("inputs", "outputs")  # of processes: what the catalog draws
_PROCESSES = {name for name, entity_type in ENTITY_TYPES.items() if entity_type.super_type == "Process"}


class Reference(NamedTuple):
    """How an attribute of an entity refers to others: the relationship, which end the entity is, one or many.

    stated: whether the entity states the edge; parts, processes and records do, their other ends only show it.
    """

    relationship: str
    is_end1: bool
    many: bool
    stated: bool = True


def _references() -> dict[tuple[str, str], Reference]:
    references: dict[tuple[str, str], Reference] = {}
    for name, relationship in RELATIONSHIP_TYPES.items():
        for end, is_end1 in ((relationship.end1, True), (relationship.end2, False)):
            stated = is_end1 == relationship.stated_by_end1
            references[end.type_name, end.attribute] = Reference(name, is_end1, end.many, stated)
    for process in _PROCESSES:
        references[process, "inputs"] = Reference("dataset_process_inputs", True, True)
        references[process, "outputs"] = Reference("process_dataset_outputs", True, True)
    return references


REFERENCES = _references()

# Short names without a prefix: Atlas' search results show about eight characters of them
CLASSIFICATIONS: dict[str, str] = {
    "auditable": "Traced from experiment, run and dataset to an owner and an approved use",
    "incomplete": "Traceable, with warnings to mend",
    "unauditable": "At least one critical expectation fails: it cannot be traced or nobody answers for it",
    "suspected duplicate": "Another record may be the same model",
    "review overdue": "The owner's review is past its day",
    "retirement due": "It meets a criterion by which it should be retired",
    "training data unknown": "No training data is recorded",
    "owner missing": "Nobody owns it",
    "broad access": "What it runs as may write to, or grant rights on, a whole resource group or more",
    "static key": "Callers may come with a static key, or it reaches out with one",
    "archived": "Archived at its source",
    "secret removed": "A secret stood in its metadata and was not published",
    "missing from source": "A complete listing of its source did not have it any more",
    "retired": "Missing from its source for so long that it has left the lineage",
}
