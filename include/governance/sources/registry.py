"""From the settings of a source to its connector. The kinds are listed in config/source_kinds.py."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from ..config.connections import Lookup
from ..config.models import Source as SourceSettings
from ..config.source_kinds import SourceKind, kind_of
from ..model.probe import Probe
from ..staging.folder import Folder
from ..staging.snapshot import Snapshot
from .contract import Source


def read(source: SourceSettings, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """The first stage: one snapshot of `source`, staged in `folder`. See `contract.Source.read`."""
    return connector(kind_of(source)).read(source, folder, lookup, since)


def test_connection(source: SourceSettings, lookup: Lookup) -> str:
    """Asks the source for one item of each listing that it must have. See `contract.Source.test_connection`."""
    return connector(kind_of(source)).test_connection(source, lookup)


def probes(source: SourceSettings, lookup: Lookup) -> Iterator[Probe]:
    """Everything that a read of that source will ask for. See `contract.Source.probes`."""
    return connector(kind_of(source)).probes(source, lookup)


def connector(kind: SourceKind) -> Source[Any]:
    """The connector of that kind, imported only now."""
    module, _, name = kind.connector.partition(":")
    implementation: Source[Any] = getattr(importlib.import_module(module, __package__), name)()
    return implementation
