"""What the source is to read: the ARM scope it lists in, and what makes two reads comparable."""

from __future__ import annotations

from ...config.models import AiFoundrySource
from ...vocabulary import names
from ..last_known import table_layout

KINDS = {"aiservices": "AIServices", "openai": "OpenAI"}


def scope_path(settings: AiFoundrySource, subscription: str) -> str:
    """/subscriptions/S, or /subscriptions/S/resourceGroups/RG."""
    group = f"/resourceGroups/{settings.resource_group}" if settings.resource_group else ""
    return f"/subscriptions/{subscription}{group}"


def fingerprint(settings: AiFoundrySource, address: str) -> str:
    """Equal for two reads of which one may build on the other: same place, same filters, same table layout."""
    filters = (settings.accounts.model_dump_json(), settings.projects.model_dump_json())
    # instructions that are no longer to be published must not be carried over
    return names.short_hash(address, *filters, settings.instructions, table_layout())
