"""The Azure Machine Learning source: reading and probing one scope (a subscription or a resource group)."""

from __future__ import annotations

from ...config.connections import Lookup
from ...config.models import AzureMlSource
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import open_session
from .connection_check import count_readable
from .read import read_azure_ml


def read(settings: AzureMlSource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """One snapshot of the scope.

    Raises ConfigurationError where no credential or subscription is named, SourceError for a cloud that does not say
    where it is.
    """
    session = open_session(settings, lookup)
    try:
        return read_azure_ml(settings, session, folder, since)
    finally:
        session.close()


def test_connection(settings: AzureMlSource, lookup: Lookup) -> str:
    """How many workspaces and registries may be read. Raises SourceError with the role that is missing, and where."""
    session = open_session(settings.model_copy(update={"attempts": min(settings.attempts, 2)}), lookup)
    try:
        return count_readable(settings, session)
    finally:
        session.close()
