"""The AI Foundry source: reading and probing one scope (a subscription or a resource group)."""

from __future__ import annotations

from ...config.connections import Lookup
from ...config.models import AiFoundrySource
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from ..azure.session import open_session
from .connection_check import count_readable
from .read import read_ai_foundry


def read(settings: AiFoundrySource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """One snapshot of the scope.

    Raises ConfigurationError where no credential or subscription is named, SourceError for a cloud that does not say
    where it is.
    """
    session = open_session(settings, lookup)
    try:
        return read_ai_foundry(settings, session, folder, since)
    finally:
        session.close()


def test_connection(settings: AiFoundrySource, lookup: Lookup) -> str:
    """What may be read of both services. Raises SourceError with each permission that is missing, and the role."""
    session = open_session(settings.model_copy(update={"attempts": min(settings.attempts, 2)}), lookup)
    try:
        return count_readable(settings, session)
    finally:
        session.close()
