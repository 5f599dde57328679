"""Keys of index columns: names can be longer than what a database indexes."""

from __future__ import annotations

import hashlib


def name_hash(name: str) -> str:
    """SHA-256 of a name as 64 hex digits. Lone surrogates, which a source may send, are kept apart."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
