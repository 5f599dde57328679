"""The register as one document: people, use cases, entries about what is governed, waivers, known gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

from pydantic import Field, model_validator

from ...model.vocabularies import SubjectKind
from ..base import Strict
from .entries import Entry, RegisteredAgentEntry, RegisteredDeploymentEntry, RegisteredModelEntry
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
    deployments: list[RegisteredDeploymentEntry] = []
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
            "deployments": [(entry.identity, index) for index, entry in enumerate(self.deployments)],
            "waivers": [(waiver.identity, index) for index, waiver in enumerate(self.waivers)],
            "known_gaps": [(gap.identity, index) for index, gap in enumerate(self.known_gaps)],
        }

    @property
    def entries(self) -> Iterator[Entry]:
        """All entries about models, agents and deployments."""
        yield from self.models
        yield from self.agents
        yield from self.deployments

    def entry_of(
        self, source: str, name: str, assets: Sequence[str] = (), kind: str = SubjectKind.VERSION
    ) -> Entry | None:
        """The entry of one model, agent or deployment: by its qualified name first, then by source and name.

        Args:
            assets: qualified names of the model and of the version, the closest first.
            kind: a SubjectKind.
        """
        by_name = next((self._assets[asset] for asset in assets if asset in self._assets), None)
        return by_name or self._by_kind.get(kind, {}).get((source, name))

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
    def _by_kind(self) -> dict[str, dict[tuple[str, str], Entry]]:
        of_kind: dict[str, Sequence[Entry]] = {
            SubjectKind.VERSION: self.models,
            SubjectKind.AGENT: self.agents,
            SubjectKind.DEPLOYMENT: self.deployments,
        }
        return {
            kind: {(entry.source, name): entry for entry in entries if (name := entry.name_at_source)}
            for kind, entries in of_kind.items()
        }

    @cached_property
    def _assets(self) -> dict[str, Entry]:
        return {entry.asset: entry for entry in self.entries if entry.asset}

    @cached_property
    def _records(self) -> dict[str, Entry]:
        alone = [entry for entry in self.entries if entry.record and not (entry.asset or entry.name_at_source)]
        return {entry.record: entry for entry in alone}
