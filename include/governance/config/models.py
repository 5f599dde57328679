"""The settings of governance.yaml. Unknown keys are refused; every default is visible here."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, SecretStr, Tag, field_validator, model_validator

from .base import Address, Name, Strict
from .catalogs import Catalog


class Patterns(Strict):
    """Shell-style patterns on names. A name is read when it matches `allow` and nothing in `deny`."""

    allow: list[str] = ["*"]
    deny: list[str] = []


StateName = Literal["development", "candidate", "staging", "production", "retired"]
StatementOrigin = Literal["register", "catalog", "tags"]


class Lifecycle(Strict):
    """Which signal of a version or agent means which lifecycle state. Names are compared without regard to case.

    Where several signals speak, the furthest state counts: what serves production is in production.
    """

    aliases: dict[str, StateName] = {
        "production": "production",
        "champion": "production",
        "staging": "staging",
        "challenger": "candidate",
        "candidate": "candidate",
    }
    stages: dict[str, StateName] = {"Production": "production", "Staging": "staging", "Archived": "retired"}
    tag: str = Field("lifecycle", description="tag that names the state; empty: no tag does")
    tag_values: dict[str, StateName] = Field({}, description="further values of that tag; a state's own name is known")
    traffic: StateName | None = Field("production", description="what takes traffic of an endpoint; null: no signal")
    traffic_from: int = Field(1, ge=1, le=100, description="percent of an endpoint's traffic from which it counts")
    mirror_traffic: StateName | None = Field(None, description="what gets a copy of the traffic; null: no signal")
    archived: StateName | None = Field("retired", description="what its source has archived; null: no signal")
    published: StateName | None = Field("production", description="an enabled agent that is served; null: no signal")


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
    lifecycle: Lifecycle | None = Field(None, description="what differs here from the lifecycle of all sources")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if bool(self.uri) == bool(self.connection):
            raise ValueError("give either `uri` or `connection`")
        return self


def source_kind(settings: Any) -> str:
    """The kind of one entry of `sources`; an entry without `kind` is MLflow."""
    found = settings.get("kind", "mlflow") if isinstance(settings, dict) else getattr(settings, "kind", None)
    return str(found)


class AzureCloud(Strict):
    """A cloud that is none of the named ones: Azure Stack, a sovereign cloud, a test server."""

    metadata_url: str = Field(description="its ARM metadata endpoint, .../metadata/endpoints?api-version=2019-05-01")
    authority: str | None = Field(None, description="login host; by default what the metadata endpoint says")
    ai_scope: str = Field("https://ai.azure.com/.default", description="token scope of Foundry's data plane")
    ml_portal: str = "https://ml.azure.com"
    ai_portal: str = "https://ai.azure.com"


class AzureCredential(Strict):
    """Which identity reads Azure. One way, chosen explicitly: nothing is guessed and nothing ever asks a person."""

    kind: Literal["client_secret", "certificate", "workload_identity", "managed_identity", "azure_cli"]
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    certificate_path: str | None = None
    certificate_password: SecretStr | None = None
    token_file: str | None = Field(None, description="workload identity: path of the federated token")

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        needed = {
            "client_secret": ("tenant_id", "client_id", "client_secret"),
            "certificate": ("tenant_id", "client_id", "certificate_path"),
            "workload_identity": ("tenant_id", "client_id", "token_file"),
        }.get(self.kind, ())
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"a {self.kind} credential needs {', '.join(missing)} too")
        return self


class AzureSource(Strict):
    """What all Azure sources share: scope, identity, cloud, and how fast they may ask.

    The identity is `credential`, else that of the Airflow connection `connection` (type azure), else the one that the
    environment names (AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or
    AZURE_FEDERATED_TOKEN_FILE).
    """

    name: Name
    connection: str | None = Field(None, description="id of an Airflow connection of type azure")
    credential: AzureCredential | None = None
    subscription: str | None = Field(None, description="subscription id; by default the connection's subscriptionId")
    resource_group: str | None = Field(None, description="read only this resource group")
    cloud: Literal["public", "us_government", "china"] | AzureCloud | None = Field(
        None, description="by default public, or what ARM_CLOUD_METADATA_URL and AZURE_AUTHORITY_HOST say"
    )
    ca_bundle: str | None = Field(None, description="path of a PEM file to verify the servers with")
    access: bool = Field(True, description="read role assignments: what endpoints and agents may reach")
    requests_per_second: float = Field(20, gt=0, le=1_000, description="limit of one principal in this process")
    concurrency: int = Field(4, ge=1, le=32, description="requests under way at a time")
    timeout_seconds: float = Field(60, gt=0)
    attempts: int = Field(4, ge=1, le=20, description="tries of one request before its collection counts as not read")
    max_wait_seconds: float = Field(60, ge=0, description="longest wait that a Retry-After is honoured for")
    lifecycle: Lifecycle | None = Field(None, description="what differs here from the lifecycle of all sources")


class AzureMlSource(AzureSource):
    """Azure Machine Learning: workspaces, hubs and registries of a subscription or a resource group."""

    kind: Literal["azure_ml"]
    workspaces: Patterns = Patterns()
    registries: Patterns = Patterns()
    models: Patterns = Patterns()
    mlflow: bool = Field(True, description="read metrics, parameters and datasets through each workspace's MLflow")
    mlflow_page_size: int = Field(1_000, ge=1, le=50_000)


class AiFoundrySource(AzureSource):
    """Azure AI Foundry: accounts (AIServices, OpenAI) with their projects, deployments and agents."""

    kind: Literal["ai_foundry"]
    accounts: Patterns = Patterns()
    projects: Patterns = Patterns()
    instructions: Literal["hash", "publish"] = Field("hash", description="hash: length and hash of an agent's only")
    preview: bool = Field(False, description="also ask preview APIs: the applications that publish agents")


Source = Annotated[
    Annotated[MlflowSource, Tag("mlflow")]
    | Annotated[AzureMlSource, Tag("azure_ml")]
    | Annotated[AiFoundrySource, Tag("ai_foundry")],
    Discriminator(
        source_kind,
        custom_error_type="kind",
        custom_error_message="`kind` must be one of mlflow, azure_ml, ai_foundry",
    ),
]


class Tags(Strict):
    """The tags by which a team states governance facts on a model, a version or a run."""

    record: str = "governance.record"
    owner: str = "governance.owner"
    use_case: str = "governance.use_case"
    risk_tier: str = "governance.risk_tier"
    policies: str = "governance.policies"
    digest: str = Field("governance.artifact_digest", description="digest of a version's artifact: equal ones are one")


class RequiredPolicies(Strict):
    """Policies that a lifecycle state asks for. They are assigned in the register, or by the tag `policies`."""

    state: list[StateName] = ["production"]
    risk_tier: list[str] = Field([], description="only of these tiers, without regard to case; all if empty")
    policies: list[str] = Field(min_length=1)


class Retirement(Strict):
    """When a version is due for retirement, besides the day that the register names."""

    after_days: int | None = Field(None, ge=1, description="days since it was made; null: its age is no reason")


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
    catalog: Catalog
    register_file: str = Field("register.yaml", alias="register", description="path, relative to this file")
    suites: list[str] = Field(["suites"], description="suite files or folders, relative to this file")
    lifecycle: Lifecycle = Lifecycle()
    tags: Tags = Tags()
    policies: list[RequiredPolicies] = []
    retirement: Retirement = Retirement()
    precedence: list[StatementOrigin] = Field(
        ["register", "catalog", "tags"],
        min_length=1,
        description="whose word counts on owner, business use and risk tier; a place that is not named is not asked",
    )
    publish: Publish = Publish()
    state: StateSettings = StateSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are named {', '.join(twice)}; give each its own name")
        return self

    @field_validator("precedence")
    @classmethod
    def _each_place_once(cls, places: list[StatementOrigin]) -> list[StatementOrigin]:
        if len(set(places)) != len(places):
            raise ValueError("a place stands twice")
        return places

    def lifecycle_of(self, source_name: str) -> Lifecycle:
        """The signals of one source: those of all sources, with what the source says otherwise."""
        own = next((source.lifecycle for source in self.sources if source.name == source_name), None)
        if own is None:
            return self.lifecycle
        return self.lifecycle.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
