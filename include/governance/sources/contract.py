"""What a connector implements. tests/contract/sources is what it must pass.

tests/support/example_source is a small, complete one; its README goes through it step by step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeVar

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


class Subject(NamedTuple):
    """One registered version, as its source names it."""

    model: str
    version: str


class Unread(NamedTuple):
    """Something that could not be read, why, and what to do about it."""

    what: str
    reason: str
    remedy: str = ""


class SubjectRead(NamedTuple):
    """What a source says of one subject now.

    Attributes:
        snapshot: the last one of the source, with what was read now in place of what it had.
        name: the subject's qualified name; None where it does not exist, or could not be read.
        unread: what of it could not be read.
    """

    snapshot: Snapshot
    name: str | None
    unread: tuple[Unread, ...]


class SubjectSource(Source[SettingsT], Protocol[SettingsT]):
    """A connector that can also read one subject by name, without listing."""

    def read_subject(
        self,
        settings: SettingsT,
        subject: Subject,
        folder: Folder,
        lookup: Lookup,
        since: Snapshot | None = None,
    ) -> SubjectRead:
        """Reads one version with its model, run, experiment and data, through the parsers of `read`.

        Args:
            settings: the entry of `sources:` in governance.yaml; its tries and time limits are those of this read.
            subject: the version.
            folder: where what is read now is staged.
            lookup: resolves the id of a connection.
            since: the last snapshot of this source: what is not asked for by name counts as it has it.

        Raises:
            ConfigurationError: as `read`; or the settings leave the model out.
        """
        ...
