"""Tokens of machines that ask the service. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from ..errors import ConfigurationError
from ..model.rows import Row
from ..model.timestamps import from_millis, to_millis
from .tables import machine_tokens

_PREFIX = "gov_"


class MachineTokens:
    """The tokens in one state database. One that is revoked stays listed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, name: str, by: str, now: datetime) -> str:
        """A new token, which nobody can read again. Raises ConfigurationError where one of that name is in use."""
        if any(row["name"] == name and row["revoked_at"] is None for row in self.listed()):
            raise ConfigurationError(f"a token named {name} is in use.", f"Revoke it first: token revoke {name}.")
        token = _PREFIX + secrets.token_urlsafe(32)
        row = {"token_hash": _hash(token), "name": name, "created_ms": to_millis(now), "created_by": by}
        with self._engine.begin() as connection:
            connection.execute(insert(machine_tokens), row)
        return token

    def revoke(self, name: str, now: datetime) -> None:
        """From now on it opens nothing. Raises ConfigurationError where none of that name is in use."""
        table = machine_tokens
        in_use = (table.c.name == name, table.c.revoked_ms.is_(None))
        with self._engine.begin() as connection:
            done = connection.execute(update(table).where(*in_use).values(revoked_ms=to_millis(now)))
        if not done.rowcount:
            raise ConfigurationError(f"no token named {name} is in use.", "List them: token list.")

    def listed(self) -> list[Row]:
        """name, created_by, created_at, revoked_at of all tokens, in the order in which they were made."""
        query = select(machine_tokens).order_by(machine_tokens.c.created_ms, machine_tokens.c.name)
        with self._engine.connect() as connection:
            return [
                {
                    "name": row["name"],
                    "created_by": row["created_by"],
                    "created_at": from_millis(row["created_ms"]),
                    "revoked_at": from_millis(row["revoked_ms"]),
                }
                for row in connection.execute(query).mappings()
            ]

    def name_of(self, token: str) -> str | None:
        """The name of that token; None where it is unknown or revoked."""
        table = machine_tokens
        query = select(table.c.name).where(table.c.token_hash == _hash(token), table.c.revoked_ms.is_(None))
        with self._engine.connect() as connection:
            name: str | None = connection.scalar(query)
        return name


def _hash(token: str) -> str:
    """A plain hash is enough: a token has 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
