"""What makes two reads comparable."""

from __future__ import annotations

from ...config.models import AzureMlSource
from ...model import qualified_names
from ..carry_forward import table_layout


def fingerprint(settings: AzureMlSource, address: str) -> str:
    """Equal for two reads of which one may build on the other: same place, same filters, same table layout."""
    filters = (settings.workspaces, settings.registries, settings.models)
    return qualified_names.short_hash(address, *(patterns.model_dump_json() for patterns in filters), table_layout())
