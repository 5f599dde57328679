"""The register as one document: people, use cases, entries about models and agents, waivers, known gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

from pydantic import Field, model_validator

from ..base import Strict
from .entries import Entry, RegisteredAgentEntry, RegisteredModelEntry
from .known_gaps import KnownGap
from .people import Person, is_pattern
from .waivers import Waiver


class UseCase(Strict):
    """A business use, and its approval."""

    id: str = Field(min_length=1)
    name: str
    description: str = ""
    owner: str = ""
    risk_tier: str = ""
    approved_by: str = ""
    approved_on: date | None = None
    expires: date | None = None

    @model_validator(mode="after")
    def _approval_is_complete(self) -> UseCase:
        if bool(self.approved_by) != bool(self.approved_on):
            raise ValueError("approved_by and approved_on belong together: give both or neither")
        return self


class Register(Strict):
    """register.yaml, or a folder of such files."""

    people: list[Person] = []
    use_cases: list[UseCase] = []
    models: list[RegisteredModelEntry] = []
    agents: list[RegisteredAgentEntry] = []
    waivers: list[Waiver] = []
    known_gaps: list[KnownGap] = []

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Register:
        twice = [
            f"{section}: {identity} is listed twice"
            for section, entries in self.identities().items()
            for identity, times in sorted(Counter(identity for identity, _ in entries).items())
            if times > 1
        ]
        if twice:
            raise ValueError("; ".join(twice))
        return self

    def identities(self) -> dict[str, list[tuple[str, int]]]:
        """By section: (what may be listed only once, index of its entry), with the names people are known by."""
        known = [
            (f"known_as {name.lower()}", index)
            for index, person in enumerate(self.people)
            for name in {name.lower(): name for name in person.known_as if not is_pattern(name)}
        ]
        former = [
            (f"formerly {key}", index)
            for index, entry in enumerate(self.models)
            for key in dict.fromkeys(entry.formerly)
        ]
        return {
            "people": [*((person.id, index) for index, person in enumerate(self.people)), *known],
            "use_cases": [(case.id, index) for index, case in enumerate(self.use_cases)],
            "models": [*((entry.identity, index) for index, entry in enumerate(self.models)), *former],
            "agents": [(entry.identity, index) for index, entry in enumerate(self.agents)],
            "waivers": [(waiver.identity, index) for index, waiver in enumerate(self.waivers)],
            "known_gaps": [(gap.identity, index) for index, gap in enumerate(self.known_gaps)],
        }

    @property
    def entries(self) -> Iterator[Entry]:
        """All entries about models and agents."""
        yield from self.models
        yield from self.agents

    def entry_of(self, source: str, name: str, assets: Sequence[str] = (), *, agent: bool = False) -> Entry | None:
        """The entry of one model or agent: by its qualified name first, then by source and name.

        Args:
            assets: qualified names of the model and of the version, the closest first.
        """
        of_kind = self._agents if agent else self._models
        by_name = next((self._assets[asset] for asset in assets if asset in self._assets), None)
        return by_name or of_kind.get((source, name))

    def entry_of_record(self, key: str) -> Entry | None:
        """The entry of a record as a whole."""
        return self._records.get(key)

    def renamed(self) -> dict[str, str]:
        """former record key -> its present key."""
        return {former: entry.key for entry in self.entries for former in entry.formerly if former != entry.key}

    def person(self, identity: str) -> Person | None:
        """The person or group with that source identity, in any case; the most certain match if there are several."""
        name = identity.strip().lower()
        ranked = [(rank, person) for person in self.people if (rank := person.rank(name)) is not None]
        return min(ranked, key=lambda item: ([-part for part in item[0]], item[1].id), default=(None, None))[1]

    @cached_property
    def cases(self) -> dict[str, UseCase]:
        """The use cases by id."""
        return {case.id: case for case in self.use_cases}

    @cached_property
    def _models(self) -> dict[tuple[str, str], RegisteredModelEntry]:
        return {(entry.source, entry.model): entry for entry in self.models if entry.model}

    @cached_property
    def _agents(self) -> dict[tuple[str, str], RegisteredAgentEntry]:
        return {(entry.source, entry.agent): entry for entry in self.agents if entry.agent}

    @cached_property
    def _assets(self) -> dict[str, Entry]:
        return {entry.asset: entry for entry in self.entries if entry.asset}

    @cached_property
    def _records(self) -> dict[str, Entry]:
        alone = [entry for entry in self.entries if entry.record and not (entry.asset or entry.name_at_source)]
        return {entry.record: entry for entry in alone}
