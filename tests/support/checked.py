"""What `check` asks for, and what it is told."""

from __future__ import annotations

from typing import Any

from include.governance import sources
from include.governance.config.connections import from_environment
from include.governance.errors import SourceError


def answers_of(source: Any) -> dict[str, str]:
    """By probe of the source's settings the answer; of a refusal its sentence and its remedy."""
    told = {}
    for what, ask in sources.probes(source, from_environment):
        try:
            told[what] = ask()
        except SourceError as error:
            told[what] = str(error)
    return told
