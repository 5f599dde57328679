"""The lifecycle state of a version, from the signals its platform gives. The mapping is configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..config.models import Lifecycle

# Where several signals disagree, the furthest state counts: what serves production is in production
PRIORITY = ("production", "staging", "candidate", "retired", "development")


def state_of(
    stage: str | None, aliases: Sequence[str], tags: Mapping[str, str], settings: Lifecycle
) -> tuple[str, str]:
    """(state, the signal that says so). Without any signal: development."""
    signals = [(_lookup(settings.aliases, alias), f"alias {alias}") for alias in sorted(aliases)]
    signals.append((_lookup(settings.stages, stage or ""), f"stage {stage}"))
    tagged = tags.get(settings.tag, "").strip().lower()
    signals.append((tagged if tagged in PRIORITY else None, f"tag {settings.tag}={tagged}"))
    found = [(state, signal) for state, signal in signals if state]
    return min(found, key=lambda item: _rank(item[0]), default=("development", "no alias, stage or tag"))


def _lookup(mapping: Mapping[str, str], name: str) -> str | None:
    return {key.lower(): state for key, state in mapping.items()}.get(name.lower())


def _rank(state: str) -> int:
    return PRIORITY.index(state) if state in PRIORITY else len(PRIORITY)
