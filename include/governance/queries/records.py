"""Which record a person means, and the last sync that judged records: what explain and history have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..errors import ConfigurationError, StagingError
from ..model import qualified_names
from ..model.vocabularies import SubjectKind
from ..stages import JUDGE
from ..staging.records import Records
from ..staging.rows import rows
from ..sync import Sync, previous_syncs
from ..workspace import Workspace
from .suggestions import unknown_record

_MOST_SYNCS = 200  # how far to look back: those that ended before judging are passed over
_MOST_NAMED = 5


class RecordName(NamedTuple):
    """What a record is called. is_current: the last sync had it; else only its history is kept."""

    key: str
    name: str
    qualified_name: str
    is_current: bool = False


def last_judged(workspace: Workspace) -> Sync | None:
    """The last sync that judged records and whose staged files are still there."""
    return next((sync for sync in previous_syncs(workspace, _MOST_SYNCS) if sync.has_output(JUDGE)), None)


def record_key(workspace: Workspace, asked: str) -> str:
    """The present key of the record that is meant, among all that any sync has seen.

    Args:
        asked: its key, a former key of it, its qualified name, or its name where only one record has it.

    Raises:
        ConfigurationError: no record or several are called so; with keys that look like it.
    """
    renamed = workspace.config.register.renamed()
    return resolve(_known(workspace, renamed), renamed.get(asked, asked))


def _known(workspace: Workspace, renamed: Mapping[str, str]) -> list[RecordName]:
    """The records of the last sync that judged, then those of which only a history is kept; by their present keys."""
    sync, lifecycle = last_judged(workspace), workspace.lifecycle_history
    current = list(_of_sync(sync)) if sync else []
    kept = lifecycle.of_kind(SubjectKind.RECORD)
    past = [RecordName(row["record_key"], row["label"], row["subject"]) for row in kept]
    keys = lifecycle.keys()
    other = [RecordName(key, "", qualified_names.record(key)) for key in keys]
    found: dict[str, RecordName] = {}
    for record in (*current, *past, *other):
        present = renamed.get(record.key, record.key)
        found.setdefault(present, record._replace(key=present))
    return list(found.values())


def resolve(known: Sequence[RecordName], asked: str) -> str:
    """The key of the one record that has this key, this qualified name or this name. See record_key."""
    named = [record for record in known if record.name == asked]
    for matches in (
        [record for record in known if record.key == asked],
        [record for record in known if record.qualified_name == asked],
        [record for record in named if record.is_current],
        named,
    ):
        if len(matches) == 1:
            return matches[0].key
        if matches:
            keys = ", ".join(record.key for record in matches[:_MOST_NAMED])
            raise ConfigurationError(f"{len(matches)} records are named {asked!r}.", f"Give a key: {keys}.")
    raise unknown_record(asked, [record.key for record in known])


def _of_sync(sync: Sync) -> Iterator[RecordName]:
    with suppress(StagingError):  # its files were deleted since
        for row in rows(Records.load(sync.folder.child("records")).records):
            yield RecordName(row["key"], row["name"], row["qualified_name"], is_current=True)
