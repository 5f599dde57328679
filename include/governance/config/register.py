"""The settings of register.yaml: what people decided about models, owners and business use."""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from .models import Strict


class Person(Strict):
    """One person or group of the directory and the names by which the sources know it."""

    id: str = Field(description="identity in the directory, e.g. an e-mail address or a group id")
    name: str = ""
    group: bool = False
    known_as: list[str] = Field([], description="source identities; shell-style patterns are allowed")


class UseCase(Strict):
    id: str
    name: str
    description: str = ""
    owner: str = ""
    risk_tier: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    expires: date | None = None

    @model_validator(mode="after")
    def _approval_is_whole(self) -> UseCase:
        if bool(self.approved_by) != bool(self.approved_on):
            raise ValueError("approved_by and approved_on belong together: give both or neither")
        return self


class RegisteredModelEntry(Strict):
    """What the register says of one model of one source. It wins over the model's tags."""

    source: str
    model: str
    record: str = Field("", description="key of the governed record; equal keys join models into one record")
    owner: str = ""
    use_case: str = ""
    risk_tier: str = ""
    description: str = ""


class Register(Strict):
    people: list[Person] = []
    use_cases: list[UseCase] = []
    models: list[RegisteredModelEntry] = []

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Register:
        for what, ids in (
            ("people", [person.id for person in self.people]),
            ("use_cases", [case.id for case in self.use_cases]),
            ("models", [f"{entry.source}/{entry.model}" for entry in self.models]),
        ):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} stands twice")
        return self
