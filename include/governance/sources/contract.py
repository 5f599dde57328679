"""What a connector implements. tests/contract/sources is what it must pass.

tests/support/example_source is a small, complete one; its README goes through it step by step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from ..config.connections import Lookup
from ..config.models import SourceSettings
from ..model.probe import Probe
from ..staging.folder import Folder
from ..staging.snapshot import Snapshot

SettingsT = TypeVar("SettingsT", bound=SourceSettings, contravariant=True)


class Source(Protocol[SettingsT]):
    """A connector: one class per kind of source, without state of its own."""

    def read(self, settings: SettingsT, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
        """Reads one configured source into a snapshot.

        Args:
            settings: the entry of `sources:` in governance.yaml.
            folder: where the snapshot is staged.
            lookup: resolves the id of a connection.
            since: the last snapshot of this source, so that only what changed need be read; None for a full read.

        Returns:
            The snapshot. What cannot be read is a state of its collections, not an exception.

        Raises:
            ConfigurationError: the connection is not known, or the address or the credential cannot be used.
            SourceError: the source's address cannot be found out.
        """
        ...

    def test_connection(self, settings: SettingsT, lookup: Lookup) -> str:
        """Asks the source for one item of each listing that it must have.

        Returns:
            A sentence that says what may be read.

        Raises:
            SourceError: what may not be read, and which permission is missing.
        """
        ...

    def probes(self, settings: SettingsT, lookup: Lookup) -> Iterator[Probe]:
        """Everything that a read will ask for, one thing at a time; a later one may build on an earlier one's answer.

        Raises:
            ConfigurationError, SourceError: as `test_connection`, where nothing can be asked.
        """
        ...
