"""What an Azure source is to read: the ARM scope it lists in, and the names that patterns let through."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ...config.models import AzureSource, Patterns


def scope_path(settings: AzureSource, subscription: str) -> str:
    """/subscriptions/S, or /subscriptions/S/resourceGroups/RG."""
    group = f"/resourceGroups/{settings.resource_group}" if settings.resource_group else ""
    return f"/subscriptions/{subscription}{group}"


def allowed(patterns: Patterns, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns.allow) and not any(
        fnmatchcase(name, pattern) for pattern in patterns.deny
    )
