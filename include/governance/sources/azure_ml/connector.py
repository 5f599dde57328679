"""The connector of Azure Machine Learning: reads and checks one scope (a subscription or a resource group)."""

from __future__ import annotations

from ...config.connections import Lookup
from ...config.models import AzureMlSource
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import open_session
from ..contract import Source
from .connection_check import count_readable
from .read import read_azure_ml

_CHECK_ATTEMPTS = 2


class AzureMlConnector(Source[AzureMlSource]):
    """Workspaces, hubs, projects and registries, through MLClient and ARM."""

    def read(self, settings: AzureMlSource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
        """One snapshot of the scope."""
        session = open_session(settings, lookup)
        try:
            return read_azure_ml(settings, session, folder, since)
        finally:
            session.close()

    def test_connection(self, settings: AzureMlSource, lookup: Lookup) -> str:
        """How many workspaces and registries may be read. The SourceError names the role that is missing, and where."""
        attempts = min(settings.attempts, _CHECK_ATTEMPTS)
        session = open_session(settings.model_copy(update={"attempts": attempts}), lookup)
        try:
            return count_readable(settings, session)
        finally:
            session.close()
