"""The connector of Azure AI Foundry: reads and checks one scope (a subscription or a resource group)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from ...config.connections import Lookup
from ...config.models import AiFoundrySource
from ...model.probe import Probe
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import CHECK_ATTEMPTS, open_session
from ..contract import Source
from .connection_check import count_readable, probes
from .read import read_ai_foundry


class AiFoundryConnector(Source[AiFoundrySource]):
    """Accounts and projects: ARM for the control plane, each project's data plane for agents."""

    def read(
        self, settings: AiFoundrySource, folder: Folder, lookup: Lookup, since: Snapshot | None = None
    ) -> Snapshot:
        """One snapshot of the scope."""
        with closing(open_session(settings, lookup)) as session:
            return read_ai_foundry(settings, session, folder, since)

    def test_connection(self, settings: AiFoundrySource, lookup: Lookup) -> str:
        """What may be read of both planes. The SourceError names each permission that is missing, and the role."""
        with closing(open_session(settings, lookup, most_attempts=CHECK_ATTEMPTS)) as session:
            return count_readable(settings, session)

    def probes(self, settings: AiFoundrySource, lookup: Lookup) -> Iterator[Probe]:
        """Every listing of accounts and projects, and the role assignments."""
        with closing(open_session(settings, lookup, most_attempts=CHECK_ATTEMPTS)) as session:
            yield from probes(settings, session)
