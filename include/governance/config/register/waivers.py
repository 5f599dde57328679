"""Waivers: a person's dated, reasoned exception to a rule. It expires by itself."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from .dated import Dated, matches
from .entries import NonEmptyStr


class Waiver(Dated):
    """A finding that it covers is waived until a day, by a person, for a reason. The finding stays visible."""

    rule: NonEmptyStr = Field(description="id of the rule, or a shell-style pattern: evaluation.*")
    record: str = Field("", description="key of the record, or a pattern")
    subject: str = Field("", description="qualified name of the version, endpoint or agent, or a pattern")

    @model_validator(mode="after")
    def _names_its_scope(self) -> Self:
        if not (self.record or self.subject):
            raise ValueError("give record or subject")
        return self

    @property
    def identity(self) -> str:
        """What it covers, in words."""
        return " ".join(part for part in (self.rule, self.record, self.subject) if part)

    def covers(self, rule: str, record: str, subject: str) -> bool:
        """Whether it is about that finding, expired or not."""
        return (
            matches(rule, self.rule)
            and (not self.record or matches(record or "", self.record))
            and (not self.subject or matches(subject or "", self.subject))
        )

    def in_words(self) -> str:
        """Until when, by whom and why."""
        return f"waived until {self.until} by {self.by}: {self.reason}"


def waiver_of(
    waivers: list[Waiver], rule: str, record: str, subject: str, today: date
) -> tuple[Waiver | None, Waiver | None]:
    """(the active waiver of that finding, else the one that expired last). The longest of several counts."""
    covering = sorted(
        (waiver for waiver in waivers if waiver.covers(rule, record, subject)),
        key=lambda waiver: (waiver.until, waiver.identity, waiver.by),
    )
    last = covering[-1] if covering else None
    return (last, None) if last is not None and last.is_active(today) else (None, last)
