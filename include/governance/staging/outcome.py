"""What publishing came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .folder import Folder


@dataclass
class Outcome:
    """acknowledged: action -> type -> entities. refused: entities the catalog would not take, with the reason.

    left: entities not tried, because the catalog failed. dropped: references left out since what they point at is not
    in the catalog. relationships, classifications: edges and marks set or removed one by one.
    """

    catalog: str = ""
    mode: str = "publish"  # publish, plan (nothing was to be written), none (nothing had changed)
    acknowledged: dict[str, dict[str, int]] = field(default_factory=dict)
    refused: list[dict[str, str]] = field(default_factory=list)
    dropped: list[dict[str, str]] = field(default_factory=list)
    left: int = 0
    types: list[str] = field(default_factory=list)
    relationships: int = 0
    classifications: int = 0
    ledger_rebuilt: str = ""
    error: dict[str, Any] | None = None
    calls: int = 0
    writes: int = 0
    retries: int = 0
    seconds: float = 0.0
    seconds_waiting: float = 0.0

    def count(self, action: str, type_name: str) -> None:
        types = self.acknowledged.setdefault(action, {})
        types[type_name] = types.get(type_name, 0) + 1

    @property
    def entities(self) -> int:
        return sum(sum(types.values()) for types in self.acknowledged.values())

    def save(self, folder: Folder) -> None:
        folder.write_json("outcome.json", asdict(self))

    @classmethod
    def load(cls, folder: Folder) -> Outcome:
        return cls(**folder.read_json("outcome.json"))
