"""The tables of a snapshot: a table per asset kind, relations, listings, and what was quarantined or filtered.

A column ending in `_json` is a JSON text with sorted keys. Timestamps are UTC, milliseconds. `None` means not stated.
"""

from __future__ import annotations

import pyarrow as pa

from ..assets import AssetKind
from .column_types import COUNT, FLAG, TEXT, WHEN

_COMMON = [
    *(("qualified_name", TEXT), ("source", TEXT), ("native_id", TEXT), ("name", TEXT)),
    ("secrets_removed", COUNT),  # those that lie open at the source in fields that are not read count too
    ("secrets_where", TEXT),  # places and kinds in words; null where there is none
]


# Of an asset that stands in a workspace, account or project
_PLACED = [("container", TEXT), ("link", TEXT), ("archived", FLAG), ("created_by", TEXT)]


_DATED = [("created_at", WHEN), ("updated_at", WHEN)]


_TAGGED = [("description", TEXT), ("tags_json", TEXT)]


# What it runs as, how callers prove themselves, and where it answers; null where the source does not say
_ACCESS = [
    ("runs_as", TEXT),  # in words: "its own identity", "the identity of project p", "user-assigned identity u"
    ("principals_json", TEXT),  # object ids of the identities it runs as
    ("caller_auth", TEXT),  # "keys", "tokens", "Entra ID", "keys or Entra ID"
    ("static_keys", FLAG),  # whether callers may come with a key that never expires
    ("public_network", TEXT),  # enabled, disabled, selected networks
]


_COLUMNS: dict[AssetKind, list[tuple[str, pa.DataType]]] = {
    AssetKind.SOURCE: [
        ("platform", TEXT),
        ("address", TEXT),
        ("workspace", TEXT),
        ("subtype", TEXT),  # workspace, hub, registry, feature store, AIServices, OpenAI ...
        ("location", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
        *_ACCESS,
    ],
    AssetKind.PROJECT: [
        ("platform", TEXT),
        ("address", TEXT),
        ("subtype", TEXT),
        ("location", TEXT),
        ("properties_json", TEXT),
        *_PLACED,  # container: its hub or account
        *_DATED,
        *_TAGGED,
        *_ACCESS,
    ],
    AssetKind.EXPERIMENT: [
        ("lifecycle_stage", TEXT),
        ("artifact_location", TEXT),
        ("description", TEXT),
        ("created_at", WHEN),
        ("updated_at", WHEN),
        ("tags_json", TEXT),
        *_PLACED,
    ],
    AssetKind.RUN: [
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
        ("job_type", TEXT),  # command, pipeline, sweep ...; null for a plain MLflow run
        ("environment", TEXT),
        ("component", TEXT),
        ("compute", TEXT),
        ("git_repository", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
    ],
    AssetKind.DATASET: [
        ("digest", TEXT),
        ("source_type", TEXT),
        ("source_uri", TEXT),
        ("schema_json", TEXT),
        ("profile_json", TEXT),
        ("version", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
    ],
    AssetKind.LOGGED_MODEL: [
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
    AssetKind.MODEL: [
        ("description", TEXT),
        ("created_at", WHEN),
        ("updated_at", WHEN),
        ("tags_json", TEXT),
        ("aliases_json", TEXT),
        *_PLACED,
    ],
    AssetKind.MODEL_VERSION: [
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
        ("signature", TEXT),  # present, absent; null where only its run may say so, or nobody
        ("tags_json", TEXT),
        ("aliases_json", TEXT),
        ("model_type", TEXT),
        ("anonymous", FLAG),  # made from files at deployment, registered by nobody; null where it cannot be
        ("properties_json", TEXT),
        *_PLACED,
    ],
    AssetKind.PROMPT: [("description", TEXT), ("created_at", WHEN), ("updated_at", WHEN), ("tags_json", TEXT)],
    AssetKind.BASE_MODEL: [
        ("publisher", TEXT),
        ("format", TEXT),
        ("model_name", TEXT),
        ("version", TEXT),
        ("description", TEXT),
        ("properties_json", TEXT),  # where known: deprecation dates, capabilities
        *_PLACED,
    ],
    AssetKind.ENDPOINT: [
        ("endpoint_type", TEXT),  # online, batch, serverless, model (of one Foundry deployment), application
        ("address", TEXT),
        ("state", TEXT),
        ("traffic_json", TEXT),  # deployment name -> percent
        ("mirror_traffic_json", TEXT),
        ("location", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
        *_ACCESS,
    ],
    AssetKind.DEPLOYMENT: [
        ("endpoint", TEXT),  # qualified name
        ("deployment_type", TEXT),  # online, batch, serverless, model, agent
        ("state", TEXT),
        ("traffic", COUNT),  # percent; null where the endpoint does not split it
        ("mirror_traffic", COUNT),
        ("model_reference", TEXT),  # as the source states it
        ("model_name", TEXT),
        ("model_version", TEXT),
        ("model_format", TEXT),
        ("model_publisher", TEXT),
        ("sku", TEXT),
        ("capacity", COUNT),
        ("content_policy", TEXT),
        ("upgrade_option", TEXT),
        ("retires_on", TEXT),  # of its model, as the provider has announced it; dates are ISO texts
        ("retirement_status", TEXT),  # Planned, Tentative
        ("fine_tune_until", TEXT),
        ("successor", TEXT),  # name and version of the model that the provider names in its place
        ("upgrade_from", TEXT),  # from when deployments are upgraded that ask for each new default version
        ("upgrade_lead_days", COUNT),  # days before its end by which those are that wait for it
        ("environment", TEXT),
        ("compute", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
        *_ACCESS,
    ],
    AssetKind.AGENT: [
        ("agent_type", TEXT),  # prompt, workflow, hosted ... of its latest version
        ("state", TEXT),  # enabled, disabled; null where not stated
        ("published", FLAG),  # an application or endpoint serves it
        ("latest_version", TEXT),
        ("blueprint", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
        *_ACCESS,
    ],
    AssetKind.AGENT_VERSION: [
        ("agent", TEXT),  # qualified name
        ("agent_name", TEXT),
        ("version", TEXT),
        ("agent_type", TEXT),
        ("model", TEXT),  # name of the deployment it calls
        ("tools_json", TEXT),  # list of {type, name, reaches, connection}
        ("instructions", TEXT),  # only where a setting asks for them
        ("instructions_length", COUNT),
        ("instructions_hash", TEXT),
        ("is_latest", FLAG),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
    ],
    AssetKind.CONNECTION: [
        ("category", TEXT),
        ("auth_type", TEXT),
        ("credential", TEXT),  # static key, Entra ID, user sign-in, none, unknown
        ("target", TEXT),
        ("shared", FLAG),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
    ],
    AssetKind.ENVIRONMENT: [("version", TEXT), ("image", TEXT), ("properties_json", TEXT), *_PLACED, *_DATED, *_TAGGED],
    AssetKind.COMPONENT: [
        ("version", TEXT),
        ("component_type", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
    ],
    AssetKind.SCHEDULE: [
        ("enabled", FLAG),
        ("trigger", TEXT),
        ("action", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
    ],
    AssetKind.DATASTORE: [
        ("datastore_type", TEXT),
        ("storage_uri", TEXT),  # https address of the container or file system
        ("credential", TEXT),
        ("properties_json", TEXT),
        *_PLACED,
        *_DATED,
        *_TAGGED,
    ],
    AssetKind.CONTENT_POLICY: [
        ("policy_type", TEXT),
        ("mode", TEXT),
        ("base_policy", TEXT),
        ("filters_json", TEXT),
        *_PLACED,
        *_DATED,
    ],
    AssetKind.EVALUATION: [("state", TEXT), ("subject", TEXT), ("properties_json", TEXT), *_PLACED, *_DATED, *_TAGGED],
    AssetKind.ROLE_ASSIGNMENT: [
        ("principal_id", TEXT),
        ("principal_type", TEXT),
        ("scope", TEXT),  # ARM id; "/" is the tenant's root
        ("scope_level", TEXT),  # root, management group, subscription, resource group, resource
        ("role", TEXT),
        ("role_type", TEXT),  # BuiltInRole, CustomRole
        ("can_read", FLAG),
        ("can_write", FLAG),  # any control-plane write
        ("can_grant", FLAG),  # may assign roles
        ("can_write_data", FLAG),
        ("broad", FLAG),  # write or grant on a whole resource group or more
        ("rights", TEXT),  # in words: "Contributor on resource group rg-ml"
        ("condition", TEXT),
        ("created_by", TEXT),
        ("created_at", WHEN),
    ],
}


ASSETS: dict[AssetKind, pa.Schema] = {kind: pa.schema(_COMMON + columns) for kind, columns in _COLUMNS.items()}


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
        ("container", TEXT),  # what it is a listing of: workspace, account, project, registry; "" for the source itself
        ("listing", TEXT),  # the collection's name without its container
        ("kind", TEXT),  # the kind of asset that it lists
        ("covers", TEXT),  # all assets of that kind whose qualified names begin so stand in it
        ("state", TEXT),
        ("mode", TEXT),
        ("seen", COUNT),
        ("carried", COUNT),
        ("filtered", COUNT),
        ("quarantined", COUNT),
        ("withheld", COUNT),
        ("pages", COUNT),
        ("reason", TEXT),
        ("remedy", TEXT),
    ]
)


QUARANTINE = pa.schema(
    [
        ("source", TEXT),
        ("collection", TEXT),
        ("native_id", TEXT),
        ("reason", TEXT),
        ("qualified_name", TEXT),  # null where the item's id does not say: it could be any of its collection
    ]
)


# Values of items that were taken over without them: stated by the source, not understood, null in the item's row
UNPARSED = pa.schema(
    [
        ("source", TEXT),
        ("collection", TEXT),
        ("native_id", TEXT),
        ("qualified_name", TEXT),
        ("field", TEXT),
        ("value", TEXT),  # scrubbed and cut
    ]
)
