"""Entries of the register about single models, agents, deployments and records. They take precedence over tags."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from ..base import Strict

NonEmptyStr = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Dismissal(Strict):
    """A suspected duplicate that a person has looked at: it is another model."""

    record: NonEmptyStr = Field(description="key of the record that is not the same")
    by: NonEmptyStr
    reason: NonEmptyStr


class Entry(Strict):
    """One model, agent, deployment or record, and what was decided about it.

    It is named by `source` and its name there, or by `asset`, or, where all of a record is meant, by `record` alone.
    """

    NAMED_BY: ClassVar[str] = ""

    source: str = ""
    asset: str = Field("", description="qualified name, where source and name are not enough (two workspaces)")
    record: str = Field("", description="key of the governed record; equal keys join assets into one record")
    formerly: list[NonEmptyStr] = Field(
        [], description="keys that the record had before its source was renamed or moved; its history goes with it"
    )
    links: list[NonEmptyStr] = Field([], description="qualified names of assets, or keys of records, that belong to it")
    splits: list[NonEmptyStr] = Field(
        [], description="qualified names of assets, or keys of records, that do not belong to it"
    )
    dismissed: list[Dismissal] = Field([], description="suspected duplicates that are none")
    owner: str = ""
    use_case: str = ""
    risk_tier: str = ""
    intended_use: str = ""
    policies: list[NonEmptyStr] = Field([], description="policies that are assigned to it")
    next_review: date | None = Field(None, description="until when its owner has to review it")
    retire_on: date | None = Field(None, description="the day from which it is due for retirement")
    description: str = ""

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        name = self.name_at_source
        if bool(self.source) != bool(name):
            raise ValueError(f"source and {self.NAMED_BY} belong together: give both or neither")
        if self.asset and name:
            raise ValueError(f"give either `asset` or source and {self.NAMED_BY}")
        if not (name or self.asset or self.record):
            raise ValueError(f"name what it is about: source and {self.NAMED_BY}, or asset, or record")
        if both := sorted({*self.links} & {*self.splits}):
            raise ValueError(f"{', '.join(both)} is listed in links and in splits")
        return self

    @property
    def name_at_source(self) -> str:
        """The name of the model, agent or deployment at its source; empty if it is named otherwise."""
        return str(getattr(self, self.NAMED_BY))

    @property
    def identity(self) -> str:
        """What the entry is about, in words; each may have one entry only."""
        if self.name_at_source:
            return f"{self.source}/{self.name_at_source}"
        return self.asset or f"record {self.record}"

    @property
    def key(self) -> str:
        """The record's key by this entry: the declared one, else the first that the record had."""
        return self.record or (self.formerly[0] if self.formerly else "")


class RegisteredModelEntry(Entry):
    """An entry about one model."""

    NAMED_BY: ClassVar[str] = "model"

    model: str = Field("", description="its name at the source")


class RegisteredAgentEntry(Entry):
    """An entry about one agent."""

    NAMED_BY: ClassVar[str] = "agent"

    agent: str = Field("", description="its name at the source")


class RegisteredDeploymentEntry(Entry):
    """An entry about one deployment of a provider's model."""

    NAMED_BY: ClassVar[str] = "deployment"

    deployment: str = Field("", description="its name at the source")
