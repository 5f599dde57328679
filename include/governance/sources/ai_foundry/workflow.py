"""The agents that a workflow agent invokes, read out of its YAML text: `kind: InvokeAzureAgent`, `agent: {name}`."""

from __future__ import annotations

from typing import Any

_LONGEST = 200_000


def invoked_agents(workflow: Any) -> list[str] | None:
    """Names of agents, sorted; None where the text cannot be understood. An expression (`=...`) names none."""
    import yaml

    if not isinstance(workflow, str) or len(workflow) > _LONGEST:
        return None
    try:
        document = yaml.safe_load(workflow)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    agents: set[str] = set()
    pending, seen = [document], set()
    while pending:  # through aliases a part may occur several times, or within itself
        part = pending.pop()
        if not isinstance(part, dict | list) or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            agents.update(_invoked(part))
        pending.extend(part.values() if isinstance(part, dict) else part)
    return sorted(agents)


def _invoked(step: dict[Any, Any]) -> set[str]:
    kind = str(step.get("kind", "")).lower()
    if "invoke" not in kind or "agent" not in kind:
        return set()
    named = step.get("agent")
    stated = (named.get("name") if isinstance(named, dict) else named, step.get("agentName"))
    return {name for name in stated if isinstance(name, str) and name and not name.startswith("=")}
