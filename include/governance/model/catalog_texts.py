"""What the catalog's pages say of every attribute of our types: a display name and a description, as data.

They belong to `TYPE_VERSION`: a catalog takes changed texts over once that is raised.
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_VERSION = "1.2"


class AttributeText(NamedTuple):
    """display_name: what a page shows in place of the name. description: what it means, with its unit or format."""

    display_name: str
    description: str


def attribute_text(type_name: str, attribute: str) -> AttributeText | None:
    """The texts of an attribute of a type: those of that type, else those of the attribute wherever it stands."""
    return _OF_TYPE.get((type_name, attribute)) or _TEXTS.get(attribute)


_TEXTS: dict[str, AttributeText] = {
    name: AttributeText(*texts)
    for name, texts in {
        # the installation that writes
        "marker_id": ("Marker", "Id by which the state database knows this catalog again"),
        "ledger_revision": ("Ledger revision", "Number of the last change that the state database has noted here"),
        "lease_holder": ("Writing now", "Run that writes into this catalog now; empty while none does"),
        "lease_until": ("Writes until", "When the right to write ends unless its run renews it"),
        "managed_by": ("Managed by", "The installation that writes this entity: `deployment` in its governance.yaml"),
        # where it stands at its source
        "platform": ("Platform", "mlflow, azure_ml or ai_foundry"),
        "address": ("Address", "URL at which it answers, without credentials"),
        "workspace": ("Workspace", "Name of the workspace of the MLflow server that is read"),
        "subtype": ("Kind", "What kind of container it is: workspace, hub, registry, account ..."),
        "location": ("Location", "Region of the cloud"),
        "link": ("Link", "URL of its page at the source"),
        "created_by": ("Created by", "Who created it, as its source states it"),
        "created_at": ("Created at", "When it was created, by the source's clock; 0 where it does not say"),
        "updated_at": ("Updated at", "When it was changed last, by the source's clock; 0 where it does not say"),
        "tags": ("Tags", "Its tags at the source, name and value, without secrets; at most 200"),
        "properties": ("Properties", "Further facts of its source, name and value, without secrets; at most 200"),
        "schedules": ("Schedules", "Its schedules, one a line: name, trigger, action"),
        "datastores": ("Datastores", "Its datastores, one a line: name and address"),
        "content_policies": ("Content policies", "Its content policies, one a line: name, mode, base policy"),
        "evaluations": ("Evaluations", "Its evaluations, one a line: name and state"),
        # access
        "runs_as": ("Runs as", "The identity with which it reaches other systems, in words"),
        "caller_auth": ("Caller authentication", "How callers prove who they are: keys, tokens, Entra ID"),
        "static_keys": (
            "Static keys accepted",
            "yes or no: callers may come with a key that never expires; empty where it is not known",
        ),
        "public_network": (
            "Public network",
            "enabled, disabled or selected networks; empty where its source does not say",
        ),
        "rights": ("Rights", "Role assignments of its identity, widest first; at least these: groups stay unseen"),
        "widest_right": ("Widest right", "The role assignment that reaches furthest, role and scope"),
        "access_unknown": ("Access not known", "Why its identity or rights are not known; empty where they are"),
        "static_connections": ("Connections with a static key", "Connections that it uses with a key, by name"),
        # connections
        "category": ("Category", "Kind of the connection, as its source names it"),
        "auth_type": ("Authentication", "Kind of authentication, as its source names it"),
        "credential": (
            "Credential",
            "static key, Entra ID, user sign-in, none or unknown; never the credential itself",
        ),
        "target": ("Target", "What it leads to: address or resource"),
        "shared": ("Shared", "yes or no: every project of the account or hub may use it"),
        # use, approval, risk
        "use_case_id": ("Business use", "Id of the business use, as the register lists it"),
        "approval": ("Approval", "approved or proposed"),
        "approved_by": ("Approved by", "Who approved it"),
        "approved_on": ("Approved on", "Day of the approval, YYYY-MM-DD"),
        "expires": ("Expires", "Day on which the approval ends, YYYY-MM-DD"),
        "risk_tier": ("Risk tier", "Risk tier as stated in register, catalog or tags, whichever comes first"),
        # experiments and runs
        "experiment_id": ("Experiment id", "Id of the experiment at its source"),
        "lifecycle_stage": ("Stage at the source", "active or deleted, as its source states it"),
        "artifact_location": ("Artifact location", "URI below which its runs store their artifacts"),
        "run_count": ("Runs", "Number of its runs that are known"),
        "published_run_count": (
            "Runs in the catalog",
            "Number of its runs that are in this catalog: those with evidence",
        ),
        "run_id": ("Run id", "Id of the training run at its source"),
        "job_type": ("Job type", "command, pipeline, sweep ...; empty for a plain MLflow run"),
        "status": ("Status", "How the run ended or stands, as its source states it"),
        "started_at": ("Started at", "When the run started, by the source's clock"),
        "ended_at": ("Ended at", "When the run ended, by the source's clock; 0 where it has not"),
        "user": ("User", "Who started the run, as its source states it"),
        "git_commit": ("Git commit", "Hash of the commit that was run"),
        "git_repository": ("Git repository", "URL of the repository of the code"),
        "code_source": ("Code", "Name or path of the code that was run"),
        "environment": ("Environment", "Environment it runs in: name and version"),
        "component": ("Component", "Component that the run executes: name and version"),
        "compute": ("Compute", "Compute it runs on: name or instance type"),
        "artifact_uri": ("Artifacts", "URI of the run's artifacts"),
        "params": ("Parameters", "Parameters of the run, name and value, without secrets; at most 200"),
        "metrics": ("Metrics", "Last values of the metrics of the training run, by name, in their own units"),
        # data
        "digest": ("Digest", "Digest of the data, as its source computed it"),
        "source_type": ("Kind of source", "Kind of the place the data is in, as its source names it"),
        "source_uri": ("Stored at", "URI of the files"),
        "schema": ("Schema", "Columns and types, as JSON"),
        "profile": ("Profile", "Numbers of rows and elements, as JSON"),
        "datastore": ("Datastore", "Datastores that hold it: name and version"),
        "version_name": ("Version", "Its version where that is no whole number"),
        # models and versions
        "version": ("Version number", "Whole number of the version; 0 where its version is no number"),
        "model_type": ("Model type", "Format of the model: mlflow_model, custom_model ..."),
        "lifecycle_state": (
            "Lifecycle state",
            "production, unpublished, staging, candidate, development or retired; gone: not at its source any more",
        ),
        "lifecycle_signal": ("State by", "What says so: an alias, a stage, a tag, or traffic of an endpoint"),
        "stage": ("Stage", "Stage of the registry, as its source states it"),
        "lineage_rule": ("Lineage by", "How what it was made from was found, or what prevents that, in words"),
        "training_data": ("Training data", "Names of the datasets it was trained on; unknown where none is recorded"),
        "signature": ("Signature", "present or absent: whether inputs and outputs of the model are described"),
        "registered_by": ("Registered by", "Who registered the version, as its source states it"),
        "publisher": ("Publisher", "Provider that publishes the model"),
        "format": ("Format", "Format of the model, as the provider names it"),
        "model_name": ("Model", "Name of the model, as its provider or registry names it"),
        # verdicts
        "verdict": (
            "Verdict",
            "auditable: no critical finding and no warning; incomplete: a warning; unauditable: a critical finding",
        ),
        "verdict_provisional": ("Verdict is provisional", "true where its evidence was read only in part"),
        "evidence_as_of": (
            "Evidence as of",
            "When the oldest evidence of the verdict was read; empty or 0: by the last sync",
        ),
        "critical_findings": ("Critical findings", "Number of critical findings that are not waived"),
        "warning_findings": ("Warnings", "Number of warnings that are not waived"),
        "findings": (
            "Findings",
            "One line a finding: rule, what is wrong, its waiver if it has one, what to do, whom to ask",
        ),
        "suites": ("Suites", "Names and fingerprints of the expectation suites that judged"),
        # what serves
        "endpoint_type": ("Endpoint type", "online, batch, serverless, model or application"),
        "state": ("State at the source", "Its state, as its source states it"),
        "traffic": ("Traffic", "Share of the endpoint's requests, in percent"),
        "mirror_traffic": ("Mirrored traffic", "Share of requests that are copied to it, in percent"),
        "deployment_type": ("Deployment type", "online, batch, serverless, model or agent"),
        "model_reference": ("Model as stated", "What it deploys, in the words of its source"),
        "model_version": ("Model version", "Version of the model, as its source states it"),
        "model_format": ("Model format", "Format of the model, as its source states it"),
        "model_publisher": ("Model publisher", "Provider of the model, as its source states it"),
        "sku": ("SKU", "What is paid for: name of the pricing tier or instance type"),
        "capacity": ("Capacity", "Capacity units of its SKU, or number of instances"),
        "content_policy": ("Content policy", "Content policy that filters it, by name"),
        "upgrade_option": ("Upgrade option", "When the provider moves it to another version of the model"),
        "retires_on": ("Retires on", "Day on which the provider retires the model, YYYY-MM-DD"),
        "successor": ("Successor", "Model that the provider names in its place: name and version"),
        # agents
        "agent_type": ("Agent type", "prompt, workflow, hosted, classic ..."),
        "published": ("Published", "yes or no: an application or endpoint serves it"),
        "latest_version": ("Latest version", "Its newest version, as its source names it"),
        "blueprint": ("Blueprint", "Blueprint that the agent was made from"),
        "latest": ("Latest", "yes or no: it is the newest version of its agent"),
        "model": ("Model deployment", "Name of the deployment that the agent calls"),
        "tools": ("Tools", "Its tools, one a line: kind, name, what it reaches"),
        "instructions": ("Instructions", "Its system prompt without secrets; only where a setting asks for it"),
        "instructions_length": ("Length of instructions", "Number of characters; 0 also where it is not known"),
        "instructions_hash": ("Hash of instructions", "Tells whether the system prompt was changed"),
        # governed records and their promotions
        "record_key": ("Record key", "The record's key, as register, tags and reports name it"),
        "state_since": ("State first seen", "When a sync first saw the present lifecycle state"),
        "suspected_duplicates": ("Suspected duplicates", "Records that may be the same model, with the reasons"),
        "contradictions": ("Contradictions", "Evidence that would make two stated records one"),
        "production_versions": ("In production", "Versions, agents or deployments that stand in production"),
        "use_case_approval": ("Approval of the use", "approved, or what prevents it: proposed, expired, unknown ..."),
        "sources": ("Sources", "Sources that know it, as governance.yaml names them"),
        "stands_on": ("Stands on", "Models and data that the agent or deployment uses"),
        "called_by": ("Called by", "Agents that call it"),
        "signal": ("By", "What said so: an alias, a stage, a tag, or traffic of an endpoint"),
        "since": ("First seen", "When a sync first saw it so; its source may have changed it earlier"),
        "until": ("Seen to have ended", "When a sync first saw that it had ended; empty or 0 while it lasts"),
        "waived_rules": ("Waived rules", "Rules that failed and were waived, by id"),
    }.items()
}

# Where an attribute of the same name means something else
_OF_TYPE: dict[tuple[str, str], AttributeText] = {
    key: AttributeText(*texts)
    for key, texts in {
        ("ai_use_case", "risk_tier"): ("Risk tier", "Risk tier of the business use, as the register states it"),
        ("ai_model", "aliases"): ("Aliases", "Alias and the version that it names"),
        ("ai_model_version", "aliases"): ("Aliases", "Aliases that name this version"),
        ("ai_endpoint", "traffic"): ("Traffic", "Deployment and its share of the requests, in percent"),
        ("ai_endpoint", "mirror_traffic"): (
            "Mirrored traffic",
            "Deployment and the share of requests that are copied to it, in percent",
        ),
        ("ai_model_version", "version_name"): ("Version", "Its version where that is no whole number; else empty"),
        ("ai_dataset", "version_name"): ("Version", "Version of the data, as its source names it"),
        ("ai_base_model", "version_name"): ("Version", "Version of the model, as its provider names it"),
        ("ai_agent_version", "version_name"): ("Version", "Version of the agent, as its source names it"),
        ("ai_promotion", "state"): ("Lifecycle state", "production, or unpublished: an agent that nothing publishes"),
        ("ai_promotion", "verdict"): ("Verdict", "Verdict on the version; of an ended promotion the last one it had"),
        ("ai_governed_model", "training_data"): (
            "Training data",
            "Names of the datasets that its versions in production were trained on; unknown where none is recorded",
        ),
        ("ai_governed_model", "capacity"): ("Capacity", "Capacity units and SKU of its deployments"),
    }.items()
}

# What an attribute that shows the other side of a relationship holds, wherever it stands
END_TEXTS: dict[str, str] = {
    "source": "The source that it stands in",
    "project": "The project that it stands in",
    "projects": "Projects in it",
    "experiment": "The experiment that it belongs to",
    "experiments": "Experiments that belong to it",
    "runs": "Training runs that belong to it",
    "parent_run": "The run that started it",
    "child_runs": "Runs that it started",
    "model": "The registered model that it is a version of",
    "models": "Registered models that belong to it",
    "versions": "Its versions",
    "copied_from": "The version that it is a copy of",
    "copies": "Versions that are copies of it",
    "datasets": "Data that belongs to it",
    "base_models": "Models of providers that it depends on",
    "endpoint": "The endpoint that sends it requests",
    "endpoints": "Endpoints that belong to it",
    "deployments": "Deployments that belong to it",
    "agent": "The agent that it is a version of",
    "agents": "Agents that belong to it",
    "agent_versions": "Versions of agents that use it, or that it depends on",
    "connections": "Connections that it may use",
    "promotions": "What stood in production for it, and since when",
    "governed_model": "The governed record that it stood in production for",
    "governed_models": "Governed records that depend on it",
    "use_case": "The business use that it serves",
}
