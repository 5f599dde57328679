"""What people declare about a model or agent: record key, owner, business use, risk tier, review.

Declarations have three origins: the register, the curated fields of the catalog, the tags of the assets. The setting
`precedence` orders them; a differing declaration of another origin is kept beside the one that counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from ...config.models import Settings, StatementOrigin, Tags
from ...config.register import Entry, Person, Register, UseCase
from ...model.vocabularies import SubjectKind
from ...staging.curated import Curated

_UNKNOWN_USE_CASE = "not in the register"
_ALL: tuple[StatementOrigin, ...] = ("register", "catalog", "tags")

RUN_TAG = "run tag"  # a run's tags declare values, never a record's key
Tagged = tuple[str, Mapping[str, str]]  # where the tags come from, in words, and the tags


class Asset(NamedTuple):
    """A version, agent or deployment as the register may name it. qualified_names: its own, then its model's."""

    source: str
    name: str
    qualified_names: tuple[str, ...] = ()
    kind: SubjectKind = SubjectKind.VERSION


class Statement(NamedTuple):
    """One value and its origin: register, catalog, version tag, model tag, run tag, endpoint tag ..."""

    value: str
    origin: str


class Claim(NamedTuple):
    """A record's key that a person asks for. level: version, model or endpoint: what carries the declaration."""

    key: str | None = None
    rule: str | None = None
    level: str | None = None


class Declarations:
    """Looks declarations up by origin, in the order of precedence.

    curated: what the catalog's curated fields say, by record key; empty where they were never read.
    """

    def __init__(
        self,
        register: Register,
        tags: Tags,
        today: date,
        precedence: Sequence[StatementOrigin] = _ALL,
        curated: Curated | None = None,
    ) -> None:
        self._register, self._tags, self.today = register, tags, today
        self._precedence = tuple(precedence)
        self._curated = curated or Curated.unread()
        self._resolved: dict[str, Person | None] = {}
        self._case_ids = {case.name.lower(): case.id for case in register.use_cases}

    @classmethod
    def from_settings(
        cls, register: Register, settings: Settings, today: date, curated: Curated | None = None
    ) -> Declarations:
        """With tags and precedence of the settings. today: what approvals are compared with."""
        return cls(register, settings.tags, today, settings.precedence, curated)

    def claim(self, asset: Asset, tags: Sequence[Tagged]) -> Claim:
        """The record key that a person asks for, by register or tag."""
        key, rule = self._key(asset, tags)
        if key is None:
            return Claim()
        if not rule.startswith("register"):
            return Claim(key, rule, rule.split()[0])
        entry, names = self._entry(asset), asset.qualified_names
        of_version = entry is not None and len(names) > 1 and entry.asset == names[0]
        return Claim(key, rule, "version" if of_version else "model")

    def for_asset(self, asset: Asset, tags: Sequence[Tagged], record_key: str | None = None) -> dict[str, Any]:
        """The columns of EVIDENCE on record, owner, use case, risk tier, review, and the register's description.

        Args:
            asset: the version or agent.
            tags: all tags that declare something of it, those that count first in front.
            record_key: the record's final key, where several assets were joined; by it the register and the catalog
                are looked up for the whole record.
        """
        own_key, rule = self._key(asset, tags)
        key = record_key or own_key or f"{asset.source}/{asset.name}"
        entries = [entry for entry in (self._entry(asset), self._register.entry_of_record(key)) if entry is not None]
        owner = self._declared("owner", self._tags.owner, entries, key, tags)
        use_case = self._declared("use_case", self._tags.use_case, entries, key, tags)
        risk_tier = self._declared("risk_tier", self._tags.risk_tier, entries, key, tags)
        person = self.person(owner[0].value) if owner else None
        case = self._register.cases.get(self._case(use_case[0].value)) if use_case else None
        if not risk_tier and case is not None and case.risk_tier:
            risk_tier = [Statement(case.risk_tier, "use case")]
        return {
            "record_key": key,
            "record_rule": rule or "registered model",
            **_columns("owner", owner, self._same_person, value_column="owner_stated"),
            "owner": person.id if person else None,
            "owner_name": (person.name or person.id) if person else None,
            **_columns("use_case", use_case, self._case),
            "use_case": self._case(use_case[0].value) if use_case else None,
            "use_case_name": case.name if case else None,
            "use_case_state": self.approval(case) if use_case else None,
            **_columns("risk_tier", risk_tier, str.lower),
            "intended_use": next((entry.intended_use for entry in entries if entry.intended_use), None),
            "description": next((entry.description for entry in entries if entry.description), None),
            **self._reviews(key, entries, tags),
        }

    def _entry(self, asset: Asset) -> Entry | None:
        return self._register.entry_of(asset.source, asset.name, asset.qualified_names, asset.kind)

    def _key(self, asset: Asset, tags: Sequence[Tagged]) -> tuple[str | None, str]:
        """(the record's key that a person asks for, by which rule); None where nobody asks for one.

        A key is an identity, so the register always takes precedence over a tag.
        """
        entry = self._entry(asset)
        if entry is not None and entry.record:
            return entry.record, f"register {self._tags.record}"
        if entry is not None and entry.key:
            return entry.key, "register: the key it had formerly"
        keys = _in_tags(self._tags.record, [tagged for tagged in tags if tagged[0] != RUN_TAG])
        declared = next(keys, None)
        return (declared.value, f"{declared.origin} {self._tags.record}") if declared else (None, "")

    def person(self, stated: str) -> Person | None:
        """The person or group that a stated owner stands for, without regard to case."""
        if stated not in self._resolved:
            self._resolved[stated] = self._register.person(stated)
        return self._resolved[stated]

    def approval(self, case: UseCase | None) -> str:
        """'approved', or the reason why it is not."""
        if case is None:
            return _UNKNOWN_USE_CASE
        if case.approved_on is None:
            return "proposed, not approved"
        if case.approved_on > self.today:
            return f"approved only from {case.approved_on}"
        if case.expires is not None and case.expires < self.today:
            return f"its approval expired on {case.expires}"
        return "approved"

    def _declared(
        self, field: str, tag: str, entries: Sequence[Entry], key: str, tags: Sequence[Tagged]
    ) -> list[Statement]:
        """All declarations of the field, the one that counts first."""
        declared: dict[StatementOrigin, list[Statement]] = {
            "register": [Statement(value, "register") for entry in entries if (value := getattr(entry, field).strip())],
            "catalog": [Statement(value, "catalog")] if (value := self._curated.value(key, field)) else [],
            "tags": list(_in_tags(tag, tags)),
        }
        return [statement for origin in self._precedence for statement in declared[origin]]

    def _reviews(self, key: str, entries: Sequence[Entry], tags: Sequence[Tagged]) -> dict[str, Any]:
        """Review and retirement, and the policies that are assigned: register before catalog."""
        names = ("reviewed_by", "reviewed_on", "next_review", "exception_until")
        dates = {
            name: next((day.isoformat() for entry in entries if (day := getattr(entry, name))), None)
            for name in ("next_review", "retire_on")
        }
        tagged = [declared.value.split(",") for declared in _in_tags(self._tags.policies, tags)]
        lists = [*(entry.policies for entry in entries), *tagged]
        policies = {policy.strip() for policies in lists for policy in policies}
        return {
            **{name: self._curated.value(key, name) for name in names},
            **{name: day for name, day in dates.items() if day or name == "retire_on"},
            "policies": ", ".join(sorted(policies - {""})) or None,
            "curated_reason": self._curated.reason(key),
        }

    def _same_person(self, stated: str) -> str:
        person = self.person(stated)
        return person.id if person else stated.lower()

    def _case(self, stated: str) -> str:
        """The use case's id, also where a person wrote its name."""
        return stated if stated in self._register.cases else self._case_ids.get(stated.lower(), stated)


def _in_tags(tag: str, tagged: Sequence[Tagged]) -> Iterator[Statement]:
    for origin, tags in tagged:
        if value := str(tags.get(tag) or "").strip():
            yield Statement(value, origin)


def _columns(
    field: str, statements: Sequence[Statement], meaning: Any, value_column: str | None = None
) -> dict[str, str | None]:
    """The value that counts, who states it, and what others state that means something else."""
    if not statements:
        return {value_column or field: None, f"{field}_from": None, f"{field}_other": None}
    first = statements[0]
    others = [other for other in statements[1:] if meaning(other.value) != meaning(first.value)]
    words = dict.fromkeys(f"{other.value} ({other.origin})" for other in others)
    return {
        value_column or field: first.value,
        f"{field}_from": first.origin,
        f"{field}_other": "; ".join(words) or None,
    }
