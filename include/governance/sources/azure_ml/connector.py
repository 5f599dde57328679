"""The connector of Azure Machine Learning: reads and checks one scope (a subscription or a resource group)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from ...config.connections import Lookup
from ...config.models import AzureMlSource
from ...model.probe import Probe
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import CHECK_ATTEMPTS, open_session
from ..contract import Source
from .connection_check import count_readable, probes
from .read import read_azure_ml


class AzureMlConnector(Source[AzureMlSource]):
    """Workspaces, hubs, projects and registries, through MLClient and ARM."""

    def read(self, settings: AzureMlSource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
        """One snapshot of the scope."""
        with closing(open_session(settings, lookup)) as session:
            return read_azure_ml(settings, session, folder, since)

    def test_connection(self, settings: AzureMlSource, lookup: Lookup) -> str:
        """How many workspaces and registries may be read. The SourceError names the role that is missing, and where."""
        with closing(open_session(settings, lookup, most_attempts=CHECK_ATTEMPTS)) as session:
            return count_readable(settings, session)

    def probes(self, settings: AzureMlSource, lookup: Lookup) -> Iterator[Probe]:
        """Every listing, the workspaces' MLflow, the registries' data planes, the role assignments."""
        with closing(open_session(settings, lookup, most_attempts=CHECK_ATTEMPTS)) as session:
            yield from probes(settings, session)
