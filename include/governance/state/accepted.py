"""Accepted listings: a person said that what a doubted listing lacks was removed on purpose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from ..model.timestamps import to_millis
from .tables import accepted_listings


@dataclass(frozen=True)
class Acceptance:
    """The next read may list so few items of that collection."""

    source: str
    collection: str
    items: int
    by: str
    reason: str = ""


class AcceptedListings:
    """The acceptances in one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, acceptance: Acceptance, now: datetime) -> None:
        """Records one, with its date."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(accepted_listings).values(
                    source=acceptance.source,
                    collection=acceptance.collection,
                    items=acceptance.items,
                    accepted_ms=to_millis(now),
                    accepted_by=acceptance.by,
                    reason=acceptance.reason,
                )
            )

    def waiting(self, source: str) -> dict[str, int]:
        """By collection of that source, the fewest items accepted that no read has made use of."""
        table = accepted_listings
        query = select(table.c.collection, table.c["items"]).where(table.c.source == source, table.c.used_ms.is_(None))
        fewest: dict[str, int] = {}
        with self._engine.connect() as connection:
            for collection, items in connection.execute(query):
                fewest[collection] = min(items, fewest.get(collection, items))
        return fewest

    def use(self, source: str, collections: Collection[str], now: datetime) -> None:
        """Those collections were believed: what was accepted of them counts no more."""
        table = accepted_listings
        with self._engine.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.source == source, table.c.collection.in_(list(collections)), table.c.used_ms.is_(None))
                .values(used_ms=to_millis(now))
            )
