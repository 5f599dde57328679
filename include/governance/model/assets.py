"""The kinds of assets that a snapshot may hold."""

from __future__ import annotations

from enum import StrEnum


class AssetKind(StrEnum):
    """What an asset is; there is a table for each kind."""

    SOURCE = "source"  # tracking server, workspace, hub, registry, Foundry account
    PROJECT = "project"  # Azure ML project workspace, Foundry project
    EXPERIMENT = "experiment"
    RUN = "run"
    DATASET = "dataset"
    LOGGED_MODEL = "logged_model"
    MODEL = "model"
    MODEL_VERSION = "model_version"
    PROMPT = "prompt"
    BASE_MODEL = "base_model"  # a provider's foundation model
    ENDPOINT = "endpoint"
    DEPLOYMENT = "deployment"
    AGENT = "agent"
    AGENT_VERSION = "agent_version"
    CONNECTION = "connection"  # never its secret
    ENVIRONMENT = "environment"
    COMPONENT = "component"
    SCHEDULE = "schedule"
    DATASTORE = "datastore"
    CONTENT_POLICY = "content_policy"  # responsible-AI filters of an account
    EVALUATION = "evaluation"
    ROLE_ASSIGNMENT = "role_assignment"


# The listing an MLflow source reads each kind by
COLLECTION_OF = {
    AssetKind.EXPERIMENT: "experiments",
    AssetKind.RUN: "runs",
    AssetKind.DATASET: "runs",
    AssetKind.LOGGED_MODEL: "logged_models",
    AssetKind.MODEL: "registered_models",
    AssetKind.MODEL_VERSION: "model_versions",
    AssetKind.PROMPT: "prompts",
}

# What assets are in. Azure ML lists its projects among the workspaces
CONTAINERS = (AssetKind.SOURCE, AssetKind.PROJECT)
