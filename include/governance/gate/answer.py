"""What is asked of the gate, and what it answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ..model.rows import Row
from ..model.vocabularies import GateAnswer
from ..sources import Unread


@dataclass(frozen=True)
class GateRequest:
    """May this version of that source enter the state?

    Attributes:
        to: A lifecycle state, or an alias, a stage or a tag's value that means one.
        asked_by: Who asks, as far as the caller knows it.
    """

    source: str
    model: str
    version: str
    to: str = "production"
    asked_by: str = ""


@dataclass(frozen=True)
class GateFinding:
    """A rule that fails on the version, its record, or a deployment of it.

    Attributes:
        refuses: Whether it refuses the promotion: grave enough, and not waived.
        waived: Until when, by whom and why; empty where no waiver holds.
    """

    rule: str
    severity: str
    refuses: bool
    subject: str
    sentence: str
    remedy: str
    ask: str
    evidence: dict[str, Any]
    waived: str = ""
    waiver_expired: str = ""


@dataclass(frozen=True)
class SourceAge:
    """When a source was last read as a whole (ISO 8601, UTC); None where no sync has read it."""

    source: str
    read_at: str | None


@dataclass(frozen=True)
class AppliedRule:
    """A rule that was judged on the version, its record, or a deployment of it."""

    rule: str
    severity: str


@dataclass(frozen=True)
class GateJudgement:
    """One judgement on one promotion.

    Attributes:
        subject: Qualified name of the version; empty where its source has no such version, or did not say.
        label: What a person calls it.
        record: Key of its governed record; empty where it is not known.
        to: The lifecycle state.
        judged_at: When, UTC; the version, its run, experiment and data are as they were read then.
        suites: Name, version and content hash of the suites.
        findings: Those that refuse first.
        unread: What could not be read, or is too uncertain to be judged.
        sources: How old is what counts of everything else.
        seconds: What the judgement took.
    """

    answer: GateAnswer
    request: GateRequest
    subject: str
    label: str
    record: str
    to: str
    judged_at: datetime
    sentence: str
    suites: str = ""
    findings: tuple[GateFinding, ...] = ()
    unread: tuple[Unread, ...] = ()
    sources: tuple[SourceAge, ...] = ()
    rules: tuple[AppliedRule, ...] = ()
    seconds: float = 0.0
    id: str = field(default="")

    def as_json(self) -> Row:
        """The judgement as a JSON object: evidence as objects, times in ISO 8601."""
        return {
            "id": self.id,
            "answer": str(self.answer),
            "sentence": self.sentence,
            "source": self.request.source,
            "model": self.request.model,
            "version": self.request.version,
            "to": self.to,
            "asked_by": self.request.asked_by,
            "subject": self.subject,
            "label": self.label,
            "record": self.record,
            "judged_at": self.judged_at.isoformat(timespec="seconds"),
            "suites": self.suites,
            "findings": [asdict(finding) for finding in self.findings],
            "unread": [one._asdict() for one in self.unread],
            "sources": [asdict(age) for age in self.sources],
            "rules": [asdict(rule) for rule in self.rules],
            "seconds": self.seconds,
        }
