"""The tables between the stages after reading."""

from __future__ import annotations

import pyarrow as pa

from ..vocabulary.kinds import COUNT, FLAG, TEXT, WHEN

# One row per model version: everything the rules look at. A null means "not stated" or "does not apply".
EVIDENCE = pa.schema(
    [
        ("qualified_name", TEXT),
        ("source", TEXT),
        ("record_key", TEXT),
        ("record_rule", TEXT),
        ("model", TEXT),
        ("model_name", TEXT),
        ("version", COUNT),
        ("label", TEXT),  # what a person calls it: "fraud-scorer v3"
        ("state", TEXT),  # lifecycle state
        ("state_signal", TEXT),  # what says so: "alias champion"
        ("in_production", FLAG),
        ("run", TEXT),
        ("run_id", TEXT),
        ("run_rule", TEXT),
        ("run_state", TEXT),  # active, deleted, purged, not_read; null without a run
        ("experiment", TEXT),
        ("experiment_name", TEXT),
        ("experiment_state", TEXT),  # active, deleted, missing, not_read; null without a run
        ("training_datasets_json", TEXT),  # qualified names
        ("training_dataset_names", TEXT),
        ("training_dataset_rule", TEXT),
        ("training_dataset_count", COUNT),  # null where there is no run to ask
        ("other_dataset_count", COUNT),
        ("unresolved_datasets", TEXT),
        ("owner_stated", TEXT),
        ("owner_from", TEXT),
        ("owner", TEXT),  # identity in the directory
        ("owner_name", TEXT),
        ("use_case", TEXT),
        ("use_case_from", TEXT),
        ("use_case_name", TEXT),
        ("use_case_state", TEXT),  # approved, or what stands in its way; null without a use case
        ("risk_tier", TEXT),
        ("description", TEXT),
        ("metric_count", COUNT),
        ("signature", TEXT),  # present, absent; null where only the artifact would tell
        ("secrets_removed", COUNT),
        ("incomplete_reason", TEXT),
    ]
)

RECORDS = pa.schema(
    [
        ("qualified_name", TEXT),
        ("key", TEXT),
        ("name", TEXT),
        ("state", TEXT),
        ("owner_stated", TEXT),
        ("owner", TEXT),
        ("owner_name", TEXT),
        ("use_case", TEXT),
        ("risk_tier", TEXT),
        ("description", TEXT),
        ("production_versions", TEXT),
        ("sources", TEXT),
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
        ("since", WHEN),  # when a sync first saw it
        ("until", WHEN),  # when a sync first saw it gone; null while it stands
    ]
)

# What a record stands on, with the rule behind every link
LINKS = pa.schema([("record_key", TEXT), ("kind", TEXT), ("qualified_name", TEXT), ("rule", TEXT)])

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
    ]
)

VERDICTS = pa.schema(
    [
        ("subject", TEXT),  # qualified name of a version or a record
        ("subject_kind", TEXT),
        ("record_key", TEXT),
        ("verdict", TEXT),
        ("provisional", FLAG),
        ("critical", COUNT),
        ("warning", COUNT),
        ("info", COUNT),
        ("rules", TEXT),  # ids of the rules that failed, sorted
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
