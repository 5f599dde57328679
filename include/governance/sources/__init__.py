"""Sources. `read` is the first stage: one snapshot of one configured source.

A source is a module with a reader that fills a SnapshotWriter and says for every collection how far it came
(tests/contract/sources is what it must pass). To add one: a settings class in config/models.py, a reader here, a line
in `read`.
"""

from __future__ import annotations

import re

from ..config.connections import Endpoint, Lookup, endpoint
from ..config.models import Source
from ..staged.folder import Folder
from ..staged.snapshot import Snapshot

__all__ = ["Snapshot", "probe", "read"]

_LOGIN = re.compile(r"://[^/@]*@")


def read(source: Source, folder: Folder, lookup: Lookup, since: Snapshot | None = None) -> Snapshot:
    """One snapshot of `source`, staged in `folder`.

    since: its last snapshot; lets the source read only what moved. An unreachable source gives a snapshot whose
    collections are failed, never an exception. Raises ConfigurationError when its connection is not known.
    """
    from .mlflow.opening import open_listing
    from .mlflow.read import read_mlflow

    where: Endpoint = endpoint(source, source.uri, lookup)
    return read_mlflow(source, open_listing(where, source), folder, since, where.url)


def probe(source: Source, lookup: Lookup) -> str:
    """Asks the source for one record of each listing it must have. Returns what it found; raises SourceError."""
    from .mlflow.listing import Query
    from .mlflow.opening import open_listing

    small = source.model_copy(update={"page_size": 1, "attempts": 1})
    where = endpoint(source, source.uri, lookup)
    listing = open_listing(where, small)
    try:
        experiments = listing.page(Query("experiments"), None).records
        models = listing.page(Query("registered_models"), None).records
    finally:
        listing.close()
    found = "experiments and registered models can be listed" if experiments or models else "it answers, and is empty"
    return f"MLflow at {_LOGIN.sub('://', where.url)}: {found}"
