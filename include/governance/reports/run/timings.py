"""How long each stage took, and why one failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from ...stages import RECONCILE, STAGES
from ...sync import Sync

_ALL = (*STAGES, RECONCILE)
_SHARED = {stage.title for stage in _ALL if not stage.per_source}


@dataclass(frozen=True)
class StageTiming:
    """One stage as it wrote itself down; what a stage does not count is None and left out of the JSON.

    Attributes:
        failure: Why curated fields are the last known ones.
        records: Records whose curated fields were asked for.
        remedy: What to do about the error.
        seconds_waiting: Of `seconds`, those spent waiting for answers.
        stage: The title.
    """

    stage: str
    seconds: float
    calls: int | None = None
    error: str | None = None
    failure: str | None = None
    records: int | None = None
    remedy: str | None = None
    seconds_waiting: float | None = None
    writes: int | None = None

    @property
    def failed(self) -> bool:
        """Whether it raised."""
        return self.error is not None

    @property
    def reads_a_source(self) -> bool:
        """A source that cannot be read does not end the sync; every other stage that raises does."""
        return self.stage not in _SHARED

    def as_json(self) -> dict[str, Any]:
        """In the order of the names."""
        return {name: value for name, value in sorted(asdict(self).items()) if value is not None}


_FIELDS = {field.name for field in fields(StageTiming)}


def stage_timings(sync: Sync) -> list[StageTiming]:
    """In the order of the pipeline; stages that were not begun are left out."""
    documents = [sync.folder.read_json(file) for file in _files(sync) if sync.folder.exists(file)]
    return [StageTiming(**{name: document[name] for name in _FIELDS & document.keys()}) for document in documents]


def _files(sync: Sync) -> Iterator[str]:
    names = [source.name for source in sync.config.settings.sources]
    for stage in _ALL:
        yield from (stage.file(name) for name in (names if stage.per_source else [""]))
