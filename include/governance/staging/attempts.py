"""Attempts of one read: each writes into a folder of its own, and of those that finish the one begun last counts.

A worker that was killed leaves half a folder; one that was only stopped may go on beside its successor.
"""

from __future__ import annotations

import uuid

from ..errors import GovernanceError
from .folder import Folder

_NEWEST = "newest.json"
FINISHED = "finished.json"
_ATTEMPT = "attempt"


class ReadAttempt:
    """One attempt. `folder` is empty at first and nobody else's.

    Args:
        parent: the folder of all attempts of this read.
    """

    def __init__(self, parent: Folder) -> None:
        self._parent, self._name = parent, uuid.uuid4().hex[:12]
        self.folder = parent.child(self._name)
        parent.write_json(_NEWEST, {_ATTEMPT: self._name})

    def finish(self) -> None:
        """Makes this attempt the one that counts. Raises GovernanceError where another has begun since."""
        if self._parent.read_json(_NEWEST)[_ATTEMPT] != self._name:
            raise GovernanceError(
                f"another attempt of the read in {self._parent.path} has begun since; its result counts.",
                "Nothing has to be done: what this attempt has read is left aside.",
            )
        self._parent.write_json(FINISHED, {_ATTEMPT: self._name})


def finished(parent: Folder) -> Folder:
    """The folder of the attempt that counts. Raises StagingError where none has finished."""
    return parent.child(parent.read_json(FINISHED)[_ATTEMPT])
