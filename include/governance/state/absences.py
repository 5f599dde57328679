"""For how long, and over how many syncs, entities have been missing from their source."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, and_, bindparam, delete, insert, select, update

from ..model.timestamps import from_millis, to_millis
from ..staging.plan import Absence, Key
from .keys import name_hash
from .tables import absences

_IS_ONE = and_(
    absences.c.catalog == bindparam("of"),
    absences.c.type_name == bindparam("type"),
    absences.c.name_hash == bindparam("hash"),
)


class Absences:
    """The absences from one catalog's point of view, by its configured name."""

    def __init__(self, engine: Engine, catalog: str) -> None:
        self._engine, self._catalog = engine, catalog

    def all(self) -> dict[Key, Absence]:
        """Those that have not ended."""
        counted = (absences.c.since_ms, absences.c.listings, absences.c.run_id)
        columns = (absences.c.type_name, absences.c.qualified_name, *counted)
        with self._engine.connect() as connection:
            rows = connection.execute(select(*columns).where(absences.c.catalog == self._catalog))
            return {Key(kind, name): Absence(from_millis(since), n, run_id) for kind, name, since, n, run_id in rows}

    def save(self, missing: Collection[Key], found_missing: Collection[Key], run_id: str, now: datetime) -> None:
        """Counts one sync more for each entity that it found missing; a repeated call with its id adds nothing.

        Args:
            missing: what the catalog has as missing. Any other absence has ended.
            found_missing: those that the sync itself found missing.
            now: UTC, the start of the sync.
        """
        known = self.all()
        with self._engine.begin() as connection:
            if ended := [self._of(key) for key in known.keys() - set(missing)]:
                connection.execute(delete(absences).where(_IS_ONE), ended)
            if again := [self._of(key) for key in known.keys() & set(found_missing)]:
                counted = update(absences).where(_IS_ONE, absences.c.run_id != run_id)
                connection.execute(counted.values(listings=absences.c.listings + 1, run_id=run_id), again)
            if new := [key for key in sorted(set(found_missing) & set(missing)) if key not in known]:
                connection.execute(insert(absences), [self._row(key, run_id, now) for key in new])

    def _of(self, key: Key) -> dict[str, str]:
        return {"of": self._catalog, "type": key.type_name, "hash": name_hash(key.qualified_name)}

    def _row(self, key: Key, run_id: str, now: datetime) -> dict[str, object]:
        return {
            "catalog": self._catalog,
            "type_name": key.type_name,
            "name_hash": name_hash(key.qualified_name),
            "qualified_name": key.qualified_name,
            "since_ms": to_millis(now),
            "listings": 1,
            "run_id": run_id,
        }
