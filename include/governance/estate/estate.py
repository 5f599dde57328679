"""The estate of one sync: built once from its snapshots and handed to every stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..staging.snapshot import Snapshot
from .coverage import Coverage
from .merged import MergedSnapshots


@dataclass(frozen=True)
class Estate:
    """All assets and relations as one, and how far they were read."""

    merged: MergedSnapshots
    coverage: Coverage

    @classmethod
    def of(cls, snapshots: Sequence[Snapshot]) -> Estate:
        """From the snapshots of one sync, in any order."""
        return cls(MergedSnapshots(snapshots), Coverage(snapshots))

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """By name of the source."""
        return self.merged.snapshots
