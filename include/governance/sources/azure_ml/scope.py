"""What the source is to read: the ARM scope it lists in, and the names that patterns let through."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ...config.models import AzureMlSource, Patterns
from ...vocabulary import names
from ..last_known import table_layout


def scope_path(settings: AzureMlSource, subscription: str) -> str:
    """/subscriptions/S, or /subscriptions/S/resourceGroups/RG."""
    group = f"/resourceGroups/{settings.resource_group}" if settings.resource_group else ""
    return f"/subscriptions/{subscription}{group}"


def allowed(patterns: Patterns, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.allow) and not any(
        fnmatchcase(name, pattern) for pattern in patterns.deny
    )


def fingerprint(settings: AzureMlSource, address: str) -> str:
    """Equal for two reads of which one may build on the other: same place, same filters, same table layout."""
    filters = (settings.workspaces, settings.registries, settings.models)
    return names.short_hash(address, *(patterns.model_dump_json() for patterns in filters), table_layout())
