"""The tables between the stages after reading."""

from __future__ import annotations

import pyarrow as pa

from ..curated_fields import CURATED_FIELDS
from .column_types import COUNT, FLAG, TEXT, WHEN

# One row per model version, agent and deployment of a provider's model: everything the rules look at.
# A null means "not stated" or "does not apply".
EVIDENCE = pa.schema(
    [
        # which version, agent or deployment, of which record
        ("qualified_name", TEXT),
        ("source", TEXT),
        ("record_key", TEXT),
        ("record_rule", TEXT),
        ("contradiction", TEXT),  # evidence that would make two stated records one
        ("model", TEXT),
        ("model_name", TEXT),
        ("version", COUNT),
        ("label", TEXT),  # what a person calls it: "fraud-scorer v3"
        # state_*: its lifecycle state, and the signal that gives it
        ("state", TEXT),  # lifecycle state
        ("state_signal", TEXT),  # what says so: "alias champion"
        ("state_from", TEXT),  # qualified name of the endpoint that gives the signal; null: the version itself
        ("state_stated_at", WHEN),  # the source's own date of the signal, where it has one
        ("in_production", FLAG),
        ("traffic_conflict", TEXT),  # what it says of its state while it takes traffic, where that is not production
        # what it is and where it was read
        ("subject_kind", TEXT),  # version, agent, deployment
        ("platform", TEXT),  # mlflow, azure_ml, ai_foundry
        ("container", TEXT),  # qualified name of its workspace, registry or project; null for MLflow
        ("created_at", WHEN),  # at its source: tells it from one made anew under its name
        ("archived", FLAG),
        ("copied_from", TEXT),  # qualified name of the version that it is a copy of
        # where it is deployed
        ("deployments", TEXT),  # what it is deployed as: "credit-api / blue (90%)"
        ("deployments_json", TEXT),  # qualified names
        ("endpoints_json", TEXT),  # qualified names
        ("traffic", COUNT),  # the largest percentage that one endpoint gives it; null where it is deployed nowhere
        # run_*, experiment_*: how it was trained
        ("run", TEXT),
        ("run_id", TEXT),
        ("run_rule", TEXT),
        ("run_state", TEXT),  # active, deleted, purged, elsewhere, not_read; null without a run
        ("run_was_read", FLAG),  # at some time by some sync; null where it never was
        ("experiment", TEXT),
        ("experiment_name", TEXT),
        ("experiment_state", TEXT),  # active, deleted, missing, not_read; null without a run
        # training_dataset_*: on which data
        ("training_datasets_json", TEXT),  # qualified names
        ("training_dataset_names", TEXT),
        ("training_dataset_rule", TEXT),
        ("training_dataset_count", COUNT),  # null where there is no run to ask
        ("other_dataset_count", COUNT),
        ("unresolved_datasets", TEXT),
        # owner_*, use_case_*, risk_tier_*: what people declare; *_from: where, *_other: what others declare
        ("owner_stated", TEXT),
        ("owner_from", TEXT),  # register, catalog, version tag ...
        ("owner_other", TEXT),  # what others state that means somebody else: "tbecker (model tag)"
        ("owner", TEXT),  # identity in the directory
        ("owner_name", TEXT),
        ("use_case", TEXT),
        ("use_case_from", TEXT),
        ("use_case_other", TEXT),
        ("use_case_name", TEXT),
        ("use_case_state", TEXT),  # approved, or what prevents it; null without a use case
        ("risk_tier", TEXT),
        ("risk_tier_from", TEXT),
        ("risk_tier_other", TEXT),
        ("intended_use", TEXT),
        # reviews, policies and retirement
        ("reviewed_by", TEXT),  # the catalog's curated fields; dates as ISO texts
        ("reviewed_on", TEXT),
        ("next_review", TEXT),
        ("exception_until", TEXT),
        ("retire_on", TEXT),  # by the register; an ISO date
        ("policies", TEXT),  # assigned by register and tags, comma-separated
        ("missing_policies", TEXT),  # those that its state asks for besides
        ("review_overdue", TEXT),  # in words; null where none is due
        ("retirement_due", TEXT),  # the criterion that it meets, in words
        ("curated_reason", TEXT),  # why these are the last known values; null if they were read
        # documentation
        ("description", TEXT),
        ("metric_count", COUNT),
        ("signature", TEXT),  # present, absent; null where only the artifact would tell
        ("secrets_removed", COUNT),
        ("secrets_where", TEXT),  # places and kinds in words
        # of agents, and of its lineage as a whole
        ("stands_on", TEXT),  # of an agent or a deployment: its models and data, in words
        ("stands_on_json", TEXT),  # of an agent or a deployment: list of {kind, qualified_name, rule}
        ("runs_as", TEXT),  # of an agent or a deployment
        ("missing_deployment", TEXT),  # of an agent: deployments that it calls and that are not there, in words
        ("model_elsewhere", TEXT),  # of an agent: models that it calls and that no source reads, in words
        ("content_policy", TEXT),  # of a deployment, with the next four columns
        ("sku", TEXT),
        ("capacity", COUNT),
        ("upgrade_option", TEXT),
        ("called_by", TEXT),  # agents that call it, in words
        ("called_by_json", TEXT),  # qualified names
        ("paths", TEXT),  # kinds that its lineage leads over, one path a line: "run/experiment"
        ("fingerprint", TEXT),  # of its training data and metrics, where both are recorded
        # how far it was read
        ("incomplete_reason", TEXT),  # why some of it is not known
        ("unread_reason", TEXT),  # why it stands as an earlier sync read it; null if this one has read it
        ("last_read", WHEN),  # when a sync last read it
    ]
)

RECORDS = pa.schema(
    [
        ("qualified_name", TEXT),
        ("key", TEXT),
        ("name", TEXT),
        ("label", TEXT),  # what a finding calls it: the name, with the key where that says more
        ("kind", TEXT),  # model, agent, deployment
        ("state", TEXT),
        ("owner_stated", TEXT),
        ("owner", TEXT),
        ("owner_name", TEXT),
        ("use_case", TEXT),
        ("risk_tier", TEXT),
        ("description", TEXT),
        ("production_versions", TEXT),
        ("sources", TEXT),
        ("source", TEXT),  # the first of them
        ("state_since", WHEN),  # when a sync first saw the present state
        ("suspected_duplicates", TEXT),  # records that may be the same model, with the reasons
        ("dismissed_duplicates", TEXT),  # those that a person has looked at: other models
        ("contradictions", TEXT),
    ]
)

# One row per deployment, and per agent that can be called: the models upstream of it
SERVING = pa.schema(
    [
        ("qualified_name", TEXT),
        ("source", TEXT),
        ("kind", TEXT),  # deployment, agent
        ("state", TEXT),  # lifecycle state of an agent; null for a deployment
        ("label", TEXT),
        ("container", TEXT),
        ("endpoint", TEXT),
        ("record_key", TEXT),
        ("owner_stated", TEXT),
        ("owner_name", TEXT),
        ("traffic", COUNT),  # percent; null where its endpoint does not split it
        ("serves", FLAG),  # takes traffic, or is published
        ("model_reference", TEXT),  # as the source states it
        ("behind", TEXT),  # registered versions and base models, in words
        ("secrets_removed", COUNT),  # null for an agent, which is judged as a version
        ("secrets_where", TEXT),
        ("missing_deployment", TEXT),  # deployments that an agent calls and that are not there, in words
        ("unregistered_reason", TEXT),  # null where something registered is upstream, or nothing is served
        ("incomplete_reason", TEXT),
    ]
)

# One row per collection: how many rows a listing gave, and how many the last time
HEALTH = pa.schema(
    [
        ("qualified_name", TEXT),  # source/collection
        ("source", TEXT),
        ("label", TEXT),
        ("collection", TEXT),
        ("state", TEXT),
        ("rows", COUNT),
        ("rows_before", COUNT),  # when it was last read completely; null if it never was
        ("lost", COUNT),
        ("share", COUNT),  # rows in percent of rows_before; null where that were too few to tell, or not all was read
        ("record_key", TEXT),
        ("owner_stated", TEXT),
        ("owner_name", TEXT),
    ]
)

PROMOTIONS = pa.schema(
    [
        ("qualified_name", TEXT),
        ("record_key", TEXT),
        ("version", TEXT),
        ("version_label", TEXT),
        ("state", TEXT),
        ("signal", TEXT),
        ("signal_from", TEXT),  # qualified name of the endpoint that gave it; null: the version itself
        ("since", WHEN),  # when a sync first saw it
        ("until", WHEN),  # when a sync first saw that it had ended; null until then
        ("version_created_at", WHEN),
        ("ended_by", TEXT),  # signal: it was not seen any more; gone: its source did not list the version any more
    ]
)

# One row per change of lifecycle state that a sync saw, of a version, an agent or a record
TRANSITIONS = pa.schema(
    [
        ("subject", TEXT),  # qualified name
        ("subject_kind", TEXT),  # version (also an agent or a deployment), record
        ("record_key", TEXT),
        ("label", TEXT),
        ("from_state", TEXT),  # null where it was seen for the first time
        ("to_state", TEXT),  # a lifecycle state; "gone": not listed any more; "moved": it belongs to another record now
        ("signal", TEXT),
        ("signal_from", TEXT),  # qualified name of the endpoint that gave it; null: the version itself
        ("after", WHEN),  # when a sync last saw the former state: it changed between then and `seen_at`
        ("seen_at", WHEN),
        ("stated_at", WHEN),  # the source's own date, where it has one
    ]
)

# One row per version, agent and record: its present state, and when that was last seen
STATES = pa.schema(
    [
        ("subject", TEXT),
        ("subject_kind", TEXT),
        ("record_key", TEXT),
        ("label", TEXT),
        ("state", TEXT),
        ("signal", TEXT),
        ("signal_from", TEXT),
        ("since", WHEN),
        ("last_seen", WHEN),
    ]
)

# What a record depends on, with the rule that gave every link
LINKS = pa.schema([("record_key", TEXT), ("kind", TEXT), ("qualified_name", TEXT), ("rule", TEXT)])

# One row per endpoint, deployment and agent: what it runs as, how callers authenticate, what it may reach.
# Rights are "at least": those through groups, keys and data planes with rights of their own stay unseen.
ACCESS = pa.schema(
    [
        ("qualified_name", TEXT),
        ("source", TEXT),
        ("kind", TEXT),  # endpoint, deployment, agent
        ("label", TEXT),
        ("container", TEXT),
        ("record_key", TEXT),  # of the record that depends on it, where there is one
        ("in_production", FLAG),
        ("owner_stated", TEXT),
        ("owner_name", TEXT),
        ("runs_as", TEXT),
        ("principals_json", TEXT),
        ("caller_auth", TEXT),
        ("static_keys", FLAG),
        ("public_network", TEXT),
        ("connections_json", TEXT),  # list of {name, category, credential, target, qualified_name}
        ("static_connections", TEXT),  # names of those it reaches out through with a static key
        ("static_key_reason", TEXT),  # in words; null where no static key is accepted or used
        ("rights_json", TEXT),  # list of texts, widest first: "Contributor on subscription s"
        ("rights", TEXT),  # the same, comma-separated
        ("widest_right", TEXT),
        ("width", COUNT),  # 0 none known ... 100 grants rights on the root: the order of the report's table
        ("broad_rights", TEXT),  # those that write to, or grant rights on, a whole resource group or more
        ("unknown_reason", TEXT),  # why identity or rights are not known; null where they are
        ("incomplete_reason", TEXT),
    ]
)

FINDINGS = pa.schema(
    [
        ("rule", TEXT),
        ("severity", TEXT),
        ("subject", TEXT),
        ("subject_label", TEXT),
        ("record_key", TEXT),
        ("sentence", TEXT),
        ("remedy", TEXT),
        ("ask", TEXT),
        ("evidence_json", TEXT),
        ("waived_until", TEXT),  # ISO date; null if it is not waived
        ("waived_by", TEXT),
        ("waived_reason", TEXT),
        ("waiver_expired", TEXT),  # in words, the waiver that covered it and has expired
        ("only_provisional", FLAG),  # it says no more than that a verdict is provisional
    ]
)

VERDICTS = pa.schema(
    [
        ("subject", TEXT),  # qualified name of a version or a record
        ("subject_kind", TEXT),
        ("record_key", TEXT),
        ("verdict", TEXT),
        ("provisional", FLAG),
        ("evidence_as_of", WHEN),  # when what it stands on was last read, where that is an earlier sync
        ("critical", COUNT),
        ("warning", COUNT),
        ("info", COUNT),
        ("rules", TEXT),  # ids of the rules that failed, sorted
        ("waived", TEXT),  # ids of those that failed and are waived, sorted
        ("suites", TEXT),
    ]
)

DESIRED = pa.schema(
    [
        ("type_name", TEXT),
        ("qualified_name", TEXT),
        ("source", TEXT),
        ("attributes_json", TEXT),
        ("references_json", TEXT),  # attribute -> list of [type, qualified name], sorted
        ("classifications_json", TEXT),  # name -> attributes
        ("content_hash", TEXT),
    ]
)

# One row per record that the catalog holds. Dates are ISO texts.
CURATED = pa.schema(
    [
        ("record_key", TEXT),
        ("qualified_name", TEXT),
        *((name, TEXT) for name in CURATED_FIELDS),
        ("read_at", WHEN),  # when the catalog said so
        ("reason", TEXT),  # why these are the last known values; null if they were read in this run
    ]
)
