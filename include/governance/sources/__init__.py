"""Sources. `read` is the first stage: one snapshot of one configured source.

A source is a package with a module `source` of two functions, `read` and `probe`; its reader fills a SnapshotWriter and
says for every collection how far it came (tests/contract/sources is what it must pass). To add one: a settings class in
config/models.py, its package here.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..config.connections import Lookup
from ..config.models import Source
from ..staging.folder import Folder
from ..staging.snapshot import Snapshot

__all__ = ["Snapshot", "probe", "read"]


def read(source: Source, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """One snapshot of `source`, staged in `folder`.

    since: its last snapshot; lets the source read only what moved. An unreachable source gives a snapshot whose
    collections are failed, never an exception. Raises ConfigurationError when its connection is not known.
    """
    snapshot: Snapshot = _of(source).read(source, folder, lookup, since)
    return snapshot


def test_connection(source: Source, lookup: Lookup) -> str:
    """Asks the source for one record of each listing it must have. Returns what it found; raises SourceError."""
    found: str = _of(source).test_connection(source, lookup)
    return found


def _of(source: Source) -> Any:
    """The package of that kind, imported only now: the Azure SDKs and mlflow take seconds."""
    return importlib.import_module(f"{__name__}.{source.kind}.source")
