"""From the settings of a source to its connector. The kinds are listed in config/source_kinds.py."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, cast

from ..config.connections import Lookup
from ..config.models import Source as SourceSettings
from ..config.source_kinds import SourceKind, kind_of
from ..errors import ConfigurationError
from ..model.probe import Probe
from ..staging.folder import Folder
from ..staging.snapshot import Snapshot
from .contract import Source, Subject, SubjectRead, SubjectSource


def read(source: SourceSettings, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """The first stage: one snapshot of `source`, staged in `folder`. See `contract.Source.read`."""
    return connector(kind_of(source)).read(source, folder, lookup, since)


def read_subject(
    source: SourceSettings, subject: Subject, folder: Folder, lookup: Lookup, since: Snapshot | None = None
) -> SubjectRead:
    """One version of `source`, read by name. See `contract.SubjectSource.read_subject`.

    Raises:
        ConfigurationError: also where sources of that kind cannot be asked for one version.
    """
    found = connector(kind_of(source))
    if not hasattr(found, "read_subject"):
        raise ConfigurationError(
            f"the source {source.name} cannot be asked for one version.", "Name a source of the kind mlflow."
        )
    return cast(SubjectSource[Any], found).read_subject(source, subject, folder, lookup, since)


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
