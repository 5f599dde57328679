"""Settings of the example, and its entry in the registry of kinds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from include.governance.config.base import Address
from include.governance.config.source_kinds import SourceKind
from include.governance.config.sources.base import Patterns, SourceSettings


class ExampleSource(Address, SourceSettings):
    """One server of the example API."""

    kind: Literal["example"]
    url: str | None = None
    models: Patterns = Patterns()
    page_size: int = Field(100, ge=1, le=1_000)
    timeout_seconds: float = Field(30, gt=0)
    attempts: int = Field(4, ge=1, le=20, description="tries of one request before its collection counts as not read")


EXAMPLE = SourceKind("example", ExampleSource, "tests.support.example_source.connector:ExampleConnector")
