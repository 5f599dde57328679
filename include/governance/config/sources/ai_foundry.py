"""Settings of an Azure AI Foundry source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .azure import AzureSource
from .base import Patterns


class AiFoundrySource(AzureSource):
    """Azure AI Foundry: accounts (AIServices, OpenAI) with their projects, deployments and agents."""

    kind: Literal["ai_foundry"]
    accounts: Patterns = Patterns()
    projects: Patterns = Patterns()
    instructions: Literal["hash", "publish"] = Field("hash", description="hash: length and hash of an agent's only")
    preview: bool = Field(False, description="also ask preview APIs: the applications that publish agents")
