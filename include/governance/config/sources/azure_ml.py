"""Settings of an Azure Machine Learning source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .azure import AzureSource
from .base import Patterns


class AzureMlSource(AzureSource):
    """Azure Machine Learning: workspaces, hubs and registries of a subscription or a resource group."""

    kind: Literal["azure_ml"]
    workspaces: Patterns = Patterns()
    registries: Patterns = Patterns()
    models: Patterns = Patterns()
    mlflow: bool = Field(True, description="read metrics, parameters and datasets through each workspace's MLflow")
    mlflow_page_size: int = Field(1_000, ge=1, le=50_000)
