"""Whose an entity is: what another installation manages is not written, unless a person says that it is ours now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..errors import ConfigurationError
from ..model.catalog_types import MANAGED_BY
from ..model.sharing import is_shared
from ..staging.plan import Change, Entry
from ..state.ledger import Ledger
from .contract import Catalog, Entity
from .read_back import read_back
from .recovery import is_ours, unmanaged

_NAMED = 5
_SOURCE_TYPE = "ai_source"


class Installations:
    """Asks the catalog about what a plan would write, and the plan about addresses.

    Args:
        deployment: names this installation.
        adopts: a person said that what others manage, and other addresses, are ours now.
    """

    def __init__(self, catalog: Catalog, ledger: Ledger, deployment: str, *, adopts: bool = False) -> None:
        self._catalog, self._ledger, self._deployment, self._adopts = catalog, ledger, deployment, adopts

    def admit(self, found: Sequence[Entry]) -> list[Entry]:
        """What may enter a ledger that is rebuilt: all of it, adopted where a person says so.

        Raises:
            ConfigurationError: another installation manages some of it, which is not shared.
        """
        foreign = [entry for entry in found if self._is_foreign(entry)]
        self._refuse([entry for entry in foreign if not is_shared(*entry.key)])
        return [unmanaged(entry) if self._adopts and self._is_foreign(entry) else entry for entry in found]

    def claim(self, changes: Sequence[Change], found: Iterable[Entity]) -> list[str]:
        """Looks for entities that another installation manages, before the first write.

        Shared ones enter the ledger as they are, so that a plan made again leaves them alone; adopted ones as if nobody
        managed them.

        Args:
            found: the entities of the changes that the catalog has; edges are not asked for.

        Returns:
            What was adopted or is shared, as sentences; with any, the plan has to be made again.

        Raises:
            ConfigurationError: others manage what is not shared, or a source's name leads to another address.
        """
        self._check_addresses(changes)
        foreign = self._foreign(found)
        self._refuse([entry for entry in foreign if not is_shared(*entry.key)])
        if self._adopts:
            foreign += [entry for entry in self._ledger.entries().values() if self._is_foreign(entry)]
        if not foreign:
            return []
        self._ledger.acknowledge([unmanaged(entry) if self._adopts else entry for entry in foreign])
        what = "adopted from {}: {}" if self._adopts else "managed by {}, and left as they are: {}"
        return [what.format(_owners(foreign), _described(foreign))]

    def _refuse(self, foreign: Sequence[Entry]) -> None:
        if foreign and not self._adopts:
            raise ConfigurationError(
                f"another installation manages {_described(foreign)}, which this one would write.",
                f"Give the sources of this installation names of their own, or, if {_owners(foreign)} is no more, take "
                f"over what it manages: python -m include.governance sync --adopt.",
                key="deployment",
            )

    def _is_foreign(self, entry: Entry) -> bool:
        return not is_ours(entry, self._deployment)

    def _foreign(self, found: Iterable[Entity]) -> list[Entry]:
        """Of what the plan would write. Only stamps are looked at first: mostly nothing is foreign."""
        stamped = ((entity.key, entity.attributes.get(MANAGED_BY)) for entity in found)
        foreign = [key for key, owner in stamped if owner not in (None, self._deployment)]
        return read_back(self._catalog, foreign) if foreign else []

    def _check_addresses(self, changes: Sequence[Change]) -> None:
        moved = [
            change
            for change in changes
            if change.type_name == _SOURCE_TYPE
            and not is_shared(*change.key)
            and change.before.get("address") not in (None, change.attributes.get("address"))
        ]
        if moved and not self._adopts:
            change = moved[0]
            raise ConfigurationError(
                f"the source {change.name} was read at {change.before['address']} so far, and is now at "
                f"{change.attributes.get('address')}.",
                "Give the new address a source name of its own; or, if it is the same server or its successor, say so "
                "once: python -m include.governance sync --adopt.",
                key=f"sources.{change.name}",
            )


def _described(entries: Sequence[Entry]) -> str:
    names = sorted(str(entry.attributes.get("name") or entry.key.qualified_name) for entry in entries)
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    count = "entity" if len(names) == 1 else "entities"
    return f"{len(names):,} {count} ({', '.join(names[:_NAMED])}{more})"


def _owners(entries: Sequence[Entry]) -> str:
    return ", ".join(name for name, _ in Counter(str(entry.attributes[MANAGED_BY]) for entry in entries).most_common())
