"""Which run a model version comes from, and the rule that says so. Rules in the order in which they are tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...model import qualified_names
from ...model.relations import Relation

_RUNS_URI = re.compile(r"^runs:/([0-9a-zA-Z_-]+)(?:/|$)")
_MODELS_URI = re.compile(r"^models:/([^/@]+)/(\d+)$")
_HEX_SEGMENT = re.compile(r"(?:^|/)([0-9a-f]{32})(?=/|$)")


class VersionSource(NamedTuple):
    """What a version states about where it comes from."""

    version: str
    run_id: str | None
    logged_model_id: str | None
    source_uri: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> VersionSource:
        """From a row of AssetKind.MODEL_VERSION."""
        return cls(row["qualified_name"], row["run_id"], row["logged_model_id"], row["source_uri"])

    def copied_from(self) -> tuple[str, str] | None:
        """Name and number of the version that it is a copy of."""
        match = _MODELS_URI.match(self.source_uri or "")
        return (match.group(1), match.group(2)) if match and not self.logged_model_id else None


def is_in_use(version: Mapping[str, Any]) -> bool:
    """Whether an alias, a stage or a tag has put that row of a version to use."""
    return bool(version["stage"] or version["aliases_json"] != "[]" or '"lifecycle"' in version["tags_json"])


class Origin(NamedTuple):
    """One relation that a version states about where it comes from."""

    relation: Relation
    from_name: str
    to_name: str
    rule: str
    heuristic: bool
    version: str


class VersionOrigins:
    """Collects what versions, logged models and runs say while they stream by; resolves it once all are known."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._versions: list[VersionSource] = []
        self._in_use: list[VersionSource] = []
        self._run_of_model: dict[str, str] = {}
        self._runs: set[str] = set()
        self._carried_runs: set[str] = set()

    def add(self, version: VersionSource, *, in_use: bool = False) -> None:
        """A version that was read."""
        self._versions.append(version)
        if in_use:
            self._in_use.append(version)

    def carried(self, version: VersionSource) -> None:
        """A version that was carried forward, with its relations: only its run is still needed."""
        if version.run_id:
            self._carried_runs.add(version.run_id)

    def logged_model(self, model_id: str, run_id: str) -> None:
        """The run that produced a logged model."""
        self._run_of_model[model_id] = run_id

    def known_run(self, qualified_name: str) -> None:
        """A run that was read or carried forward."""
        self._runs.add(qualified_name)

    def run_ids(self) -> set[str]:
        """Ids of all runs that versions lead to without guessing."""
        return self._stated_runs(self._versions) | self._carried_runs

    def possible_run_ids(self) -> set[str]:
        """Of the versions that were read: the stated ones, else those that an artifact path may hold."""
        guesses = (
            run_id
            for version in self._versions
            if self._stated_run(version)[0] is None
            for run_id in _HEX_SEGMENT.findall(version.source_uri or "")
        )
        return self._stated_runs(self._versions).union(guesses)

    def run_ids_in_use(self) -> set[str]:
        """Of those, the ones behind versions in use."""
        return self._stated_runs(self._in_use)

    def resolved(self) -> Iterator[Origin]:
        """The relations of all versions that were read, by the first rule that applies."""
        for version in self._versions:
            if version.logged_model_id:
                model = qualified_names.logged_model(self._source, version.logged_model_id)
                yield Origin(
                    Relation.VERSION_FROM_LOGGED_MODEL,
                    version.version,
                    model,
                    "source models:/m-",
                    False,
                    version.version,
                )
            yield from self._copied(version)
            run_id, rule = self._stated_run(version)
            heuristic = run_id is None
            if heuristic:
                run_id, rule = self._guessed_run(version), "run id in artifact path"
            if run_id:
                run = qualified_names.run(self._source, run_id)
                yield Origin(Relation.RUN_PRODUCED_VERSION, run, version.version, rule, heuristic, version.version)

    def _stated_runs(self, versions: Iterable[VersionSource]) -> set[str]:
        return {run_id for run_id, _ in map(self._stated_run, versions) if run_id}

    def _stated_run(self, version: VersionSource) -> tuple[str | None, str]:
        if version.run_id:
            return version.run_id, "version's run id"
        if version.logged_model_id:
            return self._run_of_model.get(version.logged_model_id), "logged model's source run"
        match = _RUNS_URI.match(version.source_uri or "")
        return (match.group(1), "source runs:/") if match else (None, "")

    def _guessed_run(self, version: VersionSource) -> str | None:
        candidates = _HEX_SEGMENT.findall(version.source_uri or "")
        return next((run_id for run_id in candidates if qualified_names.run(self._source, run_id) in self._runs), None)

    def _copied(self, version: VersionSource) -> Iterator[Origin]:
        copied_from = version.copied_from()
        if copied_from is not None:
            original = qualified_names.model_version(self._source, *copied_from)
            yield Origin(
                Relation.VERSION_COPIED_FROM,
                version.version,
                original,
                "source models:/name/version",
                False,
                version.version,
            )
