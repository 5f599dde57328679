"""The MLflow source: reading and probing one server or store."""

from __future__ import annotations

import re

from ...config.connections import Endpoint, Lookup, endpoint
from ...config.models import MlflowSource
from ...staging.folder import Folder
from ...staging.snapshot import Snapshot
from .client import Query
from .opening import open_listing
from .read import read_mlflow

_LOGIN = re.compile(r"://[^/@]*@")


def read(settings: MlflowSource, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """One snapshot of the server or store. Raises ConfigurationError when its connection is not known."""
    where: Endpoint = endpoint(settings, settings.uri, lookup)
    return read_mlflow(settings, open_listing(where, settings), folder, since, where.url)


def test_connection(settings: MlflowSource, lookup: Lookup) -> str:
    """Asks for one record of each listing that there must be. Returns what it found; raises SourceError."""
    small = settings.model_copy(update={"page_size": 1, "attempts": 1})
    where = endpoint(settings, settings.uri, lookup)
    listing = open_listing(where, small)
    try:
        experiments = listing.page(Query("experiments"), None).records
        models = listing.page(Query("registered_models"), None).records
    finally:
        listing.close()
    found = "experiments and registered models can be listed" if experiments or models else "it answers, and is empty"
    return f"MLflow at {_LOGIN.sub('://', where.url)}: {found}"
