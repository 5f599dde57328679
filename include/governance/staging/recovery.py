"""State that was taken over from the catalog, as the stages hand it on."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from .folder import Folder

_DOCUMENT = "state_recovery.json"


@dataclass(frozen=True)
class StateRecovery:
    """What the sync asked the catalog about its own state before it resolved.

    Attributes:
        asked: whether the catalog answered; where it did not, publishing asks again.
        taken_over: what was taken over, and why, as a sentence; empty where the state is up to date.
    """

    asked: bool = False
    taken_over: str = ""

    def save(self, folder: Folder) -> None:
        """Writes the document `state_recovery.json` into the folder."""
        folder.write_json(_DOCUMENT, asdict(self))

    @classmethod
    def load(cls, folder: Folder) -> StateRecovery:
        """The staged document; not asked, where the stage that asks broke off."""
        return cls(**folder.read_json(_DOCUMENT)) if folder.exists(_DOCUMENT) else cls()
