"""The settings of governance.yaml. Unknown keys are refused; every default is visible here."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ..model.attribute_owners import why_no_owner
from ..model.vocabularies import AttributeOwner, Severity, Verdict
from .base import Address, Name, Strict
from .catalogs import Catalog
from .gate import Gate
from .lifecycle import Lifecycle, StateName
from .source_kinds import Source
from .sources.ai_foundry import AiFoundrySource
from .sources.azure import AzureCloud, AzureCredential, AzureSource
from .sources.azure_ml import AzureMlSource
from .sources.base import Patterns, SourceSettings
from .sources.mlflow import MlflowSource

__all__ = [
    "Address",
    "AiFoundrySource",
    "AzureCloud",
    "AzureCredential",
    "AzureMlSource",
    "AzureSource",
    "FailOn",
    "Gate",
    "Lifecycle",
    "MissingEntities",
    "MlflowSource",
    "Name",
    "Patterns",
    "Publish",
    "RequiredPolicies",
    "Retirement",
    "Settings",
    "Source",
    "SourceSettings",
    "StateName",
    "StateSettings",
    "StatementOrigin",
    "Strict",
    "Tags",
]

StatementOrigin = Literal["register", "catalog", "tags"]


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
    provider_days: int | None = Field(
        90, ge=0, description="days before the one on which its provider retires a deployed model; null: no reason"
    )


class MissingEntities(Strict):
    """What becomes of an entity that its source proves not to have any more. It is marked as missing at once."""

    retire_after_listings: int = Field(3, ge=1, description="retired once so many syncs in a row have found it gone")
    retire_after_days: int | None = Field(
        7, ge=0, description="and so many days after the first of them; null: nothing is retired"
    )
    max_share: float | None = Field(
        0.5,
        gt=0,
        le=1,
        description="where more than this share of a type (and more than 20 entities) would be marked in one run, "
        "nothing is until a person allows it: sync --allow-removals; null: no limit",
    )
    max_count: int | None = Field(1_000, ge=1, description="the same for a number of entities of one type")


class Publish(Strict):
    """Whether and what is published, and how long its texts may be."""

    enabled: bool | None = Field(
        None,
        description="true: syncs write into the catalog. false: they only plan. null: they write where this "
        "installation has published before; a new one only plans",
    )
    runs: Literal["evidence", "all"] = Field("evidence", description="evidence: runs behind a version; all: every run")
    provisional: bool = Field(
        True,
        description="mark verdicts that stand on what an earlier sync read: one write per entity when a source fails, "
        "one when it is back",
    )
    max_text: int = Field(4_000, ge=100, description="longest text attribute sent to the catalog, in characters")

    missing: MissingEntities = MissingEntities()
    ownership: dict[str, AttributeOwner] = Field(
        {},
        description="by `type.attribute`, or `*.attribute` for all types: whose its value is. source: what the source "
        "states is sent whenever it moves (the default of all). curator: never sent. first: the first value that the "
        "catalog has stays, whoever wrote it",
    )

    @field_validator("ownership")
    @classmethod
    def _attributes_can_be_owned(cls, ownership: dict[str, AttributeOwner]) -> dict[str, AttributeOwner]:
        faults = [fault for name in ownership if (fault := why_no_owner(name))]
        if faults:
            raise ValueError("; ".join(faults))
        return ownership

    @field_validator("enabled", mode="before")
    @classmethod
    def _empty_is_null(cls, value: Any) -> Any:
        """An environment variable that is not set: ${GOVERNANCE_PUBLISH:-}."""
        return None if value == "" else value


class FailOn(Strict):
    """What makes a sync that otherwise went well end with exit code 5. Nothing by default."""

    verdict: Verdict | None = Field(None, description="a governed record with this verdict or a worse one")
    findings: Severity | None = Field(None, description="a finding of this severity or a graver one; not if waived")
    only_new: bool = Field(True, description="only what the last sync before did not have")


class StateSettings(Strict):
    """Where state and staged tables are kept, and for how many runs."""

    database: str | None = Field(
        None,
        description="SQLAlchemy URL, of PostgreSQL postgresql+psycopg://USER:PASSWORD@HOST/NAME; default sqlite in "
        "GOVERNANCE_HOME",
    )
    staging: str | None = Field(None, description="folder or fsspec URL for staged tables; default in GOVERNANCE_HOME")
    reports: str | None = Field(None, description="folder for run reports; default in GOVERNANCE_HOME")
    keep_runs: int = Field(14, ge=1, description="staged runs kept; reports are always kept")


# What an agent may do does not depend on who was told its address: access.* and secrets keep their severity
_SEVERITIES: dict[StateName, dict[str, Severity]] = {
    "unpublished": {
        "critical": Severity.WARNING,
        "warning": Severity.INFO,
        "security.secret_removed": Severity.WARNING,
    }
}


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
    severities: dict[StateName, dict[str, Severity]] = Field(
        _SEVERITIES,
        description="by lifecycle state: what counts there instead of a severity (critical, warning, info) or of that "
        "of one rule, by its id",
    )
    precedence: list[StatementOrigin] = Field(
        ["register", "catalog", "tags"],
        min_length=1,
        description="whose word counts on owner, business use and risk tier; origins not listed are ignored",
    )
    publish: Publish = Publish()
    fail_on: FailOn = FailOn()
    gate: Gate = Gate()
    state: StateSettings = StateSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are named {', '.join(twice)}; give each its own name")
        return self

    @field_validator("severities")
    @classmethod
    def _keys_are_severities_or_rules(
        cls, severities: dict[StateName, dict[str, Severity]]
    ) -> dict[StateName, dict[str, Severity]]:
        unknown = sorted({key for by in severities.values() for key in by if "." not in key and key not in {*Severity}})
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no severity and no id of a rule")
        return severities

    @model_validator(mode="after")
    def _runs_come_from_sources(self) -> Self:
        names = {source.name for source in self.sources}
        for name, other in self.runs_from().items():
            if other not in names or other == name:
                raise ValueError(f"`runs_from: {other}` of source {name} names no other source of this file")
        return self

    @field_validator("precedence")
    @classmethod
    def _each_origin_once(cls, origins: list[StatementOrigin]) -> list[StatementOrigin]:
        if len(set(origins)) != len(origins):
            raise ValueError("an origin is listed twice")
        return origins

    def runs_from(self) -> dict[str, str]:
        """By source, the one that has the runs of its registry's versions."""
        sources = [source for source in self.sources if isinstance(source, MlflowSource)]
        return {source.name: source.runs_from for source in sources if source.runs_from}

    def lifecycle_of(self, source_name: str) -> Lifecycle:
        """The signals of one source: those of all sources, with what the source says otherwise."""
        own = next((source.lifecycle for source in self.sources if source.name == source_name), None)
        if own is None:
            return self.lifecycle
        return self.lifecycle.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
