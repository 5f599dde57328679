"""What people state about a model or agent: record key, owner, business use, risk tier.

Three places speak: the register, the curated fields of the catalog, the tags of the assets. `precedence` says whose
word counts; what another place says differently is kept beside it and shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from ...config.models import Settings, StatementOrigin, Tags
from ...config.register import Entry, Person, Register, UseCase
from ...staging.curated import Curated

_UNKNOWN_USE_CASE = "not in the register"
_ALL: tuple[StatementOrigin, ...] = ("register", "catalog", "tags")

TagPlace = tuple[str, Mapping[str, str]]


class Statement(NamedTuple):
    """One value and who states it: register, catalog, version tag, model tag, run tag, endpoint tag ..."""

    value: str
    place: str


class Claim(NamedTuple):
    """A record's key that a person asks for. level: version, model or endpoint, by what the word stands on."""

    key: str | None = None
    rule: str | None = None
    level: str | None = None


class Declarations:
    """Looks statements up in the places, in the order of their precedence.

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
        return cls(register, settings.tags, today, settings.precedence, curated)

    def key(
        self, source: str, name: str, places: Sequence[TagPlace], assets: Sequence[str] = (), *, agent: bool = False
    ) -> tuple[str | None, str]:
        """(the record's key that a person asks for, by which rule); None where nobody asks for one.

        A key is an identity, so the register's word always comes before a tag.
        """
        entry = self._register.entry_of(source, name, assets, agent=agent)
        if entry is not None and entry.record:
            return entry.record, f"register {self._tags.record}"
        if entry is not None and entry.key:
            return entry.key, "register: the key it had formerly"
        stated = next(_in_tags(self._tags.record, places), None)
        return (stated.value, f"{stated.place} {self._tags.record}") if stated else (None, "")

    def claim(
        self, source: str, name: str, places: Sequence[TagPlace], assets: Sequence[str] = (), *, agent: bool = False
    ) -> Claim:
        key, rule = self.key(source, name, places, assets, agent=agent)
        if key is None:
            return Claim()
        if not rule.startswith("register"):
            return Claim(key, rule, rule.split()[0])
        entry = self._register.entry_of(source, name, assets, agent=agent)
        of_version = entry is not None and len(assets) > 1 and entry.asset == assets[0]
        return Claim(key, rule, "version" if of_version else "model")

    def of(
        self,
        source: str,
        model: str,
        version_tags: Mapping[str, str],
        model_tags: Mapping[str, str],
        run_tags: Mapping[str, str],
        *,
        more: Sequence[TagPlace] = (),
        assets: Sequence[str] = (),
        record_key: str | None = None,
        agent: bool = False,
    ) -> dict[str, Any]:
        """The columns of EVIDENCE on record, owner, use case, risk tier, review, and the register's description.

        more: tags of further assets that speak for it (its endpoints), after its own. assets: qualified names of the
        version and its model, by which the register may name it. record_key: the record's final key, where several
        assets were joined; by it the register and the catalog are asked about the record as a whole.
        """
        asked_key, rule = self.key(
            source, model, [("version tag", version_tags), ("model tag", model_tags), *more], assets, agent=agent
        )
        key = record_key or asked_key or f"{source}/{model}"
        places = [("version tag", version_tags), ("model tag", model_tags), ("run tag", run_tags), *more]
        entries = [
            entry
            for entry in (
                self._register.entry_of(source, model, assets, agent=agent),
                self._register.entry_of_record(key),
            )
            if entry is not None
        ]
        owner = self._stated("owner", self._tags.owner, entries, key, places)
        use_case = self._stated("use_case", self._tags.use_case, entries, key, places)
        risk_tier = self._stated("risk_tier", self._tags.risk_tier, entries, key, places)
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
            **self._obliged(key, entries, places),
        }

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

    def _stated(
        self, field: str, tag: str, entries: Sequence[Entry], key: str, places: Sequence[TagPlace]
    ) -> list[Statement]:
        """All that is stated of the field, the word that counts first."""
        said: dict[StatementOrigin, list[Statement]] = {
            "register": [Statement(value, "register") for entry in entries if (value := getattr(entry, field).strip())],
            "catalog": [Statement(value, "catalog")] if (value := self._curated.value(key, field)) else [],
            "tags": list(_in_tags(tag, places)),
        }
        return [statement for place in self._precedence for statement in said[place]]

    def _obliged(self, key: str, entries: Sequence[Entry], places: Sequence[TagPlace]) -> dict[str, Any]:
        """Review and retirement, and the policies that are assigned: register before catalog."""
        names = ("reviewed_by", "reviewed_on", "next_review", "exception_until")
        dates = {
            name: next((day.isoformat() for entry in entries if (day := getattr(entry, name))), None)
            for name in ("next_review", "retire_on")
        }
        tagged = [said.value.split(",") for said in _in_tags(self._tags.policies, places)]
        policies = {policy.strip() for policies in [*(one.policies for one in entries), *tagged] for policy in policies}
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


def _in_tags(tag: str, places: Sequence[TagPlace]) -> Iterator[Statement]:
    for place, tags in places:
        if value := str(tags.get(tag) or "").strip():
            yield Statement(value, place)


def _columns(
    field: str, statements: Sequence[Statement], meaning: Any, value_column: str | None = None
) -> dict[str, str | None]:
    """The value that counts, who states it, and what others state that means something else."""
    if not statements:
        return {value_column or field: None, f"{field}_from": None, f"{field}_other": None}
    first = statements[0]
    others = [other for other in statements[1:] if meaning(other.value) != meaning(first.value)]
    words = dict.fromkeys(f"{other.value} ({other.place})" for other in others)
    return {
        value_column or field: first.value,
        f"{field}_from": first.place,
        f"{field}_other": "; ".join(words) or None,
    }
