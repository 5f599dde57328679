"""How the live catalog differs from the ledger, as reconciling hands it to the report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..model.vocabularies import DifferenceKind
from .folder import Folder

_DOCUMENT = "differences.json"


@dataclass(frozen=True)
class Difference:
    """One thing that the catalog has otherwise than the ledger.

    Attributes:
        attribute: name of the attribute, the relation or the classification; empty where the whole entity differs.
        expected: what the ledger has of it. held: what the catalog has. Of relations, lists of [type, qualified name].
        targets: of relations, the names of the entities that they lead to.
        is_healed: whether applying the plan puts it right; what people decided stays, and is only reported.
        reason: why it is put right, or stays, as a sentence.
    """

    kind: DifferenceKind
    type_name: str
    qualified_name: str
    name: str
    attribute: str = ""
    expected: Any = None
    held: Any = None
    is_healed: bool = True
    reason: str = ""
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Differences:
    """compared: number of entities of the ledger that were looked for in the catalog."""

    compared: int = 0
    found: list[Difference] = field(default_factory=list)

    def save(self, folder: Folder) -> None:
        """Writes the document `differences.json` into the folder."""
        folder.write_json(_DOCUMENT, asdict(self))

    @classmethod
    def load(cls, folder: Folder) -> Differences | None:
        """The staged document; None where nothing was compared."""
        if not folder.exists(_DOCUMENT):
            return None
        document = folder.read_json(_DOCUMENT)
        found = [
            Difference(**{**row, "kind": DifferenceKind(row["kind"]), "targets": tuple(row.get("targets", ()))})
            for row in document["found"]
        ]
        return cls(document["compared"], found)
