"""What people state about a model: record key, owner, business use. The register wins over tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from ..config.models import Tags
from ..config.register import Person, Register, UseCase

_UNKNOWN_USE_CASE = "not in the register"


class Statements:
    """Looks statements up in the register first, then in the tags of the version, its model and its run."""

    def __init__(self, register: Register, tags: Tags, today: date) -> None:
        self._tags = tags
        self._today = today
        self._models = {(entry.source, entry.model): entry for entry in register.models}
        self._cases = {case.id: case for case in register.use_cases}
        self._people = register.people
        self._resolved: dict[str, Person | None] = {}

    def of(
        self, source: str, model: str, version_tags: Mapping, model_tags: Mapping, run_tags: Mapping
    ) -> dict[str, Any]:
        """The columns of EVIDENCE on record, owner, use case, risk tier and the register's description."""
        entry = self._models.get((source, model))
        places = (("version tag", version_tags), ("model tag", model_tags), ("run tag", run_tags))

        def stated(field: str, tag: str, where: tuple = places) -> tuple[str | None, str | None]:
            if entry is not None and getattr(entry, field):
                return getattr(entry, field), "register"
            return next(
                ((tags[tag].strip(), place) for place, tags in where if tags.get(tag, "").strip()), (None, None)
            )

        key, key_rule = stated("record", self._tags.record, places[:2])
        owner, owner_from = stated("owner", self._tags.owner)
        use_case, use_case_from = stated("use_case", self._tags.use_case)
        risk_tier, _ = stated("risk_tier", self._tags.risk_tier)
        person = self.person(owner) if owner else None
        case = self._cases.get(use_case or "")
        return {
            "record_key": key or f"{source}/{model}",
            "record_rule": f"{key_rule} {self._tags.record}" if key else "registered model",
            "owner_stated": owner,
            "owner_from": owner_from,
            "owner": person.id if person else None,
            "owner_name": (person.name or person.id) if person else None,
            "use_case": use_case,
            "use_case_from": use_case_from,
            "use_case_name": case.name if case else None,
            "use_case_state": self.approval(case) if use_case else None,
            "risk_tier": risk_tier or (case.risk_tier if case else None) or None,
            "description": entry.description if entry and entry.description else None,
        }

    def person(self, stated: str) -> Person | None:
        """The person or group whose id or known_as pattern matches, without regard to case."""
        if stated not in self._resolved:
            name = stated.lower()
            self._resolved[stated] = next((person for person in self._people if _is_known_as(person, name)), None)
        return self._resolved[stated]

    def approval(self, case: UseCase | None) -> str:
        """'approved', or the reason why it is not."""
        if case is None:
            return _UNKNOWN_USE_CASE
        if case.approved_on is None:
            return "proposed, not approved"
        if case.approved_on > self._today:
            return f"approved only from {case.approved_on}"
        if case.expires is not None and case.expires < self._today:
            return f"its approval expired on {case.expires}"
        return "approved"


def _is_known_as(person: Person, name: str) -> bool:
    return name == person.id.lower() or any(fnmatchcase(name, known.lower()) for known in person.known_as)
