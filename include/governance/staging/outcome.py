"""The result of publishing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import GovernanceError
from ..model.vocabularies import Action, OutcomeMode
from .folder import Folder


@dataclass(frozen=True)
class Edit:
    """One attribute that somebody changed in the catalog and the source too; the values as texts, cut.

    Attributes:
        acknowledged: what the catalog had acknowledged before. catalog, source: what each has now.
        stays: whose value stays: `catalog` or `source`.
    """

    type_name: str
    qualified_name: str
    name: str
    attribute: str
    acknowledged: str
    catalog: str
    source: str
    stays: str


@dataclass(frozen=True)
class Merged:
    """One duplicate of a qualified name that was merged into the entity that stays.

    Attributes:
        stays, duplicate: guids.
        taken_over: what the one that stays was given, as a list; empty for nothing.
    """

    type_name: str
    qualified_name: str
    name: str
    stays: str
    duplicate: str
    taken_over: str


@dataclass
class Outcome:
    """acknowledged: action -> type -> entities. refused: entities the catalog would not take, with the reason.

    mode: publish (applied), plan (stopped before the first write) or none (nothing had changed). left: entities not
    tried, because the catalog failed. dropped: references left out since their target is not in the catalog.
    claimed: what another installation managed and was adopted, or is shared with it.
    relationships, classifications: edges and classifications set or removed one by one.
    retained_lineage: inputs and outputs of processes that were removed and that the catalog goes on showing in lineage.
    operations: what the catalog meters of the calls, as far as that is known; 0 where it meters nothing.
    erasure_setting: the setting of the catalog's server with which it would not.
    edited: attributes that somebody changed in the catalog and the source too: both values, and which of them stays.
    merged: duplicates of one qualified name that were merged into the entity that stays.
    """

    catalog: str = ""
    mode: OutcomeMode = OutcomeMode.PUBLISH
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
    operations: int = 0
    seconds: float = 0.0
    seconds_waiting: float = 0.0
    claimed: list[str] = field(default_factory=list)
    retained_lineage: int = 0
    erasure_setting: str = ""
    edited: list[Edit] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mode = OutcomeMode(self.mode)

    def count(self, action: Action, type_name: str) -> None:
        """Counts one acknowledged entity."""
        types = self.acknowledged.setdefault(str(action), {})  # a plain text: it becomes a key of JSON
        types[type_name] = types.get(type_name, 0) + 1

    def fail(self, error: GovernanceError) -> None:
        """Notes what ended the publishing."""
        self.error = {**error.as_dict(), "retriable": error.retriable, "exit_code": int(error.exit_code)}

    @property
    def entities(self) -> int:
        """The number of acknowledged entities."""
        return sum(sum(types.values()) for types in self.acknowledged.values())

    def save(self, folder: Folder) -> None:
        """Writes `outcome.json` into the folder."""
        folder.write_json("outcome.json", asdict(self))

    @classmethod
    def load(cls, folder: Folder) -> Outcome:
        """The staged outcome."""
        document = folder.read_json("outcome.json")
        edited = [Edit(**one) for one in document.pop("edited", ())]
        merged = [Merged(**one) for one in document.pop("merged", ())]
        return cls(**document, edited=edited, merged=merged)
