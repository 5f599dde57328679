"""Settings of an MLflow source."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ..base import Address, Name
from .base import Patterns, SourceSettings


class MlflowSource(Address, SourceSettings):
    """One MLflow tracking server (http, https) or store (sqlite, postgresql, mysql, mssql, a folder)."""

    kind: Literal["mlflow"] = "mlflow"
    uri: str | None = None
    service: Literal["mlflow", "azure_ml", "databricks", "gitlab"] | None = Field(
        None, description="what answers MLflow's REST API there; by default the address tells"
    )
    workspace: str | None = Field(None, description="MLflow workspace to read; only on servers that have workspaces")
    workspaces: Patterns | None = Field(
        None, description="read all MLflow workspaces of such names that the login may read, instead of `workspace`"
    )
    unity_catalog: bool = Field(True, description="on Databricks: also read the models of Unity Catalog")
    signatures: bool = Field(
        True, description="read the MLmodel file of versions in use, once each, where listings do not state a signature"
    )
    experiments: Patterns = Patterns()
    models: Patterns = Patterns()
    runs_from: Name | None = Field(
        None, description="name of the source that has the runs of this registry's versions, where they are not here"
    )
    prompts: bool = Field(False, description="also list the prompts of the registry (one more call)")
    page_size: int = Field(1_000, ge=1, le=50_000)
    timeout_seconds: float = Field(120, gt=0)
    attempts: int = Field(4, ge=1, le=20, description="tries of one request before its collection counts as not read")
    collection_seconds: float = Field(3_600, gt=0, description="a listing that takes longer is read no further")
    full_read_hours: float = Field(24, ge=0, description="runs are read in full this often, by watermark in between")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.uri) == bool(self.connection):
            raise ValueError("give either `uri` or `connection`")
        if self.workspace and self.workspaces:
            raise ValueError("give either `workspace` or `workspaces`")
        return self
