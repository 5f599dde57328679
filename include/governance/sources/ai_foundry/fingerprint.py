"""Which accounts are of this source, and what makes two reads comparable."""

from __future__ import annotations

from ...config.models import AiFoundrySource
from ...model import qualified_names
from ..carry_forward import table_layout

KINDS = {"aiservices": "AIServices", "openai": "OpenAI"}


def fingerprint(settings: AiFoundrySource, address: str) -> str:
    """Equal for two reads of which one may build on the other: same place, same filters, same table layout."""
    filters = (settings.accounts.model_dump_json(), settings.projects.model_dump_json())
    # instructions that are no longer to be published must not be carried over
    return qualified_names.short_hash(address, *filters, settings.instructions, table_layout())
