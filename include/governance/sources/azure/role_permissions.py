"""What a role definition lets its holder do, judged by its actions and not by its name.

Shape: properties {roleName, type (BuiltInRole, CustomRole), permissions [{actions, notActions, dataActions,
notDataActions}]}. Patterns hold `*` and are compared without regard to case; what a permission's not-list takes away
is taken away from that permission only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

_WRITES = ("write", "delete")
# What nearly every role of Azure's own has beside its purpose; none of it changes a resource by itself
_NEUTRAL = ("microsoft.support/", "microsoft.resources/deployments/", "microsoft.insights/alertrules/")
# Data actions seldom end in /write: secrets/setSecret/action, messages/add/action
_WRITING_ACTIONS = (
    *("add", "create", "delete", "import", "move", "purge", "restore", "send", "set", "update", "upload", "write"),
)
_GRANT = "microsoft.authorization/roleassignments/write"


class Role(NamedTuple):
    """One role definition: its display name, type, and what it lets its holder do."""

    name: str
    kind: str | None
    can_read: bool
    can_write: bool
    can_grant: bool
    can_write_data: bool


def role(definition: Mapping[str, Any]) -> Role | None:
    """None where the definition is not of the documented shape."""
    properties = definition.get("properties")
    if not isinstance(properties, dict) or not isinstance(properties.get("roleName"), str):
        return None
    listed = properties.get("permissions") or []
    permissions = (
        [permission for permission in listed if isinstance(permission, dict)] if isinstance(listed, list) else []
    )
    control = [(_patterns(each, "actions"), _patterns(each, "notActions")) for each in permissions]
    data = [(_patterns(each, "dataActions"), _patterns(each, "notDataActions")) for each in permissions]
    kind = properties.get("type")
    return Role(
        name=properties["roleName"],
        kind=kind if isinstance(kind, str) else None,
        can_read=any(_may(given, taken, ("read",)) for given, taken in [*control, *data]),
        can_write=any(_may(given, taken, _WRITES) for given, taken in control),
        can_grant=any(_matches(_GRANT, given) and not _matches(_GRANT, taken) for given, taken in control),
        can_write_data=any(_may(given, taken, _WRITES) or _acts(given, taken) for given, taken in data),
    )


def _may(given: list[str], taken: list[str], verbs: Iterable[str]) -> bool:
    """Whether an operation ending in one of the verbs is given, and not all of them taken away again."""
    own = [pattern for pattern in given if not pattern.startswith(_NEUTRAL)]
    narrowed = [_ending(pattern, verb) for pattern in own for verb in verbs]
    return any(pattern is not None and not _matches(pattern, taken) for pattern in narrowed)


def _ending(pattern: str, verb: str) -> str | None:
    """The part of a pattern whose operations end in that verb; None where there is none: `x/*` -> `x/*/write`."""
    last = pattern.rsplit("/", 1)[-1]
    if last == verb:
        return pattern
    return f"{pattern}/{verb}" if last == "*" else None


def _acts(given: list[str], taken: list[str]) -> bool:
    actions = [pattern for pattern in given if pattern.endswith("/action") and not _matches(pattern, taken)]
    return any(pattern.split("/")[-2].startswith(_WRITING_ACTIONS) for pattern in actions)


def _matches(operation: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(operation, pattern) for pattern in patterns)


def _patterns(permission: Mapping[str, Any], name: str) -> list[str]:
    patterns = permission.get(name)
    return [str(pattern).lower() for pattern in patterns] if isinstance(patterns, list) else []
