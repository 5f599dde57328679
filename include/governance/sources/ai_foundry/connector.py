"""The connector of Azure AI Foundry: reads and checks one scope (a subscription or a resource group)."""

from __future__ import annotations

from ...config.connections import Lookup
from ...config.models import AiFoundrySource
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import open_session
from ..contract import Source
from .connection_check import count_readable
from .read import read_ai_foundry

_CHECK_ATTEMPTS = 2


class AiFoundryConnector(Source[AiFoundrySource]):
    """Accounts and projects: ARM for the control plane, each project's data plane for agents."""

    def read(
        self, settings: AiFoundrySource, folder: Folder, lookup: Lookup, since: Snapshot | None = None
    ) -> Snapshot:
        """One snapshot of the scope."""
        session = open_session(settings, lookup)
        try:
            return read_ai_foundry(settings, session, folder, since)
        finally:
            session.close()

    def test_connection(self, settings: AiFoundrySource, lookup: Lookup) -> str:
        """What may be read of both planes. The SourceError names each permission that is missing, and the role."""
        attempts = min(settings.attempts, _CHECK_ATTEMPTS)
        session = open_session(settings.model_copy(update={"attempts": attempts}), lookup)
        try:
            return count_readable(settings, session)
        finally:
            session.close()
