"""A plan as one file, with what it rests on: a person reads it, and `apply` applies exactly that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from ..errors import ConfigurationError
from ..storage import write_file
from .folder import Folder
from .plan import Change, Omission, Plan

FORMAT = 1
_BASIS = "plan_basis.json"
_MOST_NAMED = 3


@dataclass(frozen=True)
class PlanBasis:
    """What a plan rests on. Where any of it is otherwise, the plan does not hold any more.

    Attributes:
        marker_id: of the ledger.
        ledger_revision: grows with every batch that the catalog acknowledged.
        ledger: fingerprint of the ledger's row of each entity of the plan, by its key; what is new has none.
        catalog_marker_id: by which the catalog says whose it is; empty before the first publish.
        catalog_revision: the ledger's revision after the last publish, as the catalog has it.
        catalog: fingerprint of each entity of the plan as the catalog has it.
        snapshots: by source, the folder of the snapshot that the next read would start from.
    """

    marker_id: str
    ledger_revision: int
    ledger: dict[str, str]
    catalog_marker_id: str
    catalog_revision: int
    catalog: dict[str, str]
    snapshots: dict[str, str] = field(default_factory=dict)

    def moved(self, now: PlanBasis) -> str:
        """What is otherwise now, as a sentence without its full stop; empty where nothing is."""
        return next(self._moved(now), "")

    def save(self, folder: Folder) -> None:
        """Writes `plan_basis.json` into the folder."""
        folder.write_json(_BASIS, asdict(self))

    @classmethod
    def load(cls, folder: Folder) -> Self:
        """The staged basis."""
        return cls(**folder.read_json(_BASIS))

    def _moved(self, now: PlanBasis) -> Iterator[str]:
        if self.marker_id != now.marker_id:
            yield "the ledger is another one"
        if self.ledger_revision != now.ledger_revision:
            yield f"the ledger moved on, from revision {self.ledger_revision} to {now.ledger_revision}"
        if names := _differing(self.ledger, now.ledger):
            yield f"the ledger has other content for {names}"
        if self.catalog_marker_id != now.catalog_marker_id:
            yield "the catalog carries another mark"
        if self.catalog_revision != now.catalog_revision:
            yield (
                f"another sync has written into the catalog: its revision went from {self.catalog_revision} to "
                f"{now.catalog_revision}"
            )
        if names := _differing(self.catalog, now.catalog):
            yield f"the catalog was changed by somebody else: {names}"
        if names := _differing(self.snapshots, now.snapshots):
            yield f"a later sync has read {names}"


@dataclass(frozen=True)
class PlanFile:
    """A plan that can be applied.

    Attributes:
        run_id: the run that made it; its staged files hold what publishing needs besides.
        made_at: ISO 8601, UTC.
        deployment: names the installation. catalog, url: the catalog's configured name and address.
    """

    run_id: str
    made_at: str
    version: str
    deployment: str
    catalog: str
    url: str
    basis: PlanBasis
    plan: Plan

    def write(self, path: Path) -> None:
        """Writes it as one JSON document. Raises StorageError."""
        document = {"format": FORMAT, "digest": _digest(asdict(self)), **asdict(self)}
        write_file(path, orjson.dumps(document, option=orjson.OPT_INDENT_2))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan in that file.

        Raises:
            ConfigurationError: it is not there, is no plan, is of another release, or was edited or cut off.
        """
        try:
            document = orjson.loads(path.read_bytes())
        except OSError as error:
            raise _no_plan(path, f"cannot be read ({error.strerror})") from None
        except orjson.JSONDecodeError:
            raise _no_plan(path, "is no plan") from None
        if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
            raise _no_plan(path, "is no plan, or one of another release")
        if document.pop("digest", None) != _digest(document):
            raise _no_plan(path, "was edited, or is cut off: only what a run has planned is applied")
        return cls(**{**document, "basis": PlanBasis(**document["basis"]), "plan": _plan(document["plan"])})


def fingerprint(content: Any) -> str:
    """A short hash of what JSON can hold, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()[:16]


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plan(document: dict[str, Any]) -> Plan:
    changes = [Change(**change) for change in document["changes"]]
    return Plan(**{**document, "changes": changes, "omitted": [Omission(**one) for one in document["omitted"]]})


def _no_plan(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(f"the file {what}.", "Make one: plan --out FILE.", file=str(path))


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
