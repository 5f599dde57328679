"""The kinds of relations between assets."""

from __future__ import annotations

from enum import StrEnum


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
    MODEL_USED_BY_RUN = "model_used_by_run"  # parent model version or base model of a fine-tuning
    RUN_PRODUCED_DATASET = "run_produced_dataset"
    ENVIRONMENT_USED_BY_RUN = "environment_used_by_run"
    COMPONENT_USED_BY_RUN = "component_used_by_run"
    DATASET_IN_DATASTORE = "dataset_in_datastore"
    PART_OF_SOURCE = "part_of_source"  # project -> its hub or account
    MODEL_DEPLOYED_IN = "model_deployed_in"  # model version or base model -> deployment
    ENVIRONMENT_USED_BY_DEPLOYMENT = "environment_used_by_deployment"
    CONTENT_POLICY_OF_DEPLOYMENT = "content_policy_of_deployment"
    DEPLOYMENT_OF_ENDPOINT = "deployment_of_endpoint"  # attributes: traffic, mirror_traffic (percent)
    VERSION_OF_AGENT = "version_of_agent"
    ENDPOINT_USED_BY_AGENT_VERSION = "endpoint_used_by_agent_version"
    DATASET_USED_BY_AGENT_VERSION = "dataset_used_by_agent_version"
    CONNECTION_USED_BY_AGENT_VERSION = "connection_used_by_agent_version"
    AGENT_USED_BY_AGENT_VERSION = "agent_used_by_agent_version"
    AGENT_SERVED_BY_ENDPOINT = "agent_served_by_endpoint"  # agent -> its published application
    CONNECTION_OF = "connection_of"  # connection -> the source or project that offers it
