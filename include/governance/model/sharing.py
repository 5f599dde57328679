"""What several installations may read from one place: the first that writes it manages it, the others refer to it."""

from __future__ import annotations

_SHARED_TYPES = frozenset({"ai_base_model", "ai_use_case"})
_SHARED_SCHEME = "azure://"


def is_shared(type_name: str, qualified_name: str) -> bool:
    """Whether an entity may be managed by another installation than one that refers to it."""
    return type_name in _SHARED_TYPES or qualified_name.startswith(_SHARED_SCHEME)
