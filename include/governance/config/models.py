"""The settings of governance.yaml. Unknown keys are refused; every default is visible here."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patterns(Strict):
    """Shell-style patterns on names. A name is read when it matches `allow` and nothing in `deny`."""

    allow: list[str] = ["*"]
    deny: list[str] = []


class Address(Strict):
    """Where a system answers: an Airflow connection, or a direct address with credentials from the environment."""

    connection: str | None = Field(None, description="id of an Airflow connection (in a shell: AIRFLOW_CONN_<ID>)")
    username: str | None = None
    password: SecretStr | None = None
    token: SecretStr | None = None
    ca_bundle: str | None = Field(None, description="path of a PEM file to verify the server with")


class MlflowSource(Address):
    """One MLflow tracking server (http, https) or store (sqlite, postgresql, mysql, mssql, a folder)."""

    kind: Literal["mlflow"] = "mlflow"
    name: Name
    uri: str | None = None
    workspace: str | None = Field(None, description="MLflow workspace to read; only on servers that have workspaces")
    experiments: Patterns = Patterns()
    models: Patterns = Patterns()
    prompts: bool = Field(False, description="also list the prompts of the registry (one more call)")
    page_size: int = Field(1_000, ge=1, le=50_000)
    timeout_seconds: float = Field(120, gt=0)
    attempts: int = Field(4, ge=1, le=20, description="tries of one request before its collection counts as not read")
    full_read_hours: float = Field(24, ge=0, description="runs are read in full this often, by watermark in between")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.uri) == bool(self.connection):
            raise ValueError("give either `uri` or `connection`")
        return self


# Azure sources join this union, told apart by `kind`.
Source = MlflowSource


class AtlasCatalog(Address):
    """One Apache Atlas. `url` is the server's base, e.g. https://atlas.example.com:21000."""

    kind: Literal["atlas"] = "atlas"
    name: Name = "atlas"
    url: str | None = None
    timeout_seconds: float = Field(120, gt=0)
    attempts: int = Field(5, ge=1, le=20)
    max_wait_seconds: float = Field(
        60, ge=0, description="longest wait that a Retry-After of the catalog is honoured for"
    )
    settle_seconds: float = Field(
        20, ge=0, description="after a write whose answer was lost: how long to look whether the catalog applied it"
    )
    batch_size: int = Field(100, ge=1, le=1_000)
    lock_wait_seconds: float = Field(600, ge=0, description="how long a second sync waits for the first to finish")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.url) == bool(self.connection):
            raise ValueError("give either `url` or `connection`")
        return self


class Lifecycle(Strict):
    """Which alias, stage or tag of a version means which lifecycle state. Compared without regard to case."""

    aliases: dict[str, str] = {
        "production": "production",
        "champion": "production",
        "staging": "staging",
        "challenger": "candidate",
        "candidate": "candidate",
    }
    stages: dict[str, str] = {"Production": "production", "Staging": "staging", "Archived": "retired"}
    tag: str = "lifecycle"


class Tags(Strict):
    """The tags by which a team states governance facts on a model, a version or a run."""

    record: str = "governance.record"
    owner: str = "governance.owner"
    use_case: str = "governance.use_case"
    risk_tier: str = "governance.risk_tier"


class Publish(Strict):
    runs: Literal["evidence", "all"] = Field("evidence", description="evidence: runs behind a version; all: every run")
    max_text: int = Field(4_000, ge=100, description="longest text attribute sent to the catalog, in characters")


class StateSettings(Strict):
    database: str | None = Field(None, description="SQLAlchemy URL; default sqlite in GOVERNANCE_HOME")
    staging: str | None = Field(None, description="folder or fsspec URL for staged tables; default in GOVERNANCE_HOME")
    keep_runs: int = Field(14, ge=1, description="staged runs kept; reports are always kept")


class Settings(Strict):
    """governance.yaml."""

    deployment: Name = Field("default", description="names this installation in the catalog's marker")
    sources: list[Source] = Field(min_length=1)
    catalog: AtlasCatalog
    register_file: str = Field("register.yaml", alias="register", description="path, relative to this file")
    suites: list[str] = Field(["suites"], description="suite files or folders, relative to this file")
    lifecycle: Lifecycle = Lifecycle()
    tags: Tags = Tags()
    publish: Publish = Publish()
    state: StateSettings = StateSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are named {', '.join(twice)}; give each its own name")
        return self
