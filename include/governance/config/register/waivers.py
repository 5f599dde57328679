"""Waivers: a person's dated, reasoned exception to a rule. It ends by itself."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import Self

from pydantic import Field, model_validator

from ..base import Strict
from .entries import NonEmptyStr


class Waiver(Strict):
    """A finding that it covers is waived until a day, by a person, for a reason. It is never silent."""

    rule: NonEmptyStr = Field(description="id of the rule, or a shell-style pattern: evaluation.*")
    record: str = Field("", description="key of the record, or a pattern")
    subject: str = Field("", description="qualified name of the version, endpoint or agent, or a pattern")
    by: NonEmptyStr = Field(description="who decided it")
    reason: NonEmptyStr
    until: date = Field(description="the last day on which it holds")

    @model_validator(mode="after")
    def _says_for_what(self) -> Self:
        if not (self.record or self.subject):
            raise ValueError("say for what: give record or subject")
        return self

    @property
    def identity(self) -> str:
        return " ".join(part for part in (self.rule, self.record, self.subject) if part)

    def covers(self, rule: str, record: str, subject: str) -> bool:
        """Whether it speaks of that finding, be it expired or not."""
        return (
            _fits(rule, self.rule)
            and (not self.record or _fits(record or "", self.record))
            and (not self.subject or _fits(subject or "", self.subject))
        )

    def holds(self, today: date) -> bool:
        return today <= self.until

    def in_words(self) -> str:
        return f"waived until {self.until} by {self.by}: {self.reason}"


def waiver_of(
    waivers: list[Waiver], rule: str, record: str, subject: str, today: date
) -> tuple[Waiver | None, Waiver | None]:
    """(the waiver that holds for that finding, else the one that expired last). The longest of several counts."""
    covering = sorted(
        (waiver for waiver in waivers if waiver.covers(rule, record, subject)),
        key=lambda waiver: (waiver.until, waiver.identity, waiver.by),
    )
    last = covering[-1] if covering else None
    return (last, None) if last is not None and last.holds(today) else (None, last)


def _fits(text: str, pattern: str) -> bool:
    """Equal, or matching: record keys may themselves hold the signs of a pattern."""
    return text == pattern or fnmatchcase(text, pattern)
