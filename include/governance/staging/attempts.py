"""Attempts of one read: each writes into a folder of its own, and of those that finish the one begun last counts.

A source that a sync is told not to read has none: there the snapshot of an earlier sync is kept.

A worker that was killed leaves half a folder; one that was only stopped may go on beside its successor.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Self

from ..errors import GovernanceError, StorageError, StorageFull
from .folder import Folder

_NEWEST = "newest.json"
FINISHED = "finished.json"
_ATTEMPT = "attempt"
_KEPT = "kept"


class ReadAttempt:
    """One attempt. `folder` is empty at first and nobody else's.

    Args:
        parent: the folder of all attempts of this read.
    """

    def __init__(self, parent: Folder) -> None:
        self._parent, self._name = parent, uuid.uuid4().hex[:12]
        self.folder = parent.child(self._name)
        parent.write_json(_NEWEST, {_ATTEMPT: self._name})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Finishes the attempt; where there was no room for it, deletes what it has written."""
        if error is None:
            self.finish()
        elif isinstance(error, StorageFull):
            with suppress(StorageError):
                self.folder.delete()

    def finish(self) -> None:
        """Makes this attempt the one that counts. Raises GovernanceError where another has begun since."""
        if self._parent.read_json(_NEWEST)[_ATTEMPT] != self._name:
            raise GovernanceError(
                f"another attempt of the read in {self._parent.path} has begun since; its result counts.",
                "Nothing has to be done: what this attempt has read is left aside.",
            )
        self.folder.write_json(FINISHED, {})
        self._parent.write_json(FINISHED, {_ATTEMPT: self._name})


def finished(parent: Folder) -> Folder:
    """The folder of the attempt that counts, or of the kept snapshot. Raises StagingError where there is neither."""
    document = parent.read_json(FINISHED)
    if _KEPT in document:
        return Folder(document[_KEPT])
    # an attempt that was stopped just before it finished puts its name over that of its successor
    newest = parent.read_json(_NEWEST)[_ATTEMPT]
    return parent.child(newest if parent.exists(f"{newest}/{FINISHED}") else document[_ATTEMPT])


def keep(parent: Folder, former: Folder) -> None:
    """Lets the snapshot of an earlier sync count for this read; it stays where it is.

    Args:
        parent: the folder of the attempts of this read.
        former: the folder of that snapshot.
    """
    parent.write_json(FINISHED, {_KEPT: former.path})


def is_kept(parent: Folder) -> bool:
    """Whether what counts is the snapshot of an earlier sync. Raises StagingError where nothing counts yet."""
    return _KEPT in parent.read_json(FINISHED)
