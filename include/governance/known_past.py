"""What earlier syncs left, gathered for resolving: for a sync, and for judging one promotion between two of them."""

from __future__ import annotations

from contextlib import suppress

from .errors import StagingError
from .published import published_records
from .records import Past
from .stages import PUBLISH
from .staging.curated import Curated
from .staging.records import Records
from .sync import Sync, previous_syncs


def known_past(sync: Sync, curated: Curated) -> Past:
    """The past as that sync knows it. curated: what stewards wrote on the records in the catalog."""
    workspace = sync.workspace
    return Past(
        workspace.history.promotions(),
        workspace.lifecycle_history.states(),
        _previous_records(sync),
        curated,
        {key: entry.attributes for key, entry in published_records(sync).items()},
    )


def _previous_records(sync: Sync) -> Records | None:
    """What the last sync that published has resolved, where its staged files are still there, all of them."""
    for previous in previous_syncs(sync.workspace, sync.config.settings.state.keep_runs):
        if previous.sync_id != sync.sync_id and previous.writes and previous.has_output(PUBLISH):
            with suppress(StagingError):
                return Records.load(previous.folder.child("records"))
    return None
